"""What stands on the compacted topic of the feeds: which feeds there are, and what is remembered of each.

A feed has two records, so that nobody overwrites another's: its registration, under the feed's URL, is written by
whoever adds or removes feeds; its memory, under the URL with ``#memory``, by the collector that polls it. Both stand
on one partition, that of the URL, so that several collectors can share the feeds by partition. A record without
value deletes; a feed exists as long as its registration does.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import msgspec

from contracts.errors import Quarantine
from contracts.identity import canonical_url
from contracts.messages import Struct

MEMORY_SUFFIX = "#memory"
"""Cannot end a canonical URL, which has no fragment."""


class FeedRegistration(Struct, frozen=True, kw_only=True):
    """A feed that is to be polled.

    Attributes:
        url: what is fetched, as it was given.
        source_id: stable name of the source, for facets.
        name: for people.
        language: BCP 47 code: a hint for articles that declare none.
        interval_s: seconds between two polls; None is the setting ``collector.interval_s``.
    """

    url: str
    source_id: str
    added_at: datetime
    name: str | None = None
    language: str | None = None
    interval_s: float | None = None


class SeenItem(Struct, frozen=True, kw_only=True):
    """An item that was emitted.

    Attributes:
        key: hash of the item's id in the feed.
        feed_hash: hash of what the feed said of it.
        version_id: of the article that was emitted last for it.
        first_seen: when it was new.
        checks: how often its page was looked at again since.
        check_at: when its page is looked at next; None is never.
    """

    key: str
    feed_hash: str
    version_id: str
    first_seen: datetime
    checks: int = 0
    check_at: datetime | None = None


class FeedHealth(Struct, frozen=True, kw_only=True):
    """How polling goes.

    Attributes:
        failures: polls in a row that failed.
        error: the last failure, one sentence; None while all is well.
    """

    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    articles: int = 0


class FeedMemory(Struct, frozen=True, kw_only=True):
    """What the collector remembers of a feed between polls and over restarts.

    Attributes:
        url: the feed's.
        etag, last_modified: validators of the feed's last whole answer.
        seen: the items that were emitted, latest first, bounded by the collector.
        next_poll_at: when it is due.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    seen: tuple[SeenItem, ...] = ()
    next_poll_at: datetime | None = None
    health: FeedHealth = FeedHealth()


class FeedState(Struct, frozen=True, kw_only=True):
    """A feed with its memory, as ``feeds list`` shows it and a collector works on it."""

    feed: FeedRegistration
    memory: FeedMemory


_encoder = msgspec.json.Encoder()
_registration = msgspec.json.Decoder(FeedRegistration)
_memory = msgspec.json.Decoder(FeedMemory)


def feed_key(url: str) -> str:
    """The key of the feed's registration. Raises ValueError if ``url`` is no absolute http(s) URL."""
    return canonical_url(url)


def feed_partition(key: str, partitions: int) -> int:
    """The partition of a feed's records: a hash of its key, the same for both of them."""
    digest = blake2b(key.removesuffix(MEMORY_SUFFIX).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % partitions


def encode_feed(record: FeedRegistration | FeedMemory) -> bytes:
    """The record as UTF-8 JSON."""
    return _encoder.encode(record)


def decode_feed(key: str, value: bytes) -> FeedRegistration | FeedMemory:
    """The record that stands under ``key``.

    Raises:
        Quarantine: ``not-a-message`` for what is neither.
    """
    try:
        return _memory.decode(value) if key.endswith(MEMORY_SUFFIX) else _registration.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Quarantine("not-a-message", f"The record under {key!r} describes no feed: {error}.") from error
