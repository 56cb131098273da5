"""Every publisher keeps the same promises: the fake and the one on the real Kafka."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from contracts.clients import kafka_options
from contracts.codec import SCHEMA_VERSION, decode
from contracts.errors import ConfigError, InputRefused, ServiceUnavailable
from contracts.messages import Block, Lane, RawArticle, Source
from contracts.settings import Settings, load_settings
from producers.client import ArticleProducer, Budget, Counts
from producers.meters import Meters
from producers.publishing import MemoryPublisher, Publisher
from producers.topics import create_topics


def article(number: int = 0, *, lane: Lane = "live", text: str = "Ein Satz.", run: str = "") -> RawArticle:
    return RawArticle(
        id=f"{run or uuid4().hex[:20]}{number:012d}",
        version_id="v",
        lane=lane,
        source=Source(id="test", kind="file", collected_at=datetime(2022, 1, 1, tzinfo=UTC)),
        blocks=(Block(text=text),),
    )


def consumed(settings: Settings, topic: str, run: str, count: int, within_s: float = 20) -> list[Any]:
    """The records of one test run on a topic."""
    consumer = KafkaConsumer(**kafka_options(settings.kafka, role="test"), auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()])
        found: list[Any] = []
        until = time.monotonic() + within_s
        while len(found) < count and time.monotonic() < until:
            for records in consumer.poll(timeout_ms=200).values():
                found += [record for record in records if record.key.decode().startswith(run)]
        return found
    finally:
        consumer.close()


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def publisher(request: pytest.FixtureRequest) -> Iterator[Publisher]:
    if request.param == "memory":
        yield MemoryPublisher()
        return
    broker = request.getfixturevalue("broker")
    with ArticleProducer(broker.settings, topics=broker.lanes) as producer:
        yield producer


def test_a_published_article_is_settled(publisher: Publisher) -> None:
    futures = [publisher.publish(article(number)) for number in range(50)]
    assert [future.result(timeout=30) for future in futures] == [None] * 50


@pytest.mark.integration
def test_articles_stand_on_the_topic_of_their_lane_under_their_id(broker: Any) -> None:
    run = uuid4().hex[:20]
    live = [article(number, run=run, text="Größe „zählt“ " * 200) for number in range(300)]
    old = [article(number, run=run, lane="backfill") for number in range(20)]
    with ArticleProducer(broker.settings, topics=broker.lanes) as producer:
        for one in live + old:
            producer.publish(one)
    assert (producer.counts.accepted, producer.counts.failed) == (320, 0)
    records = consumed(broker.settings, broker.lanes["live"], run, 300)
    assert sorted(record.key.decode() for record in records) == [one.id for one in live]
    assert {decode(record.value, RawArticle, record.headers).id for record in records} == {one.id for one in live}
    assert dict(records[0].headers) == {"newswire-type": b"RawArticle", "newswire-schema": b"%d" % SCHEMA_VERSION}
    assert len(consumed(broker.settings, broker.lanes["backfill"], run, 20)) == 20


@pytest.mark.integration
def test_an_article_too_large_for_the_topic_is_refused_and_the_rest_goes_on(broker: Any) -> None:
    huge = article(text="x" * (broker.settings.kafka.max_message_bytes + 1))
    with ArticleProducer(broker.settings, topics=broker.lanes) as producer:
        refused, fine = producer.publish(huge), producer.publish(article())
    assert isinstance(refused.exception(), InputRefused)
    assert fine.result() is None
    assert (producer.counts.accepted, producer.counts.failed) == (1, 1)


def test_a_topic_that_is_absent_is_told(broker: Any) -> None:
    quick = broker.settings.producer.model_copy(update={"delivery_timeout_s": 2.0})
    settings = broker.settings.model_copy(update={"producer": quick})
    with ArticleProducer(settings, topics={"live": f"absent-{uuid4().hex}"}) as producer:
        error = producer.publish(article()).exception(timeout=10)
    assert isinstance(error, ServiceUnavailable)
    assert "absent-" in str(error)
    assert "newswire up" in str(error)


def unreachable(**kafka: object) -> Settings:
    values = {"bootstrap_servers": "127.0.0.1:1", **kafka}
    return load_settings(overrides={"kafka": values, "producer": {"delivery_timeout_s": 5}})


@pytest.mark.parametrize("act", [create_topics, lambda settings: ArticleProducer(settings).__enter__()])
def test_an_absent_broker_is_told_within_seconds(act: Any) -> None:
    began = time.monotonic()
    with pytest.raises(ServiceUnavailable, match=r"127\.0\.0\.1:1") as error:
        act(unreachable())
    assert time.monotonic() - began < 10
    assert error.value.exit_code == 4


def test_an_address_that_is_none_is_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigError):
        create_topics(unreachable(bootstrap_servers="host:port"))


@dataclass
class StubRecord:
    callbacks: list[Any] = field(default_factory=list)

    def add_callback(self, function: Any, *args: Any) -> None:
        self.callbacks.append(lambda: function(*args, None))

    def add_errback(self, function: Any, *args: Any) -> None:
        self.fail = lambda error: function(*args, error)


@dataclass
class StubKafka:
    """A broker that answers when the test says so."""

    sent: list[StubRecord] = field(default_factory=list)
    error: Exception | None = None

    def send(self, *_: Any, **__: Any) -> StubRecord:
        if self.error is not None:
            raise self.error
        self.sent.append(StubRecord())
        return self.sent[-1]

    def close(self, timeout: float) -> None:
        pass


def with_stub(stub: StubKafka, **producer: object) -> ArticleProducer:
    settings = load_settings(overrides={"producer": producer})
    return ArticleProducer(settings, connect=lambda _: stub)


def test_a_full_buffer_makes_the_sender_wait_until_the_broker_took_something() -> None:
    stub = StubKafka()
    with with_stub(stub, buffer_bytes=1_000_000, delivery_timeout_s=30) as producer:
        big = article(text="x" * 600_000)
        producer.publish(big)
        second: list[Future[None]] = []
        thread = threading.Thread(target=lambda: second.append(producer.publish(big)))
        thread.start()
        thread.join(timeout=0.3)
        assert thread.is_alive()
        stub.sent[0].callbacks[0]()
        thread.join(timeout=10)
        assert len(stub.sent) == 2
        stub.sent[1].callbacks[0]()


def test_a_buffer_that_stays_full_is_an_error_not_a_hang() -> None:
    with with_stub(StubKafka(), buffer_bytes=1_000_000, delivery_timeout_s=0.1) as producer:
        big = article(text="x" * 600_000)
        producer.publish(big)
        assert isinstance(producer.publish(big).exception(timeout=5), ServiceUnavailable)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(KafkaTimeoutError("expired"), ServiceUnavailable), (MessageSizeTooLargeError("too big"), InputRefused)],
)
def test_delivery_errors_come_out_and_free_the_buffer(error: Exception, expected: type[Exception]) -> None:
    stub = StubKafka()
    with with_stub(stub, buffer_bytes=1_000_000, delivery_timeout_s=1) as producer:
        for _ in range(3):
            failing = producer.publish(article(text="x" * 900_000))
            stub.sent[-1].fail(error)
            assert isinstance(failing.exception(timeout=1), expected)
        assert producer.counts.failed == 3


def test_an_error_on_sending_comes_out_by_the_future_too() -> None:
    with with_stub(StubKafka(error=KafkaTimeoutError("no metadata"))) as producer:
        assert isinstance(producer.publish(article()).exception(timeout=1), ServiceUnavailable)


def test_counts_are_given_to_prometheus() -> None:
    meters = Meters(lambda: Counts(accepted=3, failed=1))
    assert meters.registry.get_sample_value("newswire_producer_articles_total", {"status": "accepted"}) == 3
    assert meters.registry.get_sample_value("newswire_producer_articles_total", {"status": "failed"}) == 1


def test_something_larger_than_the_whole_budget_goes_alone() -> None:
    budget = Budget(10)
    assert budget.take(50, 0.01)
    assert not budget.take(1, 0.01)
    budget.give(50)
    assert budget.take(1, 0.01)
