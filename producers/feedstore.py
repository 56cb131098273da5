"""The feeds and what is remembered of them, followed on their compacted topic as it changes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import UnknownTopicOrPartitionError

from contracts.clients import steady
from contracts.errors import Quarantine, ServiceUnavailable
from contracts.feeds import (
    MEMORY_SUFFIX,
    FeedMemory,
    FeedRegistration,
    FeedState,
    decode_feed,
    encode_feed,
    feed_partition,
)
from contracts.settings import Settings
from contracts.topics import FEEDS
from producers.broker import client_options, reaching, unavailable
from producers.client import open_producer

log = structlog.get_logger()

READ_TIMEOUT_S = 30.0
"""How long reading the whole registry may take; a thousand feeds take about a second."""


@dataclass
class Feeds:
    """The feeds as the records read so far say: later records win, a record without value deletes."""

    registrations: dict[str, FeedRegistration] = field(default_factory=dict)
    memories: dict[str, FeedMemory] = field(default_factory=dict)

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one record of the topic into account; one that cannot be read is logged and passed over."""
        url = key.removesuffix(MEMORY_SUFFIX)
        table: dict[str, Any] = self.memories if key.endswith(MEMORY_SUFFIX) else self.registrations
        if value is None:
            table.pop(url, None)
            return
        try:
            table[url] = decode_feed(key, value)
        except Quarantine as error:
            log.warning("feed-record-unreadable", key=key, error=error.message)

    def states(self) -> dict[str, FeedState]:
        """Every registered feed with its memory, by key, in the order of their keys."""
        return {
            key: FeedState(feed=feed, memory=self.memories.get(key) or FeedMemory(url=feed.url))
            for key, feed in sorted(self.registrations.items())
        }


class FeedStore(Protocol):
    """Where a collector finds its feeds and keeps what it remembers."""

    def refresh(self) -> dict[str, FeedState]:
        """The feeds as they are now, by key."""
        ...

    def remember(self, key: str, memory: FeedMemory) -> None:
        """Keep the memory of a feed; returns when it is safe. Raises ServiceUnavailable."""
        ...


