"""The strict check: every article that Kafka still holds on its way in is in the index or in quarantine, by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.settings import Settings
from contracts.topics import RAW, RAW_BACKFILL
from newswire.ledger import open_ledger


@dataclass(frozen=True)
class AuditReport:
    """What the check found.

    Attributes:
        accepted: different articles on the raw topics.
        indexed: of these, how many are in the index.
        quarantined: of the others, how many are in quarantine.
        missing: ids that are in neither.
    """

    accepted: int
    indexed: int
    quarantined: int
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As ``newswire status --audit --json`` prints it."""
        return {
            "accepted": self.accepted,
            "indexed": self.indexed,
            "quarantined": self.quarantined,
            "missing": list(self.missing),
        }

    def sentence(self) -> str:
        """For people."""
        if not self.missing:
            return f"Audit: all {self.accepted} articles found, {self.quarantined} of them in quarantine."
        return f"Audit: {len(self.missing)} of {self.accepted} articles are missing: {', '.join(self.missing[:5])} …"


def compare(accepted: set[str], indexed: set[str], quarantined: set[str]) -> AuditReport:
    """The report for these ids."""
    held = (accepted - indexed) & quarantined
    return AuditReport(
        len(accepted), len(accepted & indexed), len(held), tuple(sorted(accepted - indexed - quarantined))
    )


def run_audit(settings: Settings) -> AuditReport:
    """Read the ids off the raw topics and look each up.

    Raises:
        ServiceUnavailable: a server does not answer.
    """
    from search.client import connect

    with open_ledger(settings) as ledger:
        accepted: set[str] = set()
        for topic in (RAW, RAW_BACKFILL):
            accepted |= {
                identify(record.key, topic, record.partition, record.offset, record.value)
                for record in ledger.records(topic)
            }
        quarantined: set[str] = set()
        for held in ledger.quarantined():
            quarantined |= {held.id, identify(held.key, held.topic, held.partition, held.offset, held.value)}
    with connect(settings.elasticsearch) as client:
        client.refresh()
        return compare(accepted, client.existing(accepted), quarantined)


class _Named(msgspec.Struct):
    """All of a message that says which article it is."""

    id: str


_named = msgspec.json.Decoder(_Named)


def identify(key: bytes | None, topic: str, partition: int, offset: int, value: bytes | None = None) -> str:
    """What a record is known by: the id in it, else its key, else its place.

    Other systems may push articles with keys of their own; the index knows them by their ids alone.
    """
    try:
        return _named.decode(value or b"").id or f"{topic}/{partition}/{offset}"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return key.decode("utf-8", "backslashreplace") if key else f"{topic}/{partition}/{offset}"
