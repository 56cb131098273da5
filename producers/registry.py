"""The registry of feeds on its compacted topic: adding, listing, removing, and following it as it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import UnknownTopicOrPartitionError

from contracts.errors import NotFound, Quarantine, ServiceUnavailable, UsageError
from contracts.feeds import (
    MEMORY_SUFFIX,
    FeedMemory,
    FeedRegistration,
    FeedState,
    decode_feed,
    encode_feed,
    feed_key,
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


class KafkaFeedStore:
    """The registry on Kafka, followed by one consumer of all partitions. A context manager.

    Args:
        topic: the compacted topic.
    """

    def __init__(self, settings: Settings, *, topic: str = FEEDS, role: str = "collector") -> None:
        self._settings, self._topic, self._role = settings, topic, role
        self._feeds = Feeds()
        self._producer: KafkaProducer | None = None
        self._consumer: KafkaConsumer | None = None
        self._partitions: list[TopicPartition] = []

    def __enter__(self) -> KafkaFeedStore:
        with reaching(self._settings.kafka):
            self._consumer = KafkaConsumer(
                **client_options(self._settings.kafka, role=f"{self._role}-feeds"),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            numbers = self._consumer.partitions_for_topic(self._topic)
            if not numbers:
                self._consumer.close()
                raise unavailable(
                    self._settings.kafka, UnknownTopicOrPartitionError(f"there is no topic {self._topic}")
                )
            self._partitions = [TopicPartition(self._topic, number) for number in sorted(numbers)]
            self._consumer.assign(self._partitions)
            self._consumer.seek_to_beginning(*self._partitions)
        self._read_to_end()
        return self

    def __exit__(self, *_: object) -> None:
        with reaching(self._settings.kafka):
            if self._producer is not None:
                self._producer.close(timeout=self._settings.producer.delivery_timeout_s)
            if self._consumer is not None:
                self._consumer.close()

    def refresh(self) -> dict[str, FeedState]:
        """See ``FeedStore``: what was written until now, by whomever."""
        assert self._consumer is not None, "use it as a context manager"
        with reaching(self._settings.kafka):
            while batches := self._consumer.poll(timeout_ms=0):
                self._take(batches)
        return self._feeds.states()

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
                self._topic, key=key.encode(), value=value, partition=feed_partition(key, len(self._partitions))
            ).get(timeout=self._settings.producer.delivery_timeout_s)
        self._feeds.apply(key, value)

    def _read_to_end(self) -> None:
        assert self._consumer is not None
        until = time.monotonic() + READ_TIMEOUT_S
        with reaching(self._settings.kafka):
            ends = self._consumer.end_offsets(self._partitions)
            while any(self._consumer.position(partition) < ends[partition] for partition in self._partitions):
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


@contextmanager
def _store(settings: Settings, topic: str) -> Iterator[KafkaFeedStore]:
    with KafkaFeedStore(settings, topic=topic, role="feeds") as store:
        yield store


def add_feed(
    settings: Settings,
    url: str,
    *,
    now: Callable[[], datetime],
    source_id: str | None = None,
    name: str | None = None,
    language: str | None = None,
    interval_s: float | None = None,
    topic: str = FEEDS,
) -> FeedState:
    """Register a feed, or change the registration of one that exists; collectors take it up by themselves.

    Args:
        now: the time of registration.
        source_id: stable name for facets; default the host.
        interval_s: seconds between two polls; default the setting.

    Raises:
        UsageError: ``url`` is no http(s) address, or ``interval_s`` is less than a second.
        ServiceUnavailable: Kafka does not answer.
    """
    key = _key(url)
    if interval_s is not None and interval_s < 1:
        raise UsageError(f"An interval of {interval_s:g} s is too short.", hint="Give at least 1.")
    host = (urlsplit(key).hostname or "").removeprefix("www.")
    with _store(settings, topic) as store:
        known = store.refresh().get(key)
        feed = FeedRegistration(
            url=url.strip(),
            source_id=source_id or (known.feed.source_id if known else host),
            added_at=known.feed.added_at if known else now(),
            name=name or (known.feed.name if known else None),
            language=language or (known.feed.language if known else None),
            interval_s=interval_s or (known.feed.interval_s if known else None),
        )
        store.register(key, feed)
        return store.refresh()[key]


def list_feeds(settings: Settings, *, topic: str = FEEDS) -> list[FeedState]:
    """Every registered feed with what is remembered of it. Raises ServiceUnavailable."""
    with _store(settings, topic) as store:
        return list(store.refresh().values())


def remove_feed(settings: Settings, url: str, *, topic: str = FEEDS) -> None:
    """Take a feed off the registry, and forget what it had.

    Raises:
        UsageError: ``url`` is no http(s) address.
        NotFound: it is not registered.
        ServiceUnavailable: Kafka does not answer.
    """
    key = _key(url)
    with _store(settings, topic) as store:
        if key not in store.refresh():
            raise NotFound(f"No feed is registered under {url}.", hint="`newswire feeds list` shows them.")
        store.remove(key)


def _key(url: str) -> str:
    try:
        return feed_key(url)
    except ValueError as error:
        raise UsageError(f"{url!r} is no http(s) address of a feed.", hint="Give the whole address.") from error
