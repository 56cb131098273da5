"""One indexer process out of the settings: connect, set up, serve until it is told to stop."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import FrameType

import stamina
import structlog

from contracts.errors import EXIT_INTERRUPTED, EXIT_OK, ServiceUnavailable
from contracts.settings import Settings
from contracts.topics import ENRICHED, INDEXER_GROUP, QUARANTINE
from indexer.batches import Settler
from indexer.bulk import ElasticsearchStore
from indexer.document import Limits
from indexer.kafka_edge import KafkaQuarantine, build_consumer, build_producer
from indexer.service import IndexerService
from indexer.setup import connect, ensure_index
from indexer.writing import BatchWriter

START_PATIENCE_S = 20.0
"""Seconds that the servers get to come up before the process gives up, for its supervisor to start it again."""

log = structlog.get_logger()


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Wiring:
    """The names in Kafka that an indexer works with; others than the defaults let several pipelines share a broker."""

    group: str = INDEXER_GROUP
    topic: str = ENRICHED
    quarantine: str = QUARANTINE


def build_service(settings: Settings, *, stop: threading.Event, wiring: Wiring | None = None) -> IndexerService:
    """A service with real servers behind it; the index is set up first.

    Raises:
        ServiceUnavailable: Kafka or Elasticsearch does not answer.
        ConfigError: Elasticsearch lacks what the index template needs.
    """
    wiring = wiring or Wiring()
    client = connect(settings.elasticsearch)
    # A context, not a decorator: stamina logs a decorated function's arguments, and these hold passwords.
    for attempt in stamina.retry_context(on=ServiceUnavailable, attempts=None, timeout=START_PATIENCE_S, wait_max=2.0):
        with attempt:
            report = ensure_index(client, settings.elasticsearch, clock=utc_now)
    log.info("index.ready", template=report.template, lifecycle=report.lifecycle, extended=report.extended)
    for index, reason in report.drifted.items():
        log.warning("index.drifted", index=index, error=reason)
    writer = BatchWriter(
        store=ElasticsearchStore(client, batch_bytes=settings.indexer.batch_bytes),
        alias=settings.elasticsearch.alias,
        clock=utc_now,
        limits=Limits(mentions=settings.indexer.max_mentions),
    )
    quarantine = KafkaQuarantine(partial(build_producer, settings), wiring.quarantine)
    settler = Settler(writer, quarantine, attempts=settings.indexer.max_attempts, clock=utc_now)
    return IndexerService(
        consumer=build_consumer(settings, group=wiring.group),
        settler=settler,
        settings=settings.indexer,
        stop=stop,
        topic=wiring.topic,
    )


def run(settings: Settings, *, wiring: Wiring | None = None) -> int:
    """Serve until SIGTERM (exit code 0) or SIGINT (130); the batch in flight is settled and committed first.

    Raises:
        ServiceUnavailable, ConfigError: as ``build_service``.
    """
    stop = threading.Event()
    code = EXIT_OK

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal code
        code = EXIT_INTERRUPTED if number == signal.SIGINT else EXIT_OK
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    service = build_service(settings, stop=stop, wiring=wiring)
    service.meters.serve(settings.metrics_port)
    service.run()
    return code
