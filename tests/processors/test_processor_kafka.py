"""The worker against a real broker: nothing is lost, whatever ends it, and poison comes out as quarantine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from contracts.codec import decode, encode, headers
from contracts.messages import Block, EnrichedArticle, Quarantined, RawArticle, Source
from tests.processors.processor_worker import names

WORKER = Path(__file__).with_name("processor_worker.py")
ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 3
DEADLINE_S = 90.0


def article(number: int, **changes: Any) -> RawArticle:
    known: dict[str, Any] = {
        "id": f"{number:032x}",
        "version_id": f"{number:032x}",
        "source": Source(id="test", kind="api", collected_at=datetime(2026, 1, 2, tzinfo=UTC)),
        "headline": f"Meldung {number} aus Berlin",
        "blocks": (Block(text="In Berlin hat die Polizei am Montag nichts gemeldet."),),
    }
    return RawArticle(**(known | changes))


@dataclass
class Stage:
    """Topics of one test, and the workers on them."""

    bootstrap: str
    folder: Path
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}")
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = names(self.prefix)
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        topics = (self.names.raw, self.names.backfill, self.names.enriched, self.names.quarantine)
        large = {"max.message.bytes": "12000000"}
        admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs=large) for topic in topics])
        admin.close()
        self.producer = KafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", compression_type="zstd", max_request_size=13_000_000
        )

    def push(self, *articles: RawArticle, topic: str | None = None) -> None:
        for each in articles:
            self.producer.send(topic or self.names.raw, key=each.id.encode(), value=encode(each), headers=headers(each))
        self.producer.flush(30)

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        env = os.environ | {
            "NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS": self.bootstrap,
            "NEWSWIRE_KAFKA__SESSION_TIMEOUT_S": "6",
            "NEWSWIRE_PROCESSOR__VARIANT": "fast",
            "NEWSWIRE_PROCESSOR__DATA_DIR": str(self.folder / "data"),
            "NEWSWIRE_LOG__FORMAT": "json",
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        log = (self.folder / f"worker-{len(self.workers)}.log").open("wb")
        worker = subprocess.Popen([sys.executable, str(WORKER), self.prefix], cwd=self.folder, env=env, stderr=log)
        log.close()
        self.workers.append(worker)
        return worker

    def until_all(self, count: int, done: Callable[[], bool] | None = None) -> dict[str, list[Any]]:
        """Everything on the two outgoing topics, once ``count`` ids are there."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, consumer_timeout_ms=500, group_id=None)
        topics = (self.names.enriched, self.names.quarantine)
        consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)])
        consumer.seek_to_beginning()
        found: dict[str, list[Any]] = {topic: [] for topic in topics}
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=300).values():
                for record in records:
                    found[record.topic].append(record)
            if len({record.key for records in found.values() for record in records}) >= count:
                consumer.close()
                return found
            for worker in self.workers:
                if worker.poll() not in (None, 0, 70, 137, -9, -15):
                    raise AssertionError(f"a worker ended with {worker.returncode}: {self.logs()}")
        raise AssertionError(f"only {[len(records) for records in found.values()]} of {count}: {self.logs()}")

    def committed(self, topic: str) -> int:
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.names.group, enable_auto_commit=False)
        total = sum(consumer.committed(TopicPartition(topic, number)) or 0 for number in range(PARTITIONS))
        consumer.close()
        return int(total)

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("worker-*.log")))

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait(20)
        self.producer.close()
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.delete_topics([self.names.raw, self.names.backfill, self.names.enriched, self.names.quarantine])
        admin.close()


