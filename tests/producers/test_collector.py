"""Feeds over real HTTP, the registry on the real Kafka: each item once, over changes, failures and restarts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from contracts.clients import kafka_options
from contracts.codec import decode
from contracts.errors import InputRefused, NotFound, ServiceUnavailable, UsageError
from contracts.feeds import FeedMemory, FeedRegistration, FeedState, feed_key, feed_partition
from contracts.messages import Block, RawArticle
from contracts.settings import Settings, load_settings
from producers import collector, polling
from producers.articles import Draft, build
from producers.collector import Collector
from producers.feeds import FeedItem
from producers.feedstore import Feeds, KafkaFeedStore, MemoryFeedStore
from producers.fetch import HttpFetcher
from producers.polling import RECHECK_AFTER, RECHECK_GRACE, Poller, PollResult, merge
from producers.publishing import MemoryPublisher
from producers.registry import add_feed, list_feeds, remove_feed

START = datetime(2022, 1, 1, 12, tzinfo=UTC)
LONG = "Die Stadt baut eine neue Brücke über den Fluss, das hat der Rat am Mittwoch beschlossen. " * 3


@dataclass
class Newsroom:
    """A site with a feed and pages that a test can change while it is polled."""

    server: HTTPServer
    items: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    feed_status: int = 200
    page_status: int = 200
    raw_feed: str | None = None

    def __post_init__(self) -> None:
        self.server.expect_request("/feed.xml").respond_with_handler(self._feed)
        for number in range(10):
            self.server.expect_request(f"/{number}").respond_with_handler(self._page)

    @property
    def url(self) -> str:
        return self.server.url_for("/feed.xml")

    def publish(self, name: str, title: str, text: str = LONG) -> None:
        self.items[name] = title
        self.pages[f"/{name}"] = text

    def asked(self, path: str) -> int:
        return sum(1 for request, _ in self.server.log if request.path == path)

    def _feed(self, request: Request) -> Response:
        items = "".join(
            f"<item><title>{title}</title><link>{self.server.url_for('/' + name)}?utm_source=rss</link>"
            f"<guid>{name}</guid><description>Kurz: {title}</description></item>"
            for name, title in reversed(self.items.items())
        )
        body = self.raw_feed or f'<rss version="2.0"><channel><title>Blatt</title>{items}</channel></rss>'
        etag = f'"{hash(body)}"'
        if self.feed_status != 200:
            return Response("broken", status=self.feed_status)
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304)
        return Response(body, content_type="application/rss+xml", headers={"ETag": etag})

    def _page(self, request: Request) -> Response:
        if self.page_status != 200:
            return Response("broken", status=self.page_status)
        text = self.pages.get(request.path)
        if text is None:
            return Response("gone", status=404)
        name = request.path.strip("/")
        html = (
            f'<html lang="de"><head><title>{self.items.get(name)}</title></head><body><article>'
            f"<h1>{self.items.get(name)}</h1><p>{text}</p><p>{text}</p></article></body></html>"
        )
        return Response(html, content_type="text/html; charset=utf-8")


@pytest.fixture
def newsroom(httpserver: HTTPServer) -> Newsroom:
    return Newsroom(httpserver)


@dataclass
class Desk:
    """A poller with a clock that the test moves."""

    settings: Settings
    fetcher: HttpFetcher
    newsroom: Newsroom
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    time: datetime = START
    memory: FeedMemory | None = None

    def poll(self, **later: float) -> PollResult:
        self.time += timedelta(**later)
        url = self.newsroom.url
        feed = FeedRegistration(url=url, source_id="blatt", added_at=START, name="Blatt", language="de")
        state = FeedState(feed=feed, memory=self.memory or FeedMemory(url=url))
        result = Poller(self.settings, self.fetcher, self.publisher, lambda: self.time).poll(state)
        self.memory = result.memory
        return result

    @property
    def headlines(self) -> list[str | None]:
        return [article.headline for article in self.publisher.articles]


@pytest.fixture
def desk(newsroom: Newsroom) -> Iterator[Desk]:
    settings = load_settings(overrides={"collector": {"allow_private_addresses": True, "timeout_s": 5}})
    with HttpFetcher(settings.collector) as fetcher:
        yield Desk(settings, fetcher, newsroom)


def test_an_item_that_meets_a_defect_keeps_no_other_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, title in enumerate(("Erste", "Zweite", "Dritte")):
        desk.newsroom.publish(str(number), title)

    def build_and_fail(draft: Draft, *arguments: Any, **more: Any) -> RawArticle:
        if draft.headline == "Zweite":
            raise ZeroDivisionError("nobody foresaw it")
        return build(draft, *arguments, **more)

    monkeypatch.setattr("producers.polling.build", build_and_fail)
    result = desk.poll()
    assert (result.emitted, result.refused) == (2, 1)
    assert desk.headlines == ["Erste", "Dritte"]


@pytest.mark.parametrize(
    ("feed", "headline", "text"),
    [
        ("https://rss.example.org/feed", "Titel des Feeds", "Der lange Text des Feeds. " * 9),
        ("https://example.net/feed", "Titel der Seite", "Der Text der Seite."),
    ],
)
def test_a_feed_speaks_over_its_own_site_alone(feed: str, headline: str, text: str) -> None:
    item = FeedItem(
        guid="1",
        link="https://www.example.org/p/5",
        title="Titel des Feeds",
        blocks=(Block(text="Der lange Text des Feeds. " * 9),),
    )
    page = Draft(blocks=(Block(text="Der Text der Seite."),), headline="Titel der Seite")
    draft = merge(item, page, (), language=None, feed_url=feed)
    assert (draft.headline, draft.blocks[0].text) == (headline, text)


def test_every_item_becomes_one_article_the_oldest_first(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.newsroom.publish("2", "Zweite")
    assert desk.poll().emitted == 2
    assert desk.headlines == ["Erste", "Zweite"]
    article = desk.publisher.articles[0]
    assert article.url == desk.newsroom.server.url_for("/1")
    assert article.blocks[0].text == LONG.strip()
    assert (article.source.kind, article.source.id, article.source.name) == ("feed", "blatt", "Blatt")
    assert (article.source.uri, article.source.item_id) == (desk.newsroom.url, "1")
    assert (article.language, article.description_text, article.notes) == ("de", "Kurz: Erste", ())


def test_an_unchanged_feed_costs_one_conditional_request(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    again = desk.poll(minutes=5)
    assert (again.emitted, again.changed) == (0, False)
    assert desk.newsroom.server.log[-1][1].status_code == 304
    assert desk.newsroom.asked("/1") == 1
    assert again.memory.next_poll_at == desk.time + timedelta(seconds=300)


def test_a_new_item_is_emitted_and_the_old_ones_are_not(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    desk.newsroom.publish("2", "Zweite")
    assert desk.poll(minutes=5).emitted == 1
    assert desk.headlines == ["Erste", "Zweite"]


def test_a_changed_item_is_a_new_version_of_the_same_article(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    desk.newsroom.publish("1", "Erste, berichtigt", LONG + "Der Preis steigt.")
    desk.poll(minutes=5)
    first, second = desk.publisher.articles
    assert first.id == second.id
    assert first.version_id != second.version_id
    assert second.headline == "Erste, berichtigt"


def test_a_page_that_changes_behind_an_unchanged_feed_is_found(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    desk.newsroom.pages["/1"] = LONG + "Korrektur: Die Brücke ist länger."
    desk.poll(minutes=5)
    assert len(desk.publisher.articles) == 1
    desk.poll(seconds=(RECHECK_AFTER[0] + RECHECK_GRACE).total_seconds())
    assert len(desk.publisher.articles) == 2
    assert "Korrektur" in desk.publisher.articles[1].blocks[0].text


def test_pages_are_checked_again_a_few_times_and_then_left(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    for _ in range(60):
        desk.poll(hours=1)
    assert desk.newsroom.asked("/1") == 1 + len(RECHECK_AFTER)
    assert len(desk.publisher.articles) == 1


@pytest.mark.parametrize(("status", "note"), [(404, "page-http-404"), (503, "page-http-503")])
def test_without_its_page_the_feeds_text_is_emitted_and_noted(desk: Desk, status: int, note: str) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.newsroom.page_status = status
    desk.poll()
    (article,) = desk.publisher.articles
    assert article.notes == (note, "feed-text-only")
    assert [block.text for block in article.blocks] == ["Kurz: Erste"]
    desk.newsroom.page_status = 200
    desk.poll(hours=1)
    assert [one.notes for one in desk.publisher.articles] == [(note, "feed-text-only"), ()]
    assert len({one.id for one in desk.publisher.articles}) == 1


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda room: setattr(room, "feed_status", 503), "answers 503"),
        (lambda room: setattr(room, "feed_status", 404), "answers 404"),
        (lambda room: setattr(room, "raw_feed", "<html><body>Wartung</body></html>"), "not a feed"),
        (lambda room: setattr(room, "raw_feed", '<!DOCTYPE x [<!ENTITY a "b">]><rss/>'), "entities"),
    ],
)
def test_a_broken_feed_is_told_and_asked_ever_more_rarely(
    desk: Desk, break_it: Callable[[Newsroom], None], told: str
) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    break_it(desk.newsroom)
    waits = []
    for _ in range(12):
        memory = desk.poll(minutes=5).memory
        assert memory.next_poll_at is not None
        waits.append(memory.next_poll_at - desk.time)
    assert told in str(memory.health.error)
    assert memory.health.failures == 12
    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert waits[-1] == timedelta(hours=6)
    desk.newsroom.feed_status, desk.newsroom.raw_feed = 200, None
    healed = desk.poll(hours=6).memory
    assert (healed.health.failures, healed.health.error) == (0, None)
    assert len(desk.publisher.articles) == 1


def test_a_truncated_feed_gives_what_is_whole_and_the_rest_later(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.newsroom.publish("2", "Zweite")
    link = desk.newsroom.server.url_for
    desk.newsroom.raw_feed = (
        f'<rss version="2.0"><channel><item><title>Zweite</title><link>{link("/2")}</link></item>'
        f"<item><title>Erste</title><link>{link('/1')}</li"
    )
    desk.poll()
    assert desk.headlines == ["Zweite"]
    desk.newsroom.raw_feed = None
    desk.poll(minutes=5)
    assert sorted(set(map(str, desk.headlines))) == ["Erste", "Zweite"]


def test_what_the_broker_did_not_take_is_not_remembered(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.publisher.fail_with = ServiceUnavailable("Kafka", "127.0.0.1:1")
    with pytest.raises(ServiceUnavailable):
        desk.poll()
    desk.publisher.fail_with = None
    desk.poll()
    assert desk.headlines == ["Erste"]


def test_a_crash_before_the_memory_was_kept_repeats_the_same_versions(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.poll()
    desk.memory = None
    desk.poll()
    first, again = desk.publisher.articles
    assert (first.id, first.version_id) == (again.id, again.version_id)


def test_a_page_that_trips_a_fault_leaves_the_other_items_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_page(data: bytes, **arguments: Any) -> Any:
        if arguments["url"].endswith("/1?utm_source=rss"):
            raise RecursionError("a fault in a library")
        return real(data, **arguments)

    real = polling.read_page
    monkeypatch.setattr(polling, "read_page", read_page)
    desk.newsroom.publish("1", "Erste")
    desk.newsroom.publish("2", "Zweite")
    desk.poll()
    assert [article.notes for article in desk.publisher.articles] == [("page-crashed", "feed-text-only"), ()]


def test_an_article_that_is_refused_is_not_tried_for_ever(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    desk.publisher.fail_with = InputRefused("x", "too-large", "it is too large.")
    assert desk.poll().refused == 1
    desk.publisher.fail_with = None
    assert desk.poll(minutes=5).emitted == 0


def test_an_interrupted_poll_leaves_the_rest_for_the_next(desk: Desk) -> None:
    for name in "123":
        desk.newsroom.publish(name, f"Nummer {name}")
    answers = iter([False, True, True, True])
    feed = FeedRegistration(url=desk.newsroom.url, source_id="blatt", added_at=START)
    state = FeedState(feed=feed, memory=FeedMemory(url=feed.url))
    result = Poller(desk.settings, desk.fetcher, desk.publisher, lambda: START, lambda: next(answers)).poll(state)
    desk.memory = result.memory
    desk.poll(minutes=5)
    assert desk.headlines == ["Nummer 1", "Nummer 2", "Nummer 3"]


def test_the_memory_is_bounded_and_keeps_what_the_feed_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "MAX_REMEMBERED", 2)
    for name in "123456":
        desk.newsroom.items.clear()
        desk.newsroom.publish(name, f"Nummer {name}")
        desk.poll(minutes=5)
    assert desk.memory is not None
    assert len(desk.memory.seen) == 3
    desk.newsroom.publish("5", "Nummer 5")
    assert desk.poll(minutes=5).emitted == 0


@contextmanager
def running(run: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            run(stop)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)
        assert not thread.is_alive()
        assert errors == []


def until(condition: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def test_one_feed_that_trips_a_fault_does_not_stop_the_others(desk: Desk) -> None:
    desk.newsroom.publish("1", "Erste")
    good = FeedRegistration(url=desk.newsroom.url, source_id="blatt", added_at=START)
    bad = FeedRegistration(url="http://bad.example/", source_id="bad", added_at=START)
    store = MemoryFeedStore(Feeds({"http://bad.example/": bad, feed_key(good.url): good}))

    class Tripping(Poller):
        def poll(self, state: FeedState) -> PollResult:
            if state.feed.source_id == "bad":
                raise RuntimeError("a fault of ours")
            return super().poll(state)

    poller = Tripping(desk.settings, desk.fetcher, desk.publisher, lambda: START)
    with running(Collector(store, poller, 2, lambda: START, tick_s=0.02).run):
        until(lambda: feed_key(good.url) in store.feeds.memories)
    assert desk.headlines == ["Erste"]


def test_registering_listing_and_removing_feeds(broker: Any) -> None:
    url = f"https://www.example.org/{uuid4().hex}.xml"

    def now() -> datetime:
        return START

    state = add_feed(broker.settings, url, now=now, name="Blatt", language="de", interval_s=60, topic=broker.feeds)
    assert (state.feed.source_id, state.feed.added_at) == ("example.org", START)
    changed = add_feed(broker.settings, url, now=lambda: START + timedelta(1), source_id="blatt", topic=broker.feeds)
    assert (changed.feed.name, changed.feed.source_id, changed.feed.added_at) == ("Blatt", "blatt", START)
    assert changed.feed in [one.feed for one in list_feeds(broker.settings, topic=broker.feeds)]
    remove_feed(broker.settings, url, topic=broker.feeds)
    assert url not in [one.feed.url for one in list_feeds(broker.settings, topic=broker.feeds)]
    with pytest.raises(NotFound):
        remove_feed(broker.settings, url, topic=broker.feeds)
    with pytest.raises(UsageError):
        add_feed(broker.settings, "example.org/feed", now=now, topic=broker.feeds)
    with pytest.raises(UsageError):
        add_feed(broker.settings, url, now=now, interval_s=0.1, topic=broker.feeds)


def test_both_records_of_a_feed_stand_on_one_partition() -> None:
    key = feed_key("https://example.org/feed.xml")
    assert {feed_partition(key, 12), feed_partition(key + "#memory", 12)} == {feed_partition(key, 12)}
    assert len({feed_partition(f"https://example.org/{number}", 12) for number in range(200)}) == 12


def test_a_memory_that_cannot_be_read_is_as_good_as_none() -> None:
    feeds = Feeds()
    feeds.apply(
        "https://example.org/", b'{"url": "https://example.org/", "source_id": "x", "added_at": "2022-01-01T00:00:00Z"}'
    )
    feeds.apply("https://example.org/#memory", b"nonsense")
    (state,) = feeds.states().values()
    assert state.memory == FeedMemory(url="https://example.org/")


def test_collectors_of_a_group_share_the_feeds_and_one_takes_over_from_another(broker: Any) -> None:
    group = f"test-{uuid4().hex}"
    urls = [f"https://example.org/{group}/{number}" for number in range(12)]
    with KafkaFeedStore(broker.settings, topic=broker.feeds) as all_of_them:
        for url in urls:
            all_of_them.register(feed_key(url), FeedRegistration(url=url, source_id="x", added_at=START))
        all_of_them.remember(feed_key(urls[0]), FeedMemory(url=urls[0], etag="kept"))
    mine = {feed_key(url) for url in urls}

    def share(store: KafkaFeedStore) -> set[str]:
        return mine & set(store.refresh())

    with KafkaFeedStore(broker.settings, topic=broker.feeds, group=group) as first:
        until(lambda: share(first) == mine)
        with KafkaFeedStore(broker.settings, topic=broker.feeds, group=group) as second:

            def shared() -> bool:
                one, other = share(first), share(second)
                return bool(one) and bool(other) and one | other == mine and not one & other

            until(shared)
        until(lambda: share(first) == mine)
        assert first.refresh()[feed_key(urls[0])].memory.etag == "kept"


def test_a_registry_without_topic_is_told(broker: Any) -> None:
    with pytest.raises(ServiceUnavailable, match=r"newswire up"):
        list_feeds(broker.settings, topic=f"absent-{uuid4().hex}")


def articles_of(broker: Any, newsroom: Newsroom) -> list[RawArticle]:
    consumer = KafkaConsumer(**kafka_options(broker.settings.kafka, role="test"), auto_offset_reset="earliest")
    try:
        topic = broker.lanes["live"]
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        found: list[RawArticle] = []
        deadline = time.monotonic() + 20
        while any(consumer.position(one) < ends[one] for one in partitions) and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=200).values():
                found += [decode(record.value, RawArticle) for record in records]
        return [article for article in found if article.source.uri == newsroom.url]
    finally:
        consumer.close()


def test_the_collector_emits_each_item_once_over_restarts_on_the_real_kafka(broker: Any, newsroom: Newsroom) -> None:
    collecting = {"allow_private_addresses": True, "timeout_s": 5, "host_delay_s": 0, "interval_s": 1}
    kafka = broker.settings.kafka.model_dump()
    group = f"test-{uuid4().hex}"
    settings = load_settings(overrides={"kafka": kafka, "collector": collecting})

    def run(stop: threading.Event) -> None:
        collector.run(settings, stop, topic=broker.feeds, lanes=broker.lanes, group=group)

    def memory() -> FeedMemory:
        with KafkaFeedStore(settings, topic=broker.feeds) as store:
            return store.refresh()[feed_key(newsroom.url)].memory

    newsroom.publish("1", "Erste")
    newsroom.publish("2", "Zweite")
    with running(run):
        add_feed(settings, newsroom.url, now=lambda: datetime.now(UTC), topic=broker.feeds)  # taken up while it runs
        until(lambda: len(memory().seen) == 2)
        newsroom.publish("3", "Dritte")
        until(lambda: len(memory().seen) == 3)
    pages = sum(newsroom.asked(f"/{name}") for name in "123")
    polls = newsroom.asked("/feed.xml")
    with running(run):
        until(lambda: newsroom.asked("/feed.xml") >= polls + 2)
        assert sum(newsroom.asked(f"/{name}") for name in "123") == pages == 3
        newsroom.publish("1", "Erste, berichtigt")
        until(lambda: newsroom.asked("/1") == 2)
        remove_feed(settings, newsroom.url, topic=broker.feeds)
    found = articles_of(broker, newsroom)
    assert sorted(str(article.headline) for article in found) == ["Dritte", "Erste", "Erste, berichtigt", "Zweite"]
    assert len({article.id for article in found}) == 3
