"""The indexer's consumer and its producer for the quarantine topic, as kafka-python makes them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from contracts.clients import kafka_options, steady
from contracts.codec import encode, headers
from contracts.errors import ServiceUnavailable, brief
from contracts.messages import Quarantined
from contracts.settings import Settings
from contracts.topics import INDEXER_GROUP, QUARANTINE

BOOTSTRAP_TIMEOUT_MS = 15_000
LEAST_BYTES = 1000
"""A topic that takes no more than this of a message is not worth cutting for."""
CUT_NOTE = " It is too large for the quarantine topic:"

log = structlog.get_logger()


def build_consumer(settings: Settings, *, group: str = INDEXER_GROUP) -> KafkaConsumer:
    """A member of the indexers' group that commits only when it is told to.

    Raises:
        ServiceUnavailable: no broker answers.
    """
    try:
        return steady(KafkaConsumer)(
            **kafka_options(settings.kafka, role="indexer"),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(settings.kafka.session_timeout_s * 1000),
            heartbeat_interval_ms=int(settings.kafka.session_timeout_s * 1000 / 4),
            max_poll_records=settings.indexer.batch_size,
            max_partition_fetch_bytes=settings.kafka.max_message_bytes,
            fetch_max_bytes=max(4 * settings.kafka.max_message_bytes, 4 * settings.indexer.batch_bytes),
            fetch_max_wait_ms=100,
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            allow_auto_create_topics=False,
        )
    except KafkaError as error:
        raise ServiceUnavailable("Kafka", settings.kafka.bootstrap_servers, brief(error)) from error


def build_producer(settings: Settings) -> KafkaProducer:
    """An idempotent producer for the quarantine topic.

    Raises:
        ServiceUnavailable: no broker answers.
    """
    try:
        return KafkaProducer(
            **kafka_options(settings.kafka, role="indexer-quarantine"),
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            linger_ms=5,
            # In base64 a message is a third longer; the broker measures it compressed.
            max_request_size=2 * settings.kafka.max_message_bytes,
            delivery_timeout_ms=int(settings.producer.delivery_timeout_s * 1000),
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            allow_auto_create_topics=False,
        )
    except KafkaError as error:
        raise ServiceUnavailable("Kafka", settings.kafka.bootstrap_servers, brief(error)) from error


@dataclass
class KafkaQuarantine:
    """Keeps messages on the quarantine topic.

    Attributes:
        connect: makes a producer. It is called again after every failure: kafka-python's idempotent producer never
            sends again once the broker refused a record, because of its size for instance.
        timeout_s: seconds that a batch's acknowledgements may take.
    """

    connect: Callable[[], Any]
    topic: str = QUARANTINE
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        self._producer: Any = self.connect()

    def keep(self, messages: Sequence[Quarantined]) -> list[bool]:
        """As ``indexer.quarantine.QuarantineSink`` says."""
        futures = [self._send(message) for message in messages]
        return [self._acknowledged(*pair) for pair in zip(futures, messages, strict=True)]

    def _send(self, message: Quarantined) -> Any:
        try:
            if self._producer is None:
                self._producer = self.connect()
            return self._producer.send(
                self.topic, key=message.id.encode(), value=encode(message), headers=headers(message)
            )
        except (KafkaError, ServiceUnavailable) as error:
            return error

    def _acknowledged(self, future: Any, message: Quarantined) -> bool:
        try:
            if isinstance(future, Exception):
                raise future
            future.get(timeout=self.timeout_s)
        except (MessageSizeTooLargeError, RecordListTooLargeError):
            self._disconnect()
            return self._cut(message)
        except (KafkaError, ServiceUnavailable) as error:
            self._disconnect()
            log.warning("quarantine.unreachable", error=brief(error))
            return False
        return True

    def _disconnect(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):
                producer.close(timeout=1)

    def _cut(self, message: Quarantined) -> bool:
        """Keep the beginning of what the topic does not take; the original stands where the record says."""
        length = len(message.value) // 2
        if length < LEAST_BYTES:
            log.error("quarantine.too-small", topic=self.topic, id=message.id)
            return False
        error = message.error.partition(CUT_NOTE)[0]
        cut = msgspec.structs.replace(
            message, value=message.value[:length], error=f"{error}{CUT_NOTE} the first {length} bytes are kept here."
        )
        log.warning("quarantine.cut", id=message.id, bytes=length)
        return self._acknowledged(self._send(cut), cut)
