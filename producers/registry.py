"""The registry of feeds: adding, listing and removing them. Collectors take it up by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from contracts.errors import NotFound, UsageError
from contracts.feeds import FeedRegistration, FeedState, feed_key
from contracts.settings import Settings
from contracts.topics import FEEDS
from producers.articles import sound
from producers.feedstore import KafkaFeedStore

ROLE = "feeds"
"""Ends the client ids of those who only look at the registry or change it."""


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
    with KafkaFeedStore(settings, topic=topic, role=ROLE) as store:
        known = store.refresh().get(key)
        feed = FeedRegistration(
            url=url.strip(),
            source_id=source_id or (known.feed.source_id if known else host),
            added_at=known.feed.added_at if known else now(),
            name=name or (known.feed.name if known else None),
            language=language or (known.feed.language if known else None),
            interval_s=interval_s or (known.feed.interval_s if known else None),
        )
        store.register(key, sound(feed))
        return store.refresh()[key]


def list_feeds(settings: Settings, *, topic: str = FEEDS) -> list[FeedState]:
    """Every registered feed with what is remembered of it. Raises ServiceUnavailable."""
    with KafkaFeedStore(settings, topic=topic, role=ROLE) as store:
        return list(store.refresh().values())


def remove_feed(settings: Settings, url: str, *, topic: str = FEEDS) -> None:
    """Take a feed off the registry, and forget what it had.

    Raises:
        UsageError: ``url`` is no http(s) address.
        NotFound: it is not registered.
        ServiceUnavailable: Kafka does not answer.
    """
    key = _key(url)
    with KafkaFeedStore(settings, topic=topic, role=ROLE) as store:
        if key not in store.refresh():
            raise NotFound(f"No feed is registered under {url}.", hint="`newswire feeds list` shows them.")
        store.remove(key)


def _key(url: str) -> str:
    try:
        return feed_key(url)
    except ValueError as error:
        raise UsageError(f"{url!r} is no http(s) address of a feed.", hint="Give the whole address.") from error
