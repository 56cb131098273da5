"""Creation of the topics. What exists is never changed: a difference is told, an operator decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import structlog
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError, for_code

from contracts.errors import ServiceUnavailable
from contracts.settings import Settings
from contracts.topics import TopicSpec, topic_specs
from producers.broker import client_options, reaching

Outcome = Literal["created", "exists"]

log = structlog.get_logger()


def create_topics(settings: Settings, specs: Sequence[TopicSpec] | None = None) -> dict[str, Outcome]:
    """Create every topic of the pipeline that does not exist yet; calling it again changes nothing.

    An existing topic whose partitions or configuration differ from the settings is left as it is and
    logged as ``topic-drift`` with one sentence.

    Args:
        specs: other topics than the pipeline's.

    Returns:
        for each topic's name, whether it was created now or stood already.

    Raises:
        ServiceUnavailable: Kafka does not answer, or refuses to create a topic.
    """
    specs = topic_specs(settings.kafka) if specs is None else specs
    with reaching(settings.kafka), KafkaAdminClient(**client_options(settings.kafka, role="topics")) as admin:
        outcomes = _create(admin, specs, settings)
        existing = [spec for spec in specs if outcomes[spec.name] == "exists"]
        for sentence in _drifts(admin, existing):
            log.warning("topic-drift", detail=sentence)
    return outcomes


def _create(admin: KafkaAdminClient, specs: Sequence[TopicSpec], settings: Settings) -> dict[str, Outcome]:
    existing = set(admin.list_topics())
    missing = {
        spec.name: {
            "num_partitions": spec.partitions,
            "replication_factor": spec.replication_factor,
            "configs": spec.config,
        }
        for spec in specs
        if spec.name not in existing
    }
    outcomes: dict[str, Outcome] = {spec.name: "exists" for spec in specs}
    if not missing:
        return outcomes
    answer = admin.create_topics(missing, raise_errors=False)
    for topic in answer["topics"]:
        error = for_code(topic["error_code"])
        if topic["error_code"] == 0:
            outcomes[topic["name"]] = "created"
        elif error is not TopicAlreadyExistsError:
            reason = topic.get("error_message") or error.__name__
            raise ServiceUnavailable(
                "Kafka",
                settings.kafka.bootstrap_servers,
                f"it refuses to create the topic {topic['name']}: {str(reason).rstrip('.')}",
                hint="Check kafka.partitions, kafka.replication_factor and what this user may do.",
            )
    admin.wait_for_topics(list(missing))
    return outcomes


def _drifts(admin: KafkaAdminClient, specs: list[TopicSpec]) -> list[str]:
    if not specs:
        return []
    described = {topic["name"]: topic for topic in admin.describe_topics([spec.name for spec in specs])}
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
    configs = admin.describe_configs(resources, config_filter="all").get("topic", {})
    sentences = []
    for spec in specs:
        sentences += drift(spec, len(described[spec.name]["partitions"]), configs.get(spec.name, {}))
    return sentences


def drift(spec: TopicSpec, partitions: int, config: dict[str, Any]) -> list[str]:
    """One sentence for each way in which an existing topic differs from ``spec``.

    Args:
        partitions: how many it has.
        config: its configuration by name, each with a ``value``.
    """
    sentences = []
    if partitions != spec.partitions:
        sentences.append(
            f"{spec.name} has {partitions} partitions and the settings say {spec.partitions}; it is left as it is, "
            "for a change moves keys between partitions: drain the topic first."
        )
    for name, wanted in spec.config.items():
        value = config.get(name, {}).get("value")
        if value is not None and str(value) != wanted:
            sentences.append(f"{spec.name} has {name}={value} and the settings say {wanted}; it is left as it is.")
    return sentences
