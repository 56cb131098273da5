"""One poll of one feed: what is new or changed in it becomes articles, and its memory is brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import structlog
from courlan import extract_domain

from contracts.errors import InputRefused
from contracts.feeds import FeedHealth, FeedMemory, FeedState, SeenItem
from contracts.messages import Block, RawArticle, Source
from contracts.settings import Settings
from producers import defects
from producers.articles import Draft, build
from producers.dates import zone
from producers.feeds import FeedItem, parse_feed
from producers.fetch import Fetcher, FetchLater
from producers.isolation import Parse, directly
from producers.pages import read_page
from producers.publishing import Publisher

log = structlog.get_logger()

RECHECK_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""When an item's page is read again for corrections that the feed does not show: most are made on the first day."""

RECHECK_GRACE = timedelta(minutes=15)
"""How long a check waits for the feed to change, before the feed is read again just for its sake."""

REPORT_AFTER = timedelta(minutes=15)
"""How old the health that ``feeds list`` shows may get while nothing changes."""

MAX_REMEMBERED = 2_000
"""Items remembered beyond those in the feed now: four times the longest feed that is read."""

MAX_BACKOFF = timedelta(hours=6)
"""Longest pause after failures in a row."""

FULL_TEXT_SHARE = 0.8
"""A page whose text is shorter than this share of the feed's own was not extracted rightly."""


@dataclass(frozen=True)
class PollResult:
    """What a poll came to.

    Attributes:
        memory: to be kept once the articles are safe, which they are when the result is there.
        changed: there is something new to keep.
    """

    memory: FeedMemory
    emitted: int = 0
    refused: int = 0
    changed: bool = True


@dataclass
class Poller:
    """Polls feeds; the parts that meet the network are its fields.

    Attributes:
        fetcher: gets feeds and pages.
        publisher: takes the articles.
        now: the time.
        stopping: asked between items, so that a stop waits for no more than one of them.
        parse: calls the parsers of feeds and pages.
    """

    settings: Settings
    fetcher: Fetcher
    publisher: Publisher
    now: Callable[[], datetime]
    stopping: Callable[[], bool] = field(default=lambda: False)
    parse: Parse = directly

    def poll(self, state: FeedState) -> PollResult:
        """Poll once and return when every article of it is safe.

        A failure of the feed's server is a result too: it stands in the memory's health.

        Raises:
            ServiceUnavailable: Kafka does not take the articles; the memory stays as it was.
        """
        began = self.now()
        memory = state.memory
        due = any(item.check_at is not None and item.check_at + RECHECK_GRACE <= began for item in memory.seen)
        try:
            answer = self.fetcher.fetch(
                state.feed.url,
                max_bytes=self.settings.collector.max_feed_bytes,
                etag=None if due else memory.etag,
                last_modified=None if due else memory.last_modified,
            )
            if answer.not_modified:
                stale = memory.health.polled_at is None or memory.health.polled_at + REPORT_AFTER <= began
                return PollResult(self._succeeded(state, memory, began, 0), changed=stale or memory.health.failures > 0)
            feed = self.parse(
                parse_feed,
                answer.body,
                url=answer.url,
                content_type=answer.content_type,
                assumed=zone(self.settings.producer.timezone),
            )
        except FetchLater as error:
            return PollResult(self._failed(state, began, error.message, error.after_s))
        except InputRefused as error:
            return PollResult(self._failed(state, began, error.message, None))
        for note in feed.notes:
            log.warning("feed-noted", url=state.feed.url, note=note)
        result = self._items(state, feed.items, feed.language, began)
        if answer.moved_to:
            log.info("feed-moved", url=state.feed.url, to=answer.moved_to)
        if not self.stopping() and "truncated-feed" not in feed.notes:
            # an interrupted poll keeps the old validators, so that the next one sees the rest
            fresh = msgspec.structs.replace(result.memory, etag=answer.etag, last_modified=answer.last_modified)
            return replace(result, memory=fresh, changed=result.changed or fresh.etag != memory.etag)
        return result

    def _items(
        self, state: FeedState, items: tuple[FeedItem, ...], language: str | None, began: datetime
    ) -> PollResult:
        seen = {item.key: item for item in state.memory.seen}
        pending: list[Future[None]] = []
        refused = 0
        changed = False
        for item in reversed(items):  # feeds list the latest first; the oldest goes first
            if self.stopping():
                break
            known = seen.get(item.key)
            checking = known is not None and known.check_at is not None and known.check_at <= began
            if known is not None and known.feed_hash == item.content_hash and not checking:
                continue
            changed = True
            try:
                with defects.refused(item.guid):
                    article, transient = self._article(state, item, language)
            except InputRefused as error:
                log.info("item-refused", feed=state.feed.url, item=item.guid, reason=error.reason, error=error.message)
                refused += 1
                seen[item.key] = _remembered(item, known, "", began, checked=True, soon=False)
                continue
            if known is None or known.version_id != article.version_id:
                pending.append(self.publisher.publish(article))
            seen[item.key] = _remembered(item, known, article.version_id, began, checked=checking, soon=transient)
        emitted = 0
        for done in pending:
            try:
                done.result()
                emitted += 1
            except InputRefused as error:
                log.warning("article-refused", feed=state.feed.url, error=error.message)
                refused += 1
        current = {item.key for item in items}
        memory = msgspec.structs.replace(state.memory, seen=_bounded(list(seen.values()), current))
        return PollResult(self._succeeded(state, memory, began, emitted), emitted, refused, changed)

    def _article(self, state: FeedState, item: FeedItem, language: str | None) -> tuple[RawArticle, bool]:
        """The article of an item, and whether its page may be had later."""
        transient = False
        notes: tuple[str, ...] = ()
        page: Draft | None = None
        if item.link is None:
            notes = ("no-link",)
        else:
            try:
                answer = self.fetcher.fetch(item.link, max_bytes=self.settings.producer.max_input_bytes)
                page = self.parse(
                    read_page,
                    answer.body,
                    url=answer.url,
                    content_type=answer.content_type,
                    assumed=zone(self.settings.producer.timezone),
                )
            except FetchLater as error:
                transient, notes = True, (f"page-{error.reason}",)
            except InputRefused as error:
                notes = (f"page-{error.reason}",)
            except Exception:
                # a page that trips over a fault in a library must not keep its feed's other items back
                log.exception("page-crashed", url=item.link)
                notes = ("page-crashed",)
        source = Source(
            id=state.feed.source_id,
            kind="feed",
            collected_at=self.now(),
            name=state.feed.name,
            uri=state.feed.url,
            item_id=item.guid,
            url=item.link,
        )
        draft = merge(item, page, notes, language=language or state.feed.language, feed_url=state.feed.url)
        article = build(
            draft,
            source,
            origin=item.link or item.guid,
            lane="live",
            max_text_chars=self.settings.producer.max_text_chars,
        )
        return article, transient

    def _succeeded(self, state: FeedState, memory: FeedMemory, began: datetime, emitted: int) -> FeedMemory:
        health = FeedHealth(polled_at=began, succeeded_at=began, articles=memory.health.articles + emitted)
        return msgspec.structs.replace(memory, health=health, next_poll_at=began + self._interval(state))

    def _failed(self, state: FeedState, began: datetime, error: str, after_s: float | None) -> FeedMemory:
        health = state.memory.health
        failures = health.failures + 1
        log.warning("feed-failed", url=state.feed.url, failures=failures, error=error)
        pause = min(self._interval(state) * 2 ** min(failures - 1, 16), max(MAX_BACKOFF, self._interval(state)))
        wait = max(pause, timedelta(seconds=after_s or 0))
        failed = msgspec.structs.replace(health, polled_at=began, failures=failures, error=error)
        return msgspec.structs.replace(state.memory, health=failed, next_poll_at=began + wait)

    def _interval(self, state: FeedState) -> timedelta:
        return timedelta(seconds=state.feed.interval_s or self.settings.collector.interval_s)


