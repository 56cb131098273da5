"""Topics are created as the contract says, and what stands is left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
import structlog
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from contracts.clients import kafka_options
from contracts.settings import Settings
from contracts.topics import TopicSpec, topic_specs
from producers.topics import create_topics, drift


@pytest.fixture
def specs(settings_for_kafka: Settings) -> Iterator[list[TopicSpec]]:
    mark = uuid4().hex[:8]
    specs = [replace(spec, name=f"{spec.name}.{mark}") for spec in topic_specs(settings_for_kafka.kafka)]
    yield specs
    with KafkaAdminClient(**kafka_options(settings_for_kafka.kafka, role="test")) as admin:
        admin.delete_topics([spec.name for spec in specs], raise_errors=False)


def test_creation_makes_what_the_contract_says_and_repeating_it_changes_nothing(
    settings_for_kafka: Settings, specs: list[TopicSpec]
) -> None:
    names = [spec.name for spec in specs]
    assert create_topics(settings_for_kafka, specs[:2]) == dict.fromkeys(names[:2], "created")
    assert set(create_topics(settings_for_kafka, specs).values()) == {"created", "exists"}
    with structlog.testing.capture_logs() as logs:
        assert create_topics(settings_for_kafka, specs) == dict.fromkeys(names, "exists")
    assert logs == []
    with KafkaAdminClient(**kafka_options(settings_for_kafka.kafka, role="test")) as admin:
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        configs = admin.describe_configs(resources, config_filter="all")["topic"]
        partitions = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(names)}
    for spec in specs:
        assert partitions[spec.name] == spec.partitions
        assert {name: configs[spec.name][name]["value"] for name in spec.config} == spec.config


def test_a_topic_that_differs_is_told_and_left(settings_for_kafka: Settings, specs: list[TopicSpec]) -> None:
    create_topics(settings_for_kafka, specs[:1])
    other = replace(specs[0], partitions=9, config=specs[0].config | {"retention.ms": "1000"})
    with structlog.testing.capture_logs() as logs:
        create_topics(settings_for_kafka, [other])
    told = " ".join(log["detail"] for log in logs if log["event"] == "topic-drift")
    assert f"{specs[0].name} has 3 partitions and the settings say 9" in told
    assert "retention.ms" in told
    with structlog.testing.capture_logs() as logs:
        create_topics(settings_for_kafka, specs[:1])
    assert logs == []


def test_no_difference_is_no_sentence() -> None:
    spec = topic_specs(Settings().kafka)[0]
    same = {name: {"value": value} for name, value in spec.config.items()}
    assert drift(spec, spec.partitions, same) == []
    assert len(drift(spec, 1, same | {"cleanup.policy": {"value": "compact"}})) == 2
