"""Kafka and Elasticsearch side by side on one data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.elasticsearch import EmbeddedElasticsearch
from embedded.installation import Installation
from embedded.kafka import EmbeddedKafka
from embedded.server import READY_WITHIN_S

Pair = tuple[EmbeddedKafka, EmbeddedElasticsearch]


def start_both(
    installation: Installation,
    data_dir: Path,
    *,
    kafka_port: int = 0,
    elasticsearch_port: int = 0,
    heap_mb: int = 512,
    within: float = READY_WITHIN_S,
) -> Pair:
    """Start both at once and wait until both are ready.

    Args:
        installation: what `provision()` returned.
        data_dir: folder of all data and logs.
        kafka_port: 0 chooses a free port and remembers it.
        elasticsearch_port: the same.
        heap_mb: Elasticsearch's heap in MiB.
        within: seconds that each may take.

    Raises:
        AlreadyRunning, PortTaken, NoDiskSpace, ServerNotReady; then neither runs on.
    """
    kafka = EmbeddedKafka(installation, data_dir, kafka_port)
    elasticsearch = EmbeddedElasticsearch(installation, data_dir, elasticsearch_port, heap_mb=heap_mb)
    try:
        elasticsearch.start()  # The slower one goes first.
        kafka.start()
        kafka.wait_ready(within)
        elasticsearch.wait_ready(within)
    except BaseException:
        stop_both(kafka, elasticsearch)
        raise
    return kafka, elasticsearch


def stop_both(kafka: EmbeddedKafka, elasticsearch: EmbeddedElasticsearch) -> None:
    """Stop both side by side; the second one even when the first one cannot be stopped."""
    kafka.ask_to_stop()
    elasticsearch.ask_to_stop()
    try:
        kafka.stop()
    finally:
        elasticsearch.stop()


@contextmanager
def running(installation: Installation, data_dir: Path) -> Iterator[Pair]:
    """Both servers for as long as the context lasts."""
    pair = start_both(installation, data_dir)
    try:
        yield pair
    finally:
        stop_both(*pair)