def merge(item: FeedItem, page: Draft | None, notes: tuple[str, ...], *, language: str | None, feed_url: str) -> Draft:
    """One draft of what feed and page say: the page's text, unless the feed's own is the fuller one.

    A feed's title and text win over a page of its own site alone, else any feed could rewrite any other's articles.
    Without a page the feed's text is all there is, noted as ``feed-text-only``.
    """
    length = sum(len(block.text) for block in item.blocks)
    own = Draft(
        blocks=item.blocks,
        headline=item.title,
        description_text=item.summary if length or page else None,
        byline=item.author,
        dateline=item.dateline,
        url=item.link,
        language=item.language or language,
        dates=item.dates,
        keywords=item.keywords,
        notes=(*notes, "feed-text-only"),
    )
    if page is None:
        return own if item.blocks else replace(own, blocks=(Block(text=item.summary),) if item.summary else ())
    trusted = _same_site(feed_url, item.link or "")
    if not trusted or sum(len(block.text) for block in page.blocks) >= FULL_TEXT_SHARE * length:
        own = replace(
            own, blocks=page.blocks, dateline=page.dateline, stripped=page.stripped, notes=(*notes, *page.notes)
        )
    return replace(
        own,
        headline=(trusted and item.title) or page.headline or item.title,
        description_text=(trusted and item.summary) or page.description_text or item.summary,
        byline=page.byline or item.author,
        language=page.language or own.language,
        dates=(*page.dates, *item.dates),
        section=page.section,
        keywords=(*item.keywords, *page.keywords),
    )


def _same_site(one: str, other: str) -> bool:
    """Whether two addresses are on one host, or under one registrable domain."""
    if (urlsplit(one).hostname or "") == (urlsplit(other).hostname or ""):
        return True
    domain = extract_domain(one)
    return domain is not None and domain == extract_domain(other)


def _remembered(
    item: FeedItem, known: SeenItem | None, version_id: str, now: datetime, *, checked: bool, soon: bool
) -> SeenItem:
    checks = (known.checks if known else 0) + checked
    first_seen = known.first_seen if known else now
    if item.link is None:
        check_at = None
    elif soon:
        check_at = now + RECHECK_AFTER[0]
    else:
        check_at = first_seen + RECHECK_AFTER[checks] if checks < len(RECHECK_AFTER) else None
    return SeenItem(
        key=item.key,
        feed_hash=item.content_hash,
        version_id=version_id or (known.version_id if known else ""),
        first_seen=first_seen,
        checks=checks,
        check_at=check_at,
    )


def _bounded(seen: list[SeenItem], current: set[str]) -> tuple[SeenItem, ...]:
    """Latest first; what is in the feed now is always kept, and what left it is not looked at again."""
    here = [item for item in seen if item.key in current]
    gone = [msgspec.structs.replace(item, check_at=None) for item in seen if item.key not in current]
    gone.sort(key=lambda item: item.first_seen, reverse=True)
    return (*sorted(here, key=lambda item: item.first_seen, reverse=True), *gone[:MAX_REMEMBERED])