@pytest.fixture
def stage(kafka: str, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(kafka, tmp_path)
    yield stage
    stage.close()


def until(condition: Callable[[], bool], message: str, seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, message
        time.sleep(0.2)


def test_the_real_model_enriches_and_poison_of_every_kind_goes_to_quarantine(stage: Stage) -> None:
    good = article(
        1, blocks=(Block(text="Berlin. Bundeskanzler Friedrich Merz hat in Paris mit der Nato gesprochen."),)
    )
    large = article(2, blocks=tuple(Block(text=f"Absatz {n}. " + "wort " * 400) for n in range(1500)))
    assert 2_500_000 < len(encode(large)) < 4_000_000
    stage.push(good, large, article(3, headline=None, blocks=()))
    poison = b'{"id": "\xff\xfe'
    stage.producer.send(stage.names.raw, key=b"poison", value=poison, headers=[("origin", b"elsewhere")])
    stage.producer.send(stage.names.raw, key=b"tombstone", value=None)
    stage.producer.send(stage.names.raw, key=b"newer", value=encode(good), headers=[("newswire-schema", b"99")])
    stage.producer.flush(30)
    worker = stage.start(NEWSWIRE_PROCESSOR__MAX_CHARS="2000")

    found = stage.until_all(6)

    enriched = {record.key: record for record in found[stage.names.enriched]}
    assert set(enriched) == {good.id.encode(), large.id.encode()}
    record = enriched[good.id.encode()]
    read = decode(record.value, EnrichedArticle, record.headers)
    assert {("Friedrich Merz", "PER"), ("Paris", "LOC"), ("Nato", "ORG")} <= {(e.name, e.label) for e in read.entities}
    assert dict(record.headers)["newswire-type"] == b"EnrichedArticle"
    assert decode(enriched[large.id.encode()].value, EnrichedArticle).enrichment.truncated == ("body:2000",)
    refused = {
        message.id: message
        for record in found[stage.names.quarantine]
        for message in [decode(record.value, Quarantined)]
    }
    assert {identity: message.reason for identity, message in refused.items()} == {
        "poison": "not-a-message",
        "tombstone": "not-a-message",
        "newer": "schema-too-new",
        f"{3:032x}": "no-text",
    }
    assert refused["poison"].value == poison
    assert [(header.key, header.value) for header in refused["poison"].headers] == [("origin", b"elsewhere")]
    assert refused["poison"].topic == stage.names.raw

    until(lambda: stage.committed(stage.names.raw) == 6, "offsets are not settled")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0, stage.logs()


def test_kill_nine_in_the_middle_loses_nothing(stage: Stage) -> None:
    count = 120
    stage.push(*(article(number) for number in range(count)))
    first = stage.start(PAUSE_S="0.02")
    until(lambda: stage.committed(stage.names.raw) > 0, "nothing was committed")
    first.kill()
    first.wait(20)
    assert stage.committed(stage.names.raw) < count, "it was killed too late to prove anything"
    stage.start(PAUSE_S="0")

    found = stage.until_all(count)

    assert {record.key for record in found[stage.names.enriched]} == {f"{n:032x}".encode() for n in range(count)}
    assert found[stage.names.quarantine] == []
    until(lambda: stage.committed(stage.names.raw) == count, "offsets are not settled")


def test_a_record_that_kills_its_worker_each_time_ends_in_quarantine_and_the_others_pass(stage: Stage) -> None:
    stage.push(*(article(number) for number in range(10)), article(10, headline="Kill the worker"))
    deaths = 0
    worker = stage.start(PAUSE_S="0", NEWSWIRE_PROCESSOR__MAX_ATTEMPTS="2")
    deadline = time.monotonic() + DEADLINE_S
    while deaths < 2:
        assert time.monotonic() < deadline, stage.logs()
        try:
            assert worker.wait(60) == 137, stage.logs()
        except subprocess.TimeoutExpired:
            raise AssertionError(stage.logs()) from None
        deaths += 1
        worker = stage.start(PAUSE_S="0", NEWSWIRE_PROCESSOR__MAX_ATTEMPTS="2")

    found = stage.until_all(11)

    assert {record.key for record in found[stage.names.enriched]} == {f"{n:032x}".encode() for n in range(10)}
    (refused,) = {record.key: record for record in found[stage.names.quarantine]}.values()
    message = decode(refused.value, Quarantined)
    assert (message.reason, message.attempts, message.id) == ("worker-crashed", 3, f"{10:032x}")


def test_an_unforeseen_error_ends_the_worker_with_seventy_and_nothing_is_committed(stage: Stage) -> None:
    stage.push(article(1, headline="Fail unforeseen"))
    worker = stage.start(PAUSE_S="0")
    assert worker.wait(60) == 70, stage.logs()
    assert stage.committed(stage.names.raw) == 0
    events = [json.loads(line) for line in stage.logs().splitlines() if line.startswith("{")]
    assert any(event["event"] == "worker.failed" and "unforeseen" in event["error"] for event in events)


def test_a_live_article_overtakes_the_backfill(stage: Stage) -> None:
    backlog = [article(number, lane="backfill") for number in range(80)]
    stage.push(*backlog, topic=stage.names.backfill)
    # Small batches are committed early, so that most of the backlog is left on a slow machine too.
    stage.start(PAUSE_S="0.2", NEWSWIRE_PROCESSOR__BATCH_SIZE="4")
    until(lambda: stage.committed(stage.names.backfill) > 0, "the backfill never began")
    live = [article(1000 + number) for number in range(3)]
    pushed = time.time()
    stage.push(*live)

    found = stage.until_all(len(backlog) + len(live))

    at = {record.key: record.timestamp / 1000 for record in found[stage.names.enriched]}
    late = [key for key, moment in at.items() if int(key, 16) < 1000 and moment > max(at[a.id.encode()] for a in live)]
    assert len(late) > 20, "the live articles waited for the backfill"
    assert max(at[each.id.encode()] for each in live) - pushed < 5
