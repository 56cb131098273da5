"""The whole stage between a real Kafka and a real Elasticsearch, and its loop against a consumer that we steer."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import ApiError
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from contracts.codec import decode, encode, headers
from contracts.errors import Retry, ServiceUnavailable
from contracts.messages import EnrichedArticle, Mention, Quarantined, Quote
from contracts.settings import Settings
from indexer.__main__ import main
from indexer.kafka_edge import build_consumer
from indexer.run import Wiring, build_service
from indexer.service import IndexerService
from indexer.setup import connect
from indexer.template import placements_index
from tests.indexer.enriched_samples import T0, Record, article, claim, record

PARTITIONS = 3
PATIENCE_S = 120.0


def eventually(check: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not check():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.1)


@dataclass
class Stage:
    """A pipeline of its own on shared servers."""

    settings: Settings
    wiring: Wiring
    running: list[tuple[threading.Event, threading.Thread]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.es = connect(self.settings.elasticsearch)
        self.producer = KafkaProducer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers, max_request_size=20_000_000, linger_ms=20
        )

    def send(self, *articles: EnrichedArticle) -> None:
        for one in articles:
            self.producer.send(self.wiring.topic, key=one.id.encode(), value=encode(one), headers=headers(one))
        self.producer.flush()

    def send_bytes(self, value: bytes, key: bytes = b"poison") -> None:
        self.producer.send(self.wiring.topic, key=key, value=value).get(timeout=30)

    def start(self) -> IndexerService:
        stop = threading.Event()
        service = build_service(self.settings, stop=stop, wiring=self.wiring)
        thread = threading.Thread(target=service.run)
        thread.start()
        self.running.append((stop, thread))
        return service

    def stop(self) -> None:
        for stop, thread in self.running:
            stop.set()
            thread.join(60)
            assert not thread.is_alive()
        self.running.clear()

    def process(self) -> subprocess.Popen[bytes]:
        """An indexer as a process of its own, with these settings in its environment."""
        code = (
            "import sys; from contracts.settings import load_settings; from indexer.run import Wiring, run;"
            f"sys.exit(run(load_settings(), wiring=Wiring{astuple(self.wiring)!r}))"
        )
        environment = os.environ | {
            "NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS": self.settings.kafka.bootstrap_servers,
            "NEWSWIRE_KAFKA__SESSION_TIMEOUT_S": "6",
            "NEWSWIRE_ELASTICSEARCH__URL": self.settings.elasticsearch.url,
            "NEWSWIRE_ELASTICSEARCH__ALIAS": self.settings.elasticsearch.alias,
            "NEWSWIRE_INDEXER__BATCH_SIZE": "50",
        }
        return subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)

    def documents(self) -> dict[str, dict[str, Any]]:
        """Every document by id; fails if an article has two."""
        self.es.indices.refresh(index=self.settings.elasticsearch.alias)
        found: dict[str, dict[str, Any]] = {}
        body: dict[str, Any] = {"size": 2000, "sort": [{"id": "asc"}, {"indexed_at": "asc"}]}
        while True:
            hits = self.es.search(index=self.settings.elasticsearch.alias, **body).body["hits"]["hits"]
            for hit in hits:
                assert hit["_id"] not in found, f"{hit['_id']} has two documents"
                found[hit["_id"]] = hit["_source"] | {"_index": hit["_index"]}
            if not hits:
                return found
            body["search_after"] = hits[-1]["sort"]

    def count(self) -> int:
        alias = self.settings.elasticsearch.alias
        try:
            self.es.indices.refresh(index=alias, ignore_unavailable=True)
            return int(self.es.count(index=alias, ignore_unavailable=True).body["count"])
        except ApiError as error:
            assert error.status_code == 503  # an index that was made a moment ago
            return 0

    def lag(self) -> int:
        """Records behind the group's committed offsets."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers,
            group_id=self.wiring.group,
            enable_auto_commit=False,
        )
        try:
            partitions = [TopicPartition(self.wiring.topic, n) for n in range(PARTITIONS)]
            ends = consumer.end_offsets(partitions)
            return sum(ends[one] - (consumer.committed(one) or 0) for one in partitions)
        finally:
            consumer.close()

    def quarantined(self) -> list[Quarantined]:
        consumer = KafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers, max_partition_fetch_bytes=20_000_000
        )
        try:
            partition = TopicPartition(self.wiring.quarantine, 0)
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            end = consumer.end_offsets([partition])[partition]
            found: list[Quarantined] = []
            while consumer.position(partition) < end:
                for records in consumer.poll(timeout_ms=1000).values():
                    found += [decode(one.value, Quarantined, one.headers) for one in records]
            return found
        finally:
            consumer.close()


