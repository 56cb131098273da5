"""The books: how many articles every stage took in and gave out, and whether that adds up. Values only.

Kafka's own offsets are the counts. Records are never written in transactions, so offsets have no gaps and the sum of
a topic's end offsets is the number of records it ever took, whatever its retention has deleted since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Offsets = Mapping[tuple[str, int], int]
"""Topic and partition to offset."""


@dataclass(frozen=True)
class Books:
    """One reading of the books; ``balance`` makes it.

    Attributes:
        accepted: records by lane that the broker took.
        enriched: records on ``news.enriched``, redelivered ones included.
        quarantined: records on ``news.quarantine`` by the stage that put them there.
        documents: articles that can be found.
        versions: texts that were ever shown for them, None if the index does not say.
        lag: records that a stage has still to settle, by stage.
        lost: records that a stage settled and nothing stands for; must be 0.
        redelivered: records that a stage passed on once more after an interruption; the index folds them.
    """

    accepted: Mapping[str, int] = field(default_factory=dict)
    enriched: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)
    documents: int | None = None
    versions: int | None = None
    lag: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    redelivered: int = 0

    @property
    def settled(self) -> bool:
        """True when nothing is on its way."""
        return not any(self.lag.values())

    @property
    def balanced(self) -> bool:
        """True when nothing is on its way and nothing was lost."""
        return self.settled and not any(self.lost.values())

    def as_json(self) -> dict[str, object]:
        """The books as ``newswire status --json`` prints them."""
        return {
            "accepted": {**self.accepted, "total": sum(self.accepted.values())},
            "enriched": self.enriched,
            "quarantined": {**self.quarantined, "total": sum(self.quarantined.values())},
            "documents": self.documents,
            "versions": self.versions,
            "lag": dict(self.lag),
            "lost": dict(self.lost),
            "redelivered": self.redelivered,
            "settled": self.settled,
            "balanced": self.balanced,
        }


def lag(ends: Offsets, committed: Offsets, topics: frozenset[str]) -> int:
    """Records of ``topics`` between what a group has committed and the end."""
    return sum(max(0, end - committed.get(place, 0)) for place, end in ends.items() if place[0] in topics)


def total(ends: Offsets, topics: frozenset[str]) -> int:
    """Records that ``topics`` ever took."""
    return sum(end for place, end in ends.items() if place[0] in topics)
