"""The Kafka topics, how each is created by ``newswire up`` or ``newswire setup``, and the groups that read them."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.settings import KafkaSettings

RAW = "news.raw"
RAW_BACKFILL = "news.raw.backfill"
ENRICHED = "news.enriched"
QUARANTINE = "news.quarantine"
FEEDS = "news.feeds"

LANE_TOPIC = {"live": RAW, "backfill": RAW_BACKFILL}

COLLECTOR_GROUP = "newswire-collectors"
PROCESSOR_GROUP = "newswire-processors"
INDEXER_GROUP = "newswire-indexer"
"""Consumer groups of the stages. What they have committed is the books, so whoever reads those must know the names."""

DAY_MS = 86_400_000


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it is created.

    Attributes:
        partitions: more can be added later, but that moves keys between partitions: drain the topic first.
        replication_factor: copies of each partition.
        config: topic configuration in Kafka's own names.
    """

    name: str
    partitions: int
    replication_factor: int
    config: dict[str, str] = field(default_factory=dict)


def topic_specs(settings: KafkaSettings) -> tuple[TopicSpec, ...]:
    """Every topic of the pipeline, sized by the settings."""
    factor = settings.replication_factor
    common = {
        "max.message.bytes": str(settings.max_message_bytes),
        "min.insync.replicas": str(max(1, factor - 1)),
    }

    def log(name: str, days: float) -> TopicSpec:
        retention = str(int(days * DAY_MS)) if days > 0 else "-1"
        return TopicSpec(
            name, settings.partitions, factor, common | {"cleanup.policy": "delete", "retention.ms": retention}
        )

    return (
        log(RAW, settings.retention_days),
        log(RAW_BACKFILL, settings.retention_days),
        log(ENRICHED, settings.retention_days),
        TopicSpec(
            QUARANTINE,
            settings.partitions,
            factor,
            common
            | {
                "cleanup.policy": "delete",
                "retention.ms": "-1",
                # The original bytes stand in it as base64, a third longer, with what is said about them.
                "max.message.bytes": str(settings.max_message_bytes * 3 // 2),
            },
        ),
        TopicSpec(FEEDS, settings.partitions, factor, common | {"cleanup.policy": "compact"}),
    )
