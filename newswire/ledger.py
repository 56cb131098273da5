"""Reads the books off Kafka on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.codec import decode
from contracts.errors import Quarantine, ServiceUnavailable
from contracts.messages import Quarantined
from contracts.settings import KafkaSettings, Settings
from contracts.topics import ENRICHED, INDEXER_GROUP, PROCESSOR_GROUP, QUARANTINE, RAW, RAW_BACKFILL
from newswire.books import Books, lag, total
from producers.broker import client_options, reaching

GROUPS = {"processor": PROCESSOR_GROUP, "indexer": INDEXER_GROUP}

RAW_TOPICS = frozenset({RAW, RAW_BACKFILL})
SILENCE_MS = 5_000
"""How long a broker may stay silent while there is something left to read."""

POLL_S = 0.1

Places = dict[tuple[str, int], int]


@dataclass
class Ledger:
    """An open connection to what the books are read from; made by ``open_ledger``."""

    settings: KafkaSettings
    admin: Any
    _counted: Places = field(default_factory=dict, init=False)
    _stages: Counter[str] = field(default_factory=Counter, init=False)

    def ends(self, *topics: str) -> Places:
        """End offset of every partition of ``topics``; a topic that is missing has none."""
        from kafka import TopicPartition
        from kafka.admin import OffsetSpec

        with reaching(self.settings):
            existing = set(self.admin.list_topics())
            wanted = [topic for topic in topics if topic in existing]
            if not wanted:
                return {}
            described = self.admin.describe_topics(wanted)
            specs = {
                TopicPartition(topic["name"], partition["partition_index"]): OffsetSpec.LATEST
                for topic in described
                for partition in topic["partitions"]
            }
            found = self.admin.list_partition_offsets(specs)
        return {(place.topic, place.partition): value.offset for place, value in found.items()}

    def committed(self, group: str) -> Places:
        """What a consumer group has committed: the offset it would read next, by partition.

        Nothing while the broker still prepares its record of groups: just started, or before the first group at all.
        """
        from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

        try:
            with reaching(self.settings):
                found = self.admin.list_group_offsets(group).get(group, {})
        except ServiceUnavailable as error:
            starting = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
            if isinstance(error.__cause__, starting):
                return {}
            raise
        return {(place.topic, place.partition): value.offset for place, value in found.items() if value.offset >= 0}

    def read(self) -> Books:
        """The books without the index's part."""
        ends = self.ends(RAW, RAW_BACKFILL, ENRICHED, QUARANTINE)
        processor = self.committed(PROCESSOR_GROUP)
        indexer = self.committed(INDEXER_GROUP)
        # Read again after the groups' positions, so that what was settled in between is seen to have gone somewhere.
        after = self.ends(ENRICHED, QUARANTINE)
        quarantined = {"producer": 0, "processor": 0, "indexer": 0} | self._quarantine_counts(after)
        accepted = {
            lane: total(ends, frozenset({topic})) for lane, topic in (("live", RAW), ("backfill", RAW_BACKFILL))
        }
        behind = {"processor": lag(ends, processor, RAW_TOPICS), "indexer": lag(ends, indexer, frozenset({ENRICHED}))}
        enriched = total(after, frozenset({ENRICHED}))
        settled = sum(accepted.values()) - behind["processor"]
        surplus = enriched + quarantined["processor"] - settled
        return Books(
            accepted=accepted,
            enriched=enriched,
            quarantined=quarantined,
            lag=behind,
            lost={"processor": max(0, -surplus)},
            redelivered=max(0, surplus) if not behind["processor"] else 0,
        )

    def _quarantine_counts(self, ends: Places) -> Counter[str]:
        """Records of ``news.quarantine`` by stage; each is read once in this ledger's life."""
        ends = {place: end for place, end in ends.items() if place[0] == QUARANTINE}
        if any(end > self._counted.get(place, 0) for place, end in ends.items()):
            self._stages.update(held.stage for held in self.quarantined(after=self._counted, upto=ends))
            self._counted = ends
        return self._stages

    def quarantined(self, *, after: Places | None = None, upto: Places | None = None) -> Iterator[Quarantined]:
        """Every record of ``news.quarantine``, oldest first within a partition; unreadable ones are left out."""
        for record in self.records(QUARANTINE, after=after, upto=upto):
            try:
                yield decode(record.value, Quarantined, record.headers)
            except Quarantine:
                continue

    def records(self, topic: str, *, after: Places | None = None, upto: Places | None = None) -> Iterator[Any]:
        """The records of ``topic`` between two positions, as kafka-python gives them; all that stand there by default.

        Raises:
            ServiceUnavailable: Kafka does not answer.
        """
        from kafka import KafkaConsumer, TopicPartition

        ends = {place: end for place, end in (upto or self.ends(topic)).items() if place[0] == topic}
        if not any(ends.values()):
            return
        with reaching(self.settings):
            consumer = KafkaConsumer(
                **client_options(self.settings, role="ledger"),
                group_id=None,
                enable_auto_commit=False,
            )
            try:
                places = [TopicPartition(*place) for place in ends]
                consumer.assign(places)
                starts = {
                    place: max(begin, (after or {}).get((place.topic, place.partition), 0))
                    for place, begin in consumer.beginning_offsets(places).items()
                }
                for place, start in starts.items():
                    consumer.seek(place, start)
                left = {place for place, start in starts.items() if start < ends[(place.topic, place.partition)]}
                while left:
                    polled = consumer.poll(timeout_ms=SILENCE_MS)
                    if not polled:
                        raise ServiceUnavailable("Kafka", self.settings.bootstrap_servers, f"{topic} cannot be read")
                    for place, records in polled.items():
                        end = ends[(place.topic, place.partition)]
                        yield from (record for record in records if record.offset < end)
                        if consumer.position(place) >= end:
                            left.discard(place)
            finally:
                consumer.close()


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """A connected ledger.

    Raises:
        ServiceUnavailable: Kafka does not answer within five seconds.
    """
    from kafka.admin import KafkaAdminClient

    with reaching(settings.kafka):
        admin = KafkaAdminClient(**client_options(settings.kafka, role="ledger"))
    try:
        yield Ledger(settings.kafka, admin)
    finally:
        admin.close()


def complete(books: Books, *, documents: int | None, versions: int | None) -> Books:
    """The books with the index's part."""
    return replace(books, documents=documents, versions=versions)