@pytest.fixture
def stage(kafka: str, elasticsearch: str) -> Iterator[Stage]:
    name = uuid.uuid4().hex[:10]
    settings = Settings.model_validate(
        {
            "kafka": {"bootstrap_servers": kafka, "session_timeout_s": 6},
            "elasticsearch": {"url": elasticsearch, "alias": f"t{name}"},
            "indexer": {"batch_wait_s": 0.1, "batch_size": 200},
        }
    )
    wiring = Wiring(f"group-{name}", f"enriched-{name}", f"quarantine-{name}")
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    large = {"max.message.bytes": "13000000"}
    admin.create_topics(
        [
            NewTopic(wiring.topic, PARTITIONS, 1, topic_configs=large),
            NewTopic(wiring.quarantine, 1, 1, topic_configs=large),
        ]
    )
    made = Stage(settings, wiring)
    yield made
    made.stop()
    made.producer.close()
    admin.delete_topics([wiring.topic, wiring.quarantine])
    admin.close()
    alias = settings.elasticsearch.alias
    for index in made.es.indices.get(index=f"{alias}-*").body:
        made.es.indices.delete(index=index)
    made.es.indices.delete(index=placements_index(alias), ignore_unavailable=True)
    made.es.options(ignore_status=404).indices.delete_index_template(name=alias)


def test_articles_are_indexed_poison_is_kept_and_offsets_are_settled(stage: Stage):
    stage.send(article("a"), article("b"), article("a", "v2", collected=T0 + timedelta(hours=1)))
    stage.send_bytes(b"{broken")
    stage.send(article("c"), article("d", created=claim("gestern")))
    service = stage.start()
    eventually(lambda: stage.lag() == 0, "all offsets committed")
    stage.stop()
    documents = stage.documents()
    assert set(documents) == {"a", "b", "c"}
    assert documents["a"]["version_count"] == 2
    kept = {one.reason: one for one in stage.quarantined()}
    assert set(kept) == {"not-a-message", "bad-date"}
    assert kept["not-a-message"].value == b"{broken"
    assert decode(kept["bad-date"].value, EnrichedArticle).id == "d"
    assert service.meters.counts == {"indexed": 3, "updated": 1, "known": 0, "quarantined": 2}


def test_a_message_of_twelve_million_bytes_passes_and_its_neighbours_too(stage: Stage):
    noise = random.Random(7)
    quotes = tuple(
        Quote(kind="direct", mention=Mention(field="body_text", start=0, end=1, surface=noise.randbytes(60_000).hex()))
        for _ in range(98)
    )
    large = article("large", quotes=quotes, body_text="Ein Wort gibt das andere. " * 4000)
    assert 11_500_000 < len(encode(large)) < 12_000_000
    stage.send(article("small-1"), large, article("small-2"))
    stage.start()
    eventually(lambda: stage.lag() == 0, "all offsets committed")
    documents = stage.documents()
    assert set(documents) == {"small-1", "large", "small-2"}
    assert documents["large"]["quotes"][97]["mention"]["surface"] == quotes[97].mention.surface


def test_poison_of_twelve_million_bytes_is_kept_whole(stage: Stage):
    value = b"{" + random.Random(7).randbytes(5_900_000).hex().encode()
    stage.send_bytes(value)
    stage.start()
    eventually(lambda: stage.lag() == 0, "all offsets committed")
    (kept,) = stage.quarantined()
    assert kept.value == value


