"""A real broker with the compose file's own settings; only ports and folder are this machine's."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from contracts.clients import kafka_options
from contracts.settings import KafkaSettings
from contracts.topics import RAW, topic_specs
from embedded import EmbeddedKafka, Installation
from embedded import kafka as embedded_kafka
from tests.conftest import server_folder
from tests.deployment import compose


def properties(internal_port: int) -> str:
    """``server.properties`` as the image's start script makes it, with places for this machine's ports."""
    environment = compose.services()["kafka"]["environment"]
    lines = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for name, value in environment.items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }
    ours = {"19092": str(internal_port), "9092": "{broker}", "9093": "{controller}"}
    for name in ("listeners", "advertised.listeners", "controller.quorum.voters"):
        for theirs, port in ours.items():
            lines[name] = lines[name].replace(f":{theirs}", f":{port}")
    lines["log.dirs"] = "{data}"
    return "".join(f"{name}={value}\n" for name, value in lines.items())


@pytest.fixture
def broker(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        internal = int(probe.getsockname()[1])
    cluster = compose.services()["kafka"]["environment"]["CLUSTER_ID"]
    monkeypatch.setattr(embedded_kafka, "CONFIGURATION", properties(internal))
    monkeypatch.setattr(embedded_kafka, "_cluster_id", lambda: cluster)
    folder = server_folder()
    try:
        with EmbeddedKafka(installation, folder) as server:
            yield server.bootstrap_servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_broker_starts_with_them_takes_our_topics_and_serves_a_group(broker: str) -> None:
    settings = KafkaSettings(bootstrap_servers=broker)
    admin = KafkaAdminClient(**kafka_options(settings, role="test"))
    cluster = admin.describe_cluster()["cluster_id"]
    assert cluster == compose.services()["kafka"]["environment"]["CLUSTER_ID"]
    admin.create_topics(
        [
            NewTopic(spec.name, spec.partitions, spec.replication_factor, topic_configs=spec.config)
            for spec in topic_specs(settings)
        ]
    )
    with KafkaProducer(**kafka_options(settings, role="test"), acks="all", enable_idempotence=True) as producer:
        producer.send(RAW, b"{}", key=b"a").get(30)
    consumer = KafkaConsumer(
        RAW,
        **kafka_options(settings, role="test"),
        group_id="test",
        auto_offset_reset="earliest",
        consumer_timeout_ms=60_000,
    )
    assert next(consumer).value == b"{}"
    consumer.commit()
    consumer.close()
    assert admin.list_group_offsets("test")["test"]
    admin.close()
