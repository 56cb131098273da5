"""The collector: polls every registered feed when it is due, until it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from contracts.errors import ServiceUnavailable
from contracts.feeds import FeedMemory, FeedState
from contracts.settings import Settings
from contracts.topics import COLLECTOR_GROUP, FEEDS
from producers.client import ArticleProducer
from producers.feedstore import FeedStore, KafkaFeedStore
from producers.fetch import HttpFetcher
from producers.isolation import Isolated
from producers.manners import PatientFetcher, PoliteFetcher
from producers.meters import Meters
from producers.polling import Poller, PollResult

log = structlog.get_logger()

TICK_S = 0.5
"""How soon a feed that was added or has become due is noticed."""

UNAVAILABLE_PAUSE = timedelta(seconds=15)
"""Wait before a feed is polled again after Kafka did not take its articles."""


@dataclass
class Collector:
    """Polls what is due on a pool of threads; alone the calling thread touches the store.

    The memory of a feed is kept after the articles of its poll are safe. Killed in between, the next start emits
    these articles once more, as the same versions of the same ids.
    """

    store: FeedStore
    poller: Poller
    workers: int
    now: Callable[[], datetime]
    tick_s: float = TICK_S
    _latest: dict[str, FeedMemory] = field(default_factory=dict)
    _unsaved: dict[str, FeedMemory] = field(default_factory=dict)
    _states: dict[str, FeedState] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Poll until ``stop`` is set, then finish the items under way."""
        running: dict[Future[PollResult], str] = {}
        with ThreadPoolExecutor(self.workers, thread_name_prefix="poll") as pool:
            while not stop.is_set():
                self._refresh()
                busy = set(running.values())
                for key, state in self._due(busy):
                    running[pool.submit(self.poller.poll, state)] = key
                if running:
                    done, _ = wait(running, timeout=self.tick_s, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._settle(running.pop(future), future)
                    if not done:
                        continue
                else:
                    stop.wait(self.tick_s)
            for future, key in running.items():
                self._settle(key, future)

    def _due(self, busy: set[str]) -> list[tuple[str, FeedState]]:
        now = self.now()
        due = []
        for key, state in self._states.items():
            memory = self._latest.get(key, state.memory)
            if key not in busy and (memory.next_poll_at is None or memory.next_poll_at <= now):
                due.append((key, msgspec.structs.replace(state, memory=memory)))
        return due

    def _refresh(self) -> None:
        try:
            self._states = self.store.refresh()
            for key, memory in list(self._unsaved.items()):
                if key in self._states:
                    self.store.remember(key, memory)
                del self._unsaved[key]
        except ServiceUnavailable as error:
            log.warning("registry-unavailable", error=error.message)
        for key in set(self._latest) - set(self._states):
            del self._latest[key]

    def _settle(self, key: str, future: Future[PollResult]) -> None:
        state = self._states.get(key)
        if state is None:
            return
        memory = self._latest.get(key, state.memory)
        try:
            result = future.result()
        except ServiceUnavailable as error:
            log.warning("articles-not-taken", url=state.feed.url, error=error.message)
            self._latest[key] = msgspec.structs.replace(memory, next_poll_at=self.now() + UNAVAILABLE_PAUSE)
            return
        except Exception:
            # one feed that trips over a fault of ours must not end the polling of all others
            log.exception("poll-crashed", url=state.feed.url)
            self._latest[key] = msgspec.structs.replace(memory, next_poll_at=self.now() + timedelta(minutes=15))
            return
        self._latest[key] = result.memory
        if result.emitted or result.refused:
            log.info("feed-polled", url=state.feed.url, articles=result.emitted, refused=result.refused)
        if result.changed:
            try:
                self.store.remember(key, result.memory)
            except ServiceUnavailable as error:
                log.warning("memory-not-kept", url=state.feed.url, error=error.message)
                self._unsaved[key] = result.memory


def run(
    settings: Settings,
    stop: threading.Event,
    *,
    topic: str = FEEDS,
    lanes: dict[str, str] | None = None,
    group: str = COLLECTOR_GROUP,
) -> None:
    """Run the collector until ``stop`` is set; then articles under way are delivered and the memories kept.

    Collectors that run at the same time share the feeds.

    Args:
        topic, lanes: other topics than the pipeline's.
        group: consumer group of the collectors that share.

    Raises:
        ServiceUnavailable: Kafka does not answer at the start, or has no topic for the feeds.
    """

    def now() -> datetime:
        return datetime.now(UTC)

    chosen = {"topics": lanes} if lanes is not None else {}
    with (
        ArticleProducer(settings, **chosen) as producer,  # type: ignore[arg-type]  # one optional argument
        KafkaFeedStore(settings, topic=topic, group=group) as store,
        HttpFetcher(settings.collector) as fetcher,
        Isolated() as parse,
    ):
        polite = PoliteFetcher(fetcher, settings.collector.host_delay_s, pause=stop.wait, clock=time.monotonic)
        poller = Poller(settings, PatientFetcher(polite), producer, now, stop.is_set, parse)
        Meters(lambda: producer.counts).serve(settings.metrics_port)
        log.info("collector-started", workers=settings.collector.max_concurrency)
        Collector(store, poller, settings.collector.max_concurrency, now).run(stop)
    log.info("collector-stopped", accepted=producer.counts.accepted, failed=producer.counts.failed)
