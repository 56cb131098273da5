"""Records of the raw topics to records of the enriched and the quarantine topic: one out for each one in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Literal, Protocol

from contracts.codec import Headers, decode, encode, headers
from contracts.errors import Quarantine
from contracts.identity import ID_BYTES
from contracts.messages import EnrichedArticle, Header, Quarantined, RawArticle
from processors.pipeline import Outcome, now

ENVELOPE_BYTES = 20_000
"""Room that a record needs beside its value: headers, key, and the quarantine message around the original."""


@dataclass(frozen=True)
class Record:
    """A record as it came."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def place(self) -> str:
        """Where it stands, for logs and journals."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True)
class Outgoing:
    """A record as it goes."""

    to: Literal["enriched", "quarantine"]
    key: bytes
    value: bytes
    headers: Headers
    reason: str = ""


class Enriching(Protocol):
    """What handling needs of ``Enricher``."""

    def enrich(self, batch: Sequence[RawArticle]) -> list[Outcome]:
        """One outcome an article, in order."""
        ...


@dataclass
class Handler:
    """Decodes, enriches and encodes.

    Args:
        enricher: does the work.
        max_bytes: largest value that the topics take.
        max_attempts: of a record that ended its worker, see ``attempts``.
        clock: the current instant.
    """

    enricher: Enriching
    max_bytes: int
    max_attempts: int = 3
    clock: Callable[[], datetime] = field(default=now)

    def handle(self, records: Sequence[Record], crashes: int = 0) -> list[Outgoing]:
        """One outgoing record for each, in order.

        Args:
            records: to handle together.
            crashes: how often a worker died while it had them.
        """
        if crashes >= self.max_attempts:
            gave_up = Quarantine("worker-crashed", f"The worker ended {crashes} times while it had this article.")
            return [self._refuse(record, gave_up, crashes) for record in records]
        results: list[Outgoing | None] = [None] * len(records)
        articles: list[RawArticle] = []
        places: list[int] = []
        for index, record in enumerate(records):
            try:
                articles.append(decode(record.value, RawArticle, record.headers))
                places.append(index)
            except Quarantine as refusal:
                results[index] = self._refuse(record, refusal, crashes)
        for index, outcome in zip(places, self.enricher.enrich(articles), strict=True):
            record = records[index]
            if isinstance(outcome, Quarantine):
                results[index] = self._refuse(record, outcome, crashes)
            else:
                results[index] = self._accept(record, outcome, crashes)
        return [result for result in results if result is not None]

    def _accept(self, record: Record, article: EnrichedArticle, crashes: int) -> Outgoing:
        try:
            value = encode(article)
        except Exception as error:
            return self._refuse(record, Quarantine("not-encodable", f"It cannot be written: {error!r}."), crashes)
        if len(value) > self.max_bytes - ENVELOPE_BYTES:
            too_large = Quarantine("too-large", f"The enriched article has {len(value)} bytes, more than topics take.")
            return self._refuse(record, too_large, crashes)
        return Outgoing("enriched", article.id.encode(), value, headers(article))

    def _refuse(self, record: Record, refusal: Quarantine, crashes: int) -> Outgoing:
        original = record.value or b""
        # Bytes travel as base64, 4 characters for 3 bytes.
        room = (self.max_bytes - ENVELOPE_BYTES) * 3 // 4
        error = refusal.message
        if len(original) > room:
            error = f"{error} Only its first {room} of {len(original)} bytes are kept here."
        message = Quarantined(
            id=_identity(record),
            stage="processor",
            reason=refusal.reason,
            error=error[:2_000],
            at=self.clock(),
            attempts=crashes + 1,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            value=original[:room],
            key=record.key,
            headers=tuple(Header(key=name, value=value) for name, value in record.headers),
        )
        return Outgoing("quarantine", message.id.encode(), encode(message), headers(message), refusal.reason)


def _identity(record: Record) -> str:
    """The record's key where it is text, else a hash of the bytes."""
    if record.key:
        try:
            return record.key.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return blake2b(record.key or record.value or b"", digest_size=ID_BYTES).hexdigest()
