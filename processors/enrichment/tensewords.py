"""The packaged tense cues, by language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from processors.enrichment.tense import Cues


def _weights(groups: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    return {word: group["weight"] for group in groups for word in group["words"].split()}


def _cues(table: Mapping[str, Any]) -> Cues:
    return Cues(
        words=_weights(table["words"]),
        before=_weights(table["before"]),
        after=_weights(table["after"]),
        endings=tuple(_weights(table["endings"]).items()),
        exempt=frozenset(table["exempt"].split()),
        participles=tuple(table["participles"]),
        frame=frozenset(table.get("frame", "").split()),
        finite=tuple(table.get("finite", ())),
        never_finite=frozenset(table.get("never_finite", "").split()),
        after_share=table.get("after_share", 1.0),
    )


_TABLES = tomllib.loads((files("processors") / "data" / "tense.toml").read_text(encoding="utf-8"))

GERMAN = _cues(_TABLES["de"])
ENGLISH = _cues(_TABLES["en"])