@dataclass
class MemoryFeedStore:
    """Keeps feeds in a dictionary: the fake of ``FeedStore``."""

    feeds: Feeds = field(default_factory=Feeds)

    def refresh(self) -> dict[str, FeedState]:
        """See ``FeedStore``."""
        return self.feeds.states()

    def remember(self, key: str, memory: FeedMemory) -> None:
        """See ``FeedStore``."""
        self.feeds.memories[key] = memory


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Remembers which partitions a rebalance gave, until they are taken over."""

    def __init__(self) -> None:
        self.given: set[TopicPartition] | None = None

    def on_partitions_revoked(self, revoked: Any) -> None:
        """A rebalance has begun; nothing is lost with a partition, for its records stand on the topic."""
        self.given = set()

    def on_partitions_assigned(self, assigned: Any) -> None:
        """A rebalance has ended."""
        self.given = set(assigned)


class KafkaFeedStore:
    """The registry on Kafka. A context manager.

    Args:
        topic: the compacted topic.
        group: consumer group whose members share the feeds by partition; None is a reader of all of them.
    """

    def __init__(
        self, settings: Settings, *, topic: str = FEEDS, role: str = "collector", group: str | None = None
    ) -> None:
        self._settings, self._topic, self._role, self._group = settings, topic, role, group
        self._feeds = Feeds()
        self._producer: KafkaProducer | None = None
        self._consumer: KafkaConsumer | None = None
        self._count = 0
        self._assignment = _Assignment()
        self._ends: dict[TopicPartition, int] = {}
        """Partitions that are read here, with the offset up to which there is something old in them."""

    def __enter__(self) -> KafkaFeedStore:
        sharing: dict[str, Any] = {}
        if self._group is not None:
            session_ms = int(self._settings.kafka.session_timeout_s * 1000)
            sharing = {
                "group_id": self._group,
                "session_timeout_ms": session_ms,
                "heartbeat_interval_ms": session_ms // 3,
            }
        with reaching(self._settings.kafka):
            self._consumer = steady(KafkaConsumer)(
                **client_options(self._settings.kafka, role=f"{self._role}-feeds"),
                **sharing,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            numbers = self._consumer.partitions_for_topic(self._topic)
            if not numbers:
                self._consumer.close()
                raise unavailable(
                    self._settings.kafka, UnknownTopicOrPartitionError(f"there is no topic {self._topic}")
                )
            self._count = len(numbers)
            if self._group is not None:
                self._consumer.subscribe([self._topic], listener=self._assignment)
                return self
            partitions = {TopicPartition(self._topic, number) for number in numbers}
            self._consumer.assign(sorted(partitions))
            self._take_over(partitions)
        self._read_to_end()
        return self

    def __exit__(self, *_: object) -> None:
        with reaching(self._settings.kafka):
            if self._producer is not None:
                self._producer.close(timeout=self._settings.producer.delivery_timeout_s)
            if self._consumer is not None:
                self._consumer.close()

    def refresh(self) -> dict[str, FeedState]:
        """See ``FeedStore``: what was written until now, by whomever; of a group's feeds those of this member."""
        assert self._consumer is not None, "use it as a context manager"
        with reaching(self._settings.kafka):
            while batches := self._consumer.poll(timeout_ms=100 if self._group else 0):
                self._take(batches)
            if self._assignment.given is not None:
                given, self._assignment.given = self._assignment.given, None
                self._take_over(given)
            read = {partition.partition for partition in self._ends if self._is_read(partition)}
        states = self._feeds.states()
        if len(read) == self._count:
            return states
        # a partition whose memories are not read yet would have its feeds polled as if they were new
        return {key: state for key, state in states.items() if feed_partition(key, self._count) in read}

    def _take_over(self, partitions: set[TopicPartition]) -> None:
        """Read the partitions from their beginning: what was known of them may be out of date by now."""
        assert self._consumer is not None
        self._feeds = Feeds()
        self._ends = {}
        if partitions:
            self._consumer.seek_to_beginning(*partitions)
            self._ends = dict(self._consumer.end_offsets(sorted(partitions)))
        if self._group is not None:
            log.info("feeds-assigned", partitions=sorted(partition.partition for partition in partitions))

    def _is_read(self, partition: TopicPartition) -> bool:
        assert self._consumer is not None
        return bool(self._consumer.position(partition) >= self._ends[partition])

    def remember(self, key: str, memory: FeedMemory) -> None:
        """See ``FeedStore``."""
        self._write(key + MEMORY_SUFFIX, encode_feed(memory))

    def register(self, key: str, feed: FeedRegistration) -> None:
        """Write a registration; returns when it is safe."""
        self._write(key, encode_feed(feed))

    def remove(self, key: str) -> None:
        """Delete a feed and its memory; returns when it is safe."""
        self._write(key + MEMORY_SUFFIX, None)
        self._write(key, None)

    def _write(self, key: str, value: bytes | None) -> None:
        with reaching(self._settings.kafka):
            if self._producer is None:
                self._producer = open_producer(self._settings, role=f"{self._role}-feeds")
            self._producer.send(
                self._topic, key=key.encode(), value=value, partition=feed_partition(key, self._count)
            ).get(timeout=self._settings.producer.delivery_timeout_s)
        self._feeds.apply(key, value)

    def _read_to_end(self) -> None:
        assert self._consumer is not None
        until = time.monotonic() + READ_TIMEOUT_S
        with reaching(self._settings.kafka):
            while not all(self._is_read(partition) for partition in self._ends):
                if time.monotonic() > until:
                    raise ServiceUnavailable(
                        "Kafka", self._settings.kafka.bootstrap_servers, f"{self._topic} cannot be read to its end"
                    )
                self._take(self._consumer.poll(timeout_ms=200))

    def _take(self, batches: dict[Any, list[Any]]) -> None:
        for records in batches.values():
            for record in records:
                if record.key is not None:
                    self._feeds.apply(record.key.decode("utf-8", "replace"), record.value)
