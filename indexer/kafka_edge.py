"""The indexer's consumer and its producer for the quarantine topic, as kafka-python makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from contracts.clients import kafka_options
from contracts.codec import encode, headers
from contracts.errors import ServiceUnavailable
from contracts.messages import Quarantined
from contracts.settings import Settings
from contracts.topics import QUARANTINE

GROUP = "newswire-indexer"

BOOTSTRAP_TIMEOUT_MS = 15_000
CUT_BYTES = 1_000_000
"""Of a message that not even the quarantine topic takes; the original stands where the record says."""

log = structlog.get_logger()


def build_consumer(settings: Settings, *, group: str = GROUP) -> KafkaConsumer:
    """A member of the indexers' group that commits only when it is told to.

    Raises:
        ServiceUnavailable: no broker answers.
    """
    try:
        return KafkaConsumer(
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
        raise ServiceUnavailable("Kafka", settings.kafka.bootstrap_servers, _sentence(error)) from error


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
        raise ServiceUnavailable("Kafka", settings.kafka.bootstrap_servers, _sentence(error)) from error


@dataclass(frozen=True)
class KafkaQuarantine:
    """Keeps messages on the quarantine topic.

    Attributes:
        producer: kafka-python's.
        timeout_s: seconds that a batch's acknowledgements may take.
    """

    producer: Any
    topic: str = QUARANTINE
    timeout_s: float = 30.0

    def keep(self, messages: Sequence[Quarantined]) -> list[bool]:
        """As ``indexer.quarantine.QuarantineSink`` says."""
        futures = [self._send(message) for message in messages]
        return [self._acknowledged(*pair) for pair in zip(futures, messages, strict=True)]

    def _send(self, message: Quarantined) -> Any:
        try:
            return self.producer.send(
                self.topic, key=message.id.encode(), value=encode(message), headers=headers(message)
            )
        except KafkaError as error:
            return error

    def _acknowledged(self, future: Any, message: Quarantined) -> bool:
        try:
            if isinstance(future, KafkaError):
                raise future
            future.get(timeout=self.timeout_s)
        except MessageSizeTooLargeError:
            if len(message.value) <= CUT_BYTES:
                return False
            note = f"{message.error} Only the first {CUT_BYTES} of its {len(message.value)} bytes are kept here."
            cut = msgspec.structs.replace(message, value=message.value[:CUT_BYTES], error=note)
            log.warning("quarantine.cut", id=message.id, bytes=len(message.value))
            return self._acknowledged(self._send(cut), cut)
        except KafkaError as error:
            log.warning("quarantine.unreachable", error=_sentence(error))
            return False
        return True


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
