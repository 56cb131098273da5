"""Messages that can never be indexed go to ``news.quarantine`` with their original bytes, acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from contracts.errors import Quarantine
from contracts.messages import Header, Quarantined

MAX_KEY_CHARS = 512


class Record(Protocol):
    """What is needed of kafka-python's ``ConsumerRecord``."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class QuarantineSink(Protocol):
    """Keeps messages that cannot pass."""

    def keep(self, messages: Sequence[Quarantined]) -> list[bool]:
        """For each message, whether it is kept for certain; what is not is to be given again."""


@dataclass
class FakeQuarantine:
    """Keeps them in memory; while ``broken`` it keeps nothing."""

    kept: list[Quarantined] = field(default_factory=list)
    broken: bool = False

    def keep(self, messages: Sequence[Quarantined]) -> list[bool]:
        """As the port says."""
        if self.broken:
            return [False] * len(messages)
        self.kept += messages
        return [True] * len(messages)


def quarantined(record: Record, why: Quarantine, *, at: datetime, attempts: int) -> Quarantined:
    """The record as it is kept, with the place it came from, so that it can be replayed to there."""
    value = record.value or b""
    key = (record.key or b"").decode("utf-8", "replace")[:MAX_KEY_CHARS]
    return Quarantined(
        id=key or blake2b(value, digest_size=16).hexdigest(),
        stage="indexer",
        reason=why.reason,
        error=why.message,
        at=at,
        attempts=attempts,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=value,
        key=record.key,
        headers=tuple(Header(key=name, value=raw or b"") for name, raw in record.headers or ()),
    )
