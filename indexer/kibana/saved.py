"""Kibana's saved objects as they stand in an export file: one JSON object a line.

An import works into the same version of Kibana, a newer minor or the next major, and refuses a stamp that is too
high. So every object is stamped low, and one file serves 8.19 and 9.x.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

ObjectType = Literal["index-pattern", "search", "dashboard"]

CORE_STAMP = "8.8.0"
"""``coreMigrationVersion`` of Kibana's own sample data; the core has had no migration of exported objects since."""

TYPE_STAMPS: dict[ObjectType, str] = {"index-pattern": "8.0.0", "search": "8.0.0", "dashboard": "8.9.0"}
"""``typeMigrationVersion``: the lowest whose shape is the one we write. Dashboard 8.9.0 holds Lens panels of 8.9."""

DATA_VIEW_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
"""Name by which a saved search refers to its data view."""


@dataclass(frozen=True)
class Reference:
    """A pointer from one saved object to another, by a name that its attributes use."""

    name: str
    type: ObjectType
    id: str

    def document(self) -> dict[str, str]:
        """As it stands in the file."""
        return {"id": self.id, "name": self.name, "type": self.type}


@dataclass(frozen=True)
class SavedObject:
    """One line of an export. A fixed ``id`` makes the import idempotent."""

    type: ObjectType
    id: str
    attributes: dict[str, Any]
    references: tuple[Reference, ...] = ()

    @property
    def name(self) -> str:
        """``type:id``, as a person says it."""
        return f"{self.type}:{self.id}"

    def document(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "attributes": self.attributes,
            "coreMigrationVersion": CORE_STAMP,
            "id": self.id,
            "managed": False,
            "references": [reference.document() for reference in self.references],
            "type": self.type,
            "typeMigrationVersion": TYPE_STAMPS[self.type],
        }


def ndjson(objects: Iterable[SavedObject]) -> str:
    """The objects as an export file; the same objects give the same text."""
    return "".join(packed(item.document()) + "\n" for item in objects)


def packed(value: object) -> str:
    """Compact JSON with sorted keys, as Kibana keeps inside its string attributes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
