"""The real Kafka with topics that belong to one run of these tests alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import hypothesis
import pytest
from kafka.admin import KafkaAdminClient

from contracts.clients import kafka_options
from contracts.settings import Settings, load_settings
from contracts.topics import FEEDS, RAW, RAW_BACKFILL, TopicSpec, topic_specs
from producers.topics import create_topics

# a deadline for one example fails on a busy machine, for no fault of the code
hypothesis.settings.register_profile("newswire", deadline=None)
hypothesis.settings.load_profile("newswire")


@dataclass(frozen=True)
class Broker:
    """A running Kafka.

    Attributes:
        settings: that reach it, with little waiting.
        lanes: the topic of each lane.
        feeds: the compacted topic of the feeds.
    """

    settings: Settings
    lanes: dict[str, str]
    feeds: str


def own_specs(settings: Settings, mark: str) -> list[TopicSpec]:
    return [replace(spec, name=f"{spec.name}.{mark}") for spec in topic_specs(settings.kafka)]


@pytest.fixture(scope="session")
def settings_for_kafka(kafka: str) -> Settings:
    return load_settings(overrides={"kafka": {"bootstrap_servers": kafka, "partitions": 3}})


@pytest.fixture(scope="session")
def broker(settings_for_kafka: Settings) -> Iterator[Broker]:
    settings, mark = settings_for_kafka, uuid4().hex[:8]
    specs = own_specs(settings, mark)
    create_topics(settings, specs)
    yield Broker(settings, {"live": f"{RAW}.{mark}", "backfill": f"{RAW_BACKFILL}.{mark}"}, f"{FEEDS}.{mark}")
    with KafkaAdminClient(**kafka_options(settings.kafka, role="test")) as admin:
        admin.delete_topics([spec.name for spec in specs])
