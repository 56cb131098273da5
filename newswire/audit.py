"""The strict check: every article that Kafka still holds on its way in is in the index or in quarantine, by its id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from contracts.errors import ServiceUnavailable
from contracts.settings import Settings
from contracts.topics import RAW, RAW_BACKFILL
from newswire.ledger import open_ledger

LOOKUP_IDS = 1_000
"""Ids in one look-up; well below Elasticsearch's limit of 65,536 terms."""


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
    from newswire.waiting import refresh

    with open_ledger(settings) as ledger:
        accepted: set[str] = set()
        for topic in (RAW, RAW_BACKFILL):
            accepted |= {
                identify(record.key, topic, record.partition, record.offset) for record in ledger.records(topic)
            }
        quarantined: set[str] = set()
        for held in ledger.quarantined():
            quarantined |= {held.id, identify(held.key, held.topic, held.partition, held.offset)}
    refresh(settings)
    return compare(accepted, indexed_ids(settings, accepted), quarantined)


def identify(key: bytes | None, topic: str, partition: int, offset: int) -> str:
    """What a record is known by: its key, or its place where it has none."""
    return key.decode("utf-8", "backslashreplace") if key else f"{topic}/{partition}/{offset}"


def indexed_ids(settings: Settings, ids: Iterable[str]) -> set[str]:
    """Which of ``ids`` are in the index.

    Raises:
        ServiceUnavailable: Elasticsearch does not answer.
    """
    from elasticsearch import ApiError, Elasticsearch, TransportError

    from contracts.clients import elasticsearch_options

    client = Elasticsearch(**elasticsearch_options(settings.elasticsearch))
    found: set[str] = set()
    try:
        for some in _chunks(ids, LOOKUP_IDS):
            answer = client.search(
                index=settings.elasticsearch.alias,
                query={"ids": {"values": some}},
                source=False,
                size=len(some),
                ignore_unavailable=True,
            )
            found |= {hit["_id"] for hit in answer["hits"]["hits"]}
    except (ApiError, TransportError) as error:
        raise ServiceUnavailable("Elasticsearch", settings.elasticsearch.url, str(error)) from error
    finally:
        client.close()
    return found


def _chunks(values: Iterable[str], size: int) -> Iterator[list[str]]:
    source = iter(values)
    while chunk := list(islice(source, size)):
        yield chunk
