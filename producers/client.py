"""The one way onto the article topics: an idempotent Kafka producer with a bound on what is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, RecordListTooLargeError

from contracts.codec import encode, headers
from contracts.errors import InputRefused, NewswireError, ServiceUnavailable
from contracts.messages import RawArticle
from contracts.settings import Settings
from contracts.topics import LANE_TOPIC
from producers.broker import client_options, reaching, unavailable

log = structlog.get_logger()

BATCH_BYTES = 131_072
"""Some 40 articles: enough for zstd to find what they share, and small beside the broker's request limit."""

RECORD_OVERHEAD_BYTES = 512
"""Upper bound of key, headers and framing of one record."""

METADATA_TIMEOUT_MS = 15_000
"""How long a first record waits to learn its topic's partitions."""


class Budget:
    """Bytes that may be under way; ``take`` waits for room (kafka-python 3 itself bounds nothing)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._changed = threading.Condition()

    def take(self, size: int, timeout_s: float) -> bool:
        """Reserve ``size`` bytes, a too big one alone; False if there was no room in time."""
        with self._changed:
            fits = self._changed.wait_for(lambda: self._used == 0 or self._used + size <= self._limit, timeout_s)
            if fits:
                self._used += size
            return fits

    def give(self, size: int) -> None:
        """Free what was taken."""
        with self._changed:
            self._used -= size
            self._changed.notify_all()


@dataclass
class Counts:
    """What became of the articles that were handed over so far."""

    accepted: int = 0
    failed: int = 0


def open_producer(settings: Settings, *, role: str) -> KafkaProducer:
    """An idempotent producer, acks=all, zstd.

    Raises:
        ServiceUnavailable: Kafka does not answer within 5 s.
    """
    delivery_ms = int(settings.producer.delivery_timeout_s * 1000)
    with reaching(settings.kafka):
        return KafkaProducer(
            **client_options(settings.kafka, role=role),
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            allow_auto_create_topics=False,
            linger_ms=settings.producer.linger_ms,
            batch_size=BATCH_BYTES,
            max_request_size=settings.kafka.max_message_bytes,
            max_block_ms=min(METADATA_TIMEOUT_MS, delivery_ms),
            delivery_timeout_ms=delivery_ms,
            request_timeout_ms=min(30_000, max(1_000, delivery_ms - settings.producer.linger_ms)),
        )


@dataclass
class ArticleProducer:
    """Publishes articles on the topic of their lane, keyed by their id. A context manager: leaving it flushes.

    Attributes:
        connect: opens the Kafka producer.
        topics: the topic of each lane.
    """

    settings: Settings
    connect: Callable[[Settings], KafkaProducer] = field(
        default=lambda settings: open_producer(settings, role="producer")
    )
    topics: Mapping[str, str] = field(default_factory=lambda: LANE_TOPIC)

    def __post_init__(self) -> None:
        self._kafka: KafkaProducer | None = None
        self._budget = Budget(self.settings.producer.buffer_bytes)
        self._lock = threading.Lock()
        self._counts = Counts()

    def __enter__(self) -> ArticleProducer:
        self._kafka = self.connect(self.settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def counts(self) -> Counts:
        """Accepted and failed so far."""
        with self._lock:
            return Counts(self._counts.accepted, self._counts.failed)

    def publish(self, article: RawArticle) -> Future[None]:
        """See ``producers.publishing.Publisher``. Waits while ``producer.buffer_bytes`` are under way."""
        assert self._kafka is not None, "use it as a context manager"
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()
        value = encode(article)
        size = len(value) + RECORD_OVERHEAD_BYTES
        if size > self.settings.kafka.max_message_bytes:
            self._fail(done, _too_large(article, size))
            return done
        if not self._budget.take(size, self.settings.producer.delivery_timeout_s):
            self._fail(done, ServiceUnavailable("Kafka", self._address, "it takes no more articles"))
            return done
        topic = self.topics[article.lane]
        try:
            with reaching(self.settings.kafka):
                record = self._kafka.send(topic, value=value, key=article.id.encode(), headers=headers(article))
        except NewswireError as error:
            if isinstance(error.__cause__, KafkaTimeoutError):  # on sending it means just this
                hint = "Create the topics with `newswire up`."
                error = ServiceUnavailable("Kafka", self._address, f"or it has no topic {topic}", hint=hint)
            self._budget.give(size)
            self._fail(done, error)
            return done
        record.add_callback(self._delivered, done, size)
        record.add_errback(self._undelivered, done, size, article)
        return done

    def flush(self) -> None:
        """Wait until all that was handed over is delivered or has failed.

        Raises:
            ServiceUnavailable: it is still under way after ``producer.delivery_timeout_s``.
        """
        if self._kafka is not None:
            with reaching(self.settings.kafka):
                self._kafka.flush(timeout=self.settings.producer.delivery_timeout_s)

    def close(self) -> None:
        """Flush and disconnect. What could not be delivered has failed its future by then."""
        if self._kafka is None:
            return
        kafka, self._kafka = self._kafka, None
        with reaching(self.settings.kafka):
            kafka.close(timeout=self.settings.producer.delivery_timeout_s)
        counts = self.counts
        log.info("producer-closed", accepted=counts.accepted, failed=counts.failed)

    @property
    def _address(self) -> str:
        return self.settings.kafka.bootstrap_servers

    def _delivered(self, done: Future[None], size: int, _metadata: Any) -> None:
        self._budget.give(size)
        with self._lock:
            self._counts.accepted += 1
        done.set_result(None)

    def _undelivered(self, done: Future[None], size: int, article: RawArticle, error: Exception) -> None:
        self._budget.give(size)
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            self._fail(done, _too_large(article, size))
        else:
            self._fail(done, unavailable(self.settings.kafka, error))

    def _fail(self, done: Future[None], error: NewswireError) -> None:
        with self._lock:
            self._counts.failed += 1
        done.set_exception(error)


def _too_large(article: RawArticle, size: int) -> InputRefused:
    return InputRefused(
        article.url or article.source.uri or article.id,
        "too-large",
        f"the article takes {size:,} bytes, more than the topic takes in one record.",
        hint="Raise kafka.max_message_bytes, here and on the topic, or leave the article out.",
    )
