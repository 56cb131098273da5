"""What the producers count, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import CounterMetricFamily

from producers.client import Counts


class Meters:
    """The counts of one process, read when Prometheus asks.

    Args:
        counts: what became of the articles so far; each is in one of the two, once.
    """

    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The metric, as ``prometheus_client`` asks for it."""
        counts = self._counts()
        family = CounterMetricFamily(
            "newswire_producer_articles", "Articles handed over, by status.", labels=["status"]
        )
        family.add_metric(["accepted"], counts.accepted)
        family.add_metric(["failed"], counts.failed)
        yield family

    def serve(self, port: int) -> None:
        """Answer Prometheus on the loopback address; 0 is no server."""
        if port:
            start_http_server(port, addr="127.0.0.1", registry=self.registry)