def test_poison_that_the_quarantine_topic_does_not_take_is_kept_in_part(stage: Stage):
    small = f"{stage.wiring.quarantine}-small"
    admin = KafkaAdminClient(bootstrap_servers=stage.settings.kafka.bootstrap_servers)
    admin.create_topics([NewTopic(small, 1, 1, topic_configs={"max.message.bytes": "200000"})])
    stage.wiring = replace(stage.wiring, quarantine=small)
    value = random.Random(7).randbytes(1_000_000)
    stage.send_bytes(value)
    stage.start()
    eventually(lambda: stage.lag() == 0, "all offsets committed")
    (kept,) = stage.quarantined()
    admin.delete_topics([small])
    admin.close()
    assert kept.value == value[:125_000]
    assert kept.error.endswith("It is too large for the quarantine topic: the first 125000 bytes are kept here.")


def test_two_indexers_and_a_rebalance_make_one_document_of_each_article(stage: Stage):
    months = ["2026-01-05", "2026-02-05", "2026-03-05"]
    sent = [
        article(
            f"id-{n % 300}",
            f"v{n // 300}",
            created=claim(months[n % 3 - n // 300], "day"),
            versioncreated=claim("2026-03-10", "day"),
            collected=T0 + timedelta(minutes=n),
        )
        for n in range(900)
    ]
    stage.send(*sent[:300])
    stage.start()
    eventually(lambda: stage.count() > 0, "the first articles")
    stage.start()
    stage.send(*sent[300:])
    eventually(lambda: stage.lag() == 0, "all offsets committed")
    documents = stage.documents()
    assert len(documents) == 300
    assert Counter(one["version_count"] for one in documents.values()) == {3: 300}
    assert {one["version_id"] for one in documents.values()} == {"v2"}


def test_consecutive_batches_within_the_refresh_interval_find_each_other(stage: Stage):
    settings = stage.settings.model_copy(
        update={
            "elasticsearch": stage.settings.elasticsearch.model_copy(update={"refresh_interval": "1h"}),
            "indexer": stage.settings.indexer.model_copy(update={"batch_size": 1, "batch_wait_s": 0.001}),
        }
    )
    stage.settings = settings
    for n in range(12):
        moment = T0 + timedelta(days=n)
        stage.send(article("one", f"v{n}", created=claim(f"2025-{n + 1:02}-05", "day"), collected=moment))
    stage.start()
    eventually(lambda: stage.lag() == 0, "all offsets committed")
    (document,) = stage.documents().values()
    assert document["version_count"] == 12


def test_an_indexer_that_is_killed_loses_nothing_and_doubles_nothing(stage: Stage):
    stage.send(*(article(f"id-{n}") for n in range(3000)))
    first = stage.process()
    try:
        eventually(lambda: stage.count() > 300, "a part of the articles")
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    written = stage.count()
    second = stage.process()
    try:
        eventually(lambda: stage.lag() == 0, "all offsets committed")
    finally:
        second.send_signal(signal.SIGTERM)
        code = second.wait(timeout=60)
    assert code == 0
    documents = stage.documents()
    assert set(documents) == {f"id-{n}" for n in range(3000)}
    assert {one["version_count"] for one in documents.values()} == {1}
    assert stage.quarantined() == []
    assert written < 3000, "it was killed too late to show anything"


@dataclass
class Doorway:
    """A TCP door before a server, which can be shut and opened again."""

    target: str
    sockets: list[socket.socket] = field(default_factory=list)
    is_open: bool = True

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        host, port = self.target.rsplit(":", 1)
        while True:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                return
            if not self.is_open:
                inner.close()
                continue
            outer = socket.create_connection((host, int(port)))
            self.sockets += [inner, outer]
            for one, other in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def shut(self) -> None:
        self.is_open = False
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        self.is_open = True


def test_while_elasticsearch_is_away_nothing_is_lost_and_the_indexer_stays_in_its_group(stage: Stage):
    doorway = Doorway(stage.settings.elasticsearch.url.removeprefix("http://"))
    behind = stage.settings.elasticsearch.model_copy(update={"url": f"http://127.0.0.1:{doorway.port}"})
    patience = stage.settings.indexer.model_copy(update={"max_attempts": 2})
    stage.settings = stage.settings.model_copy(update={"elasticsearch": behind, "indexer": patience})
    service = stage.start()
    service.hold_s = 0.3
    stage.send(*(article(f"early-{n}") for n in range(50)))
    eventually(lambda: stage.lag() == 0, "the early ones")
    doorway.shut()
    stage.send(*(article(f"late-{n}") for n in range(50)))
    eventually(lambda: sum(map(len, service._held.values())) == 50, "the late ones held")
    assert stage.lag() == 50
    # Longer than the session timeout: only polling keeps the indexer in its group.
    away_until = time.monotonic() + stage.settings.kafka.session_timeout_s + 2
    eventually(lambda: time.monotonic() > away_until, "the session timeout")
    doorway.open()
    eventually(lambda: stage.lag() == 0, "the late ones")
    assert len(stage.documents()) == 100
    assert stage.quarantined() == []
    assert service.meters.counts["indexed"] == 100
    doorway.listener.close()


def test_the_command_names_a_server_that_is_away_and_ends_with_its_code(monkeypatch, capsys):
    monkeypatch.setattr("indexer.run.START_PATIENCE_S", 0.5)
    monkeypatch.setattr("indexer.__main__.configure_logging", lambda *args, **kwargs: None)
    monkeypatch.setattr("signal.signal", lambda *args: None)
    monkeypatch.setenv("NEWSWIRE_ELASTICSEARCH__URL", "http://someone:secret@127.0.0.1:9")
    assert main() == ServiceUnavailable.exit_code
    message = capsys.readouterr().err
    assert "Elasticsearch does not answer at http://127.0.0.1:9" in message
    assert "secret" not in message


def test_a_consumer_that_polls_briefly_always_comes_to_its_partitions(stage: Stage):
    """kafka-python's own gets none in most of such starts."""
    for number in range(4):
        consumer = build_consumer(stage.settings, group=f"{stage.wiring.group}-{number}")
        consumer.subscribe([stage.wiring.topic])

        def assigned(consumer: Any = consumer) -> bool:
            consumer.poll(timeout_ms=1)
            return len(consumer.assignment()) == PARTITIONS

        eventually(assigned, "partitions", patience_s=20)
        consumer.close(autocommit=False)


def test_servers_that_are_away_end_the_start_with_their_name(kafka: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("indexer.run.START_PATIENCE_S", 0.5)
    settings = Settings.model_validate({"elasticsearch": {"url": "http://127.0.0.1:9"}})
    with pytest.raises(ServiceUnavailable, match=r"127\.0\.0\.1:9"):
        build_service(settings, stop=threading.Event())


# The loop against a consumer that we steer.


@dataclass
class FakeConsumer:
    """Hands out what it is given, never from paused partitions, and remembers commits."""

    waiting: list[Record] = field(default_factory=list)
    partitions: set[TopicPartition] = field(default_factory=set)
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    stopped: set[TopicPartition] = field(default_factory=set)
    polls: int = 0

    def subscribe(self, topics: list[str]) -> None:
        pass

    def assignment(self) -> set[TopicPartition]:
        return set(self.partitions)

    def paused(self) -> set[TopicPartition]:
        return set(self.stopped)

    def pause(self, *partitions: TopicPartition) -> None:
        self.stopped |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self.stopped -= set(partitions)

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        self.polls += 1
        given: dict[TopicPartition, list[Record]] = {}
        for one in list(self.waiting):
            partition = TopicPartition(one.topic, one.partition)
            if partition not in self.stopped and sum(map(len, given.values())) < max_records:
                given.setdefault(partition, []).append(one)
                self.waiting.remove(one)
        return given

    def commit(self, offsets: dict[TopicPartition, Any], timeout_ms: int) -> None:
        self.committed |= {partition: one.offset for partition, one in offsets.items()}

    def close(self, autocommit: bool, timeout_ms: int) -> None:
        assert not autocommit


@dataclass
class Scripted:
    """A settler that refuses the ids in ``busy`` for now, and can be made to wait."""

    busy: set[str] = field(default_factory=set)
    batches: list[list[int]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def settle(self, records: Any) -> list[Any]:
        assert self.gate.wait(30)
        self.batches.append([one.offset for one in records])
        return [Retry("http-429", "busy") if one.key.decode() in self.busy else "indexed" for one in records]


P0, P1 = TopicPartition("news.enriched", 0), TopicPartition("news.enriched", 1)


@pytest.fixture
def loop() -> Iterator[tuple[IndexerService, FakeConsumer, Scripted, Callable[[Callable[[], bool]], None]]]:
    consumer = FakeConsumer(partitions={P0, P1})
    settler = Scripted()
    settler.gate.set()
    settings = Settings.model_validate({"indexer": {"batch_size": 4, "batch_wait_s": 0.001}}).indexer
    service = IndexerService(consumer, settler, settings, hold_s=0.05)  # type: ignore[arg-type]
    pool = ThreadPoolExecutor(1)

    def until(check: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not check():
            assert time.monotonic() < deadline
            service._step(pool)

    yield service, consumer, settler, until
    settler.gate.set()
    pool.shutdown()


def test_a_busy_article_pauses_its_partition_only_and_holds_its_offset_back(loop):
    _, consumer, settler, until = loop
    settler.busy = {"x"}
    consumer.waiting = [
        record(article(id), n, partition=p) for n, (id, p) in enumerate([("a", 0), ("x", 0), ("b", 0), ("c", 1)])
    ]
    until(lambda: consumer.committed == {P0: 1, P1: 4})
    until(lambda: consumer.stopped == {P0})
    consumer.waiting = [record(article("d"), 5, partition=0), record(article("e"), 6, partition=1)]
    until(lambda: consumer.committed == {P0: 1, P1: 7})
    assert [one.offset for one in consumer.waiting] == [5]
    settler.busy = set()
    until(lambda: consumer.committed == {P0: 6, P1: 7})
    assert consumer.stopped == set()


def test_while_a_batch_is_written_kafka_is_polled_and_no_more_than_one_batch_piles_up(loop):
    service, consumer, settler, until = loop
    settler.gate.clear()
    consumer.waiting = [record(article(f"a{n}"), n) for n in range(40)]
    until(lambda: consumer.polls > 20)
    assert len(consumer.waiting) == 32
    assert consumer.committed == {}
    settler.gate.set()
    until(lambda: consumer.committed == {P0: 40})
    assert service.meters.counts["indexed"] == 40


def test_what_belongs_to_another_consumer_now_is_forgotten(loop):
    _, consumer, settler, until = loop
    settler.busy = {"x"}
    consumer.waiting = [record(article("x"), 7, partition=0), record(article("a"), 7, partition=1)]
    until(lambda: consumer.committed == {P1: 8})
    consumer.partitions = {P1}
    settler.busy = set()
    batches = len(settler.batches)
    consumer.waiting = [record(article("b"), 8, partition=1)]
    until(lambda: consumer.committed == {P1: 9})
    assert settler.batches[batches:] == [[8]]


def test_a_result_that_comes_after_its_partition_was_lost_is_not_committed(loop):
    service, consumer, settler, until = loop
    settler.gate.clear()
    consumer.waiting = [record(article("a"), 3, partition=0)]
    until(lambda: service._in_flight is not None)
    consumer.partitions = {P1}
    until(lambda: service._ledger.unsettled() == 0)
    settler.gate.set()
    until(lambda: service._in_flight is None)
    assert consumer.committed == {}
    assert service.meters.counts["indexed"] == 0


def test_stopping_settles_and_commits_the_batch_in_flight(loop):
    service, consumer, settler, until = loop
    settler.gate.clear()
    consumer.waiting = [record(article("a"), 3, partition=0)]
    until(lambda: service._in_flight is not None)
    threading.Timer(0.3, settler.gate.set).start()
    polls = consumer.polls
    service._drain()
    assert consumer.committed == {P0: 4}
    assert consumer.polls > polls
