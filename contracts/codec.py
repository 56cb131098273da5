"""Messages to bytes and back, with their type and schema version in the record's headers.

JSON, because an operator reads it off the topic with any tool, and Elasticsearch takes it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from contracts.errors import Quarantine
from contracts.messages import EnrichedArticle, Quarantined, RawArticle

SCHEMA_VERSION = 1
"""Raised only by a change that old readers cannot take; see ``contracts.messages``."""

TYPE_HEADER = "newswire-type"
VERSION_HEADER = "newswire-schema"

_READABLE_VERSIONS = frozenset(str(version).encode() for version in range(SCHEMA_VERSION + 1))
"""Compared as bytes: a number of thousands of digits, which Python refuses to read, is a stranger's header too."""

Message = TypeVar("Message", RawArticle, EnrichedArticle, Quarantined)
Headers = list[tuple[str, bytes]]

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (RawArticle, EnrichedArticle, Quarantined)
}


def encode(message: RawArticle | EnrichedArticle | Quarantined) -> bytes:
    """The message as UTF-8 JSON."""
    return _encoder.encode(message)


def headers(message: RawArticle | EnrichedArticle | Quarantined) -> Headers:
    """The record headers that go with ``encode(message)``."""
    return [(TYPE_HEADER, type(message).__name__.encode()), (VERSION_HEADER, str(SCHEMA_VERSION).encode())]


def decode(value: bytes | None, kind: type[Message], record_headers: Iterable[tuple[str, bytes]] = ()) -> Message:
    """The message in ``value``.

    A record without our headers is read all the same, so that other systems can push plain JSON.

    Raises:
        Quarantine: ``not-a-message`` for anything that is not valid JSON of ``kind``,
            ``schema-too-new`` for a schema version this release does not know,
            ``naive-date`` for an instant without time zone.
    """
    for name, raw in record_headers:
        if name == VERSION_HEADER and raw not in _READABLE_VERSIONS:
            raise Quarantine(
                "schema-too-new",
                f"The message has schema version {raw[:20]!r}, this release reads up to {SCHEMA_VERSION}.",
            )
    try:
        message: Message = _decoders[kind].decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Quarantine("not-a-message", f"The message is not a {kind.__name__}: {error}.") from error
    moment = message.at if isinstance(message, Quarantined) else message.source.collected_at
    if moment.tzinfo is None:
        raise Quarantine("naive-date", f"The {kind.__name__}'s time {moment.isoformat()} names no time zone.")
    return message
