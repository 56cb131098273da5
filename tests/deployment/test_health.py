from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata

from contracts.clients import kafka_options
from contracts.settings import KafkaSettings, load_settings
from contracts.topics import ENRICHED
from newswire import health, ledger
from newswire.health import Memory, Reading, judge, main, recall, remember
from producers import broker


def test_the_first_look_is_healthy_whatever_waits() -> None:
    assert judge(None, Reading(100, behind=9, settled=0)) == (Memory(0, 100), "")


def test_records_that_wait_without_progress_are_unhealthy_once_patience_ends() -> None:
    memory = Memory(settled=5, since=100)
    assert judge(memory, Reading(160, behind=1, settled=5), 60) == (memory, "")
    kept, problem = judge(memory, Reading(161, behind=1, settled=5), 60)
    assert kept == memory
    assert problem == "1 records wait and none was settled for 61 s."


def test_progress_and_an_empty_queue_start_the_clock_anew() -> None:
    memory = Memory(settled=5, since=100)
    assert judge(memory, Reading(900, behind=1000, settled=6), 60) == (Memory(6, 900), "")
    assert judge(memory, Reading(900, behind=0, settled=5), 60) == (Memory(5, 900), "")


def test_a_clock_that_was_set_back_is_no_illness() -> None:
    assert judge(Memory(5, since=1000), Reading(10, behind=1, settled=5), 60) == (Memory(5, 10), "")


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    file = tmp_path / "new" / "health-indexer.json"
    assert recall(file) is None
    remember(file, Memory(7, 12.5))
    assert recall(file) == Memory(7, 12.5)
    for broken in ("", "[]", "{}", '{"settled": 1}', "\x00"):
        file.write_text(broken)
        assert recall(file) is None


@pytest.mark.parametrize("arguments", [[], ["broker"], ["indexer", "processor"]])
def test_anything_but_one_stage_is_unhealthy(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert "Name one stage" in capsys.readouterr().err


@pytest.mark.parametrize("stage", health.STAGES)
def test_a_kafka_that_does_not_answer_is_unhealthy(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:9")
    monkeypatch.setattr(broker, "BOOTSTRAP_TIMEOUT_MS", 300)
    assert main([stage]) == 1
    assert "Kafka does not answer" in capsys.readouterr().err


def test_a_stuck_group_is_found_on_a_real_kafka_and_forgiven_once_it_moves(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = KafkaSettings(bootstrap_servers=kafka)
    group = f"health-{uuid.uuid4().hex}"
    topic = f"health.{uuid.uuid4().hex}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS", kafka)
    monkeypatch.setenv("NEWSWIRE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setitem(ledger.GROUPS, "indexer", group)
    monkeypatch.setattr("contracts.topics.ENRICHED", topic)
    admin = KafkaAdminClient(**kafka_options(settings, role="test"))
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    try:
        with KafkaProducer(**kafka_options(settings, role="test")) as producer:
            for number in range(3):
                producer.send(topic, str(number).encode()).get(10)
        consumer = KafkaConsumer(**kafka_options(settings, role="test"), group_id=group, enable_auto_commit=False)
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.commit({place: OffsetAndMetadata(1, "", -1)})
        file = load_settings().data_dir / "health-indexer.json"

        assert main(["indexer"]) == 0
        known = json.loads(file.read_text())
        assert known["settled"] == 1
        remember(file, Memory(1, known["since"] - 2 * health.PATIENCE_S))
        assert main(["indexer"]) == 1
        assert "2 records wait" in capsys.readouterr().err

        consumer.commit({place: OffsetAndMetadata(3, "", -1)})
        assert main(["indexer"]) == 0
        consumer.close()
    finally:
        admin.delete_topics([topic])
        admin.close()
    assert ENRICHED == "news.enriched"
