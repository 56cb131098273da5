"""What the indexer counts, for Prometheus and for its own log."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

STATUSES = ("indexed", "updated", "known", "quarantined")


@dataclass
class Meters:
    """Counters of one process.

    Attributes:
        counts: articles by status since the start; each article is in one of them, once.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))

    def __post_init__(self) -> None:
        self._articles = Counter(
            "newswire_indexer_articles", "Articles settled, by status.", ["status"], registry=self.registry
        )
        self._batch = Histogram("newswire_indexer_batch_seconds", "Seconds to settle a batch.", registry=self.registry)
        self._held = Gauge("newswire_indexer_held", "Articles that wait for a busy server.", registry=self.registry)
        self._unsettled = Gauge(
            "newswire_indexer_unsettled", "Articles taken from Kafka and not settled.", registry=self.registry
        )
        self._committed = Gauge(
            "newswire_indexer_last_commit_timestamp_seconds",
            "When offsets were last committed: with lag and no commits, the indexer is stuck.",
            registry=self.registry,
        )

    def settled(self, status: str) -> None:
        """One article got its status."""
        self.counts[status] += 1
        self._articles.labels(status).inc()

    def batch(self, seconds: float) -> None:
        """A batch took so long."""
        self._batch.observe(seconds)

    def state(self, *, held: int, unsettled: int) -> None:
        """How many articles wait."""
        self._held.set(held)
        self._unsettled.set(unsettled)

    def committed(self, at: float) -> None:
        """Offsets were committed at this Unix time."""
        self._committed.set(at)

    def serve(self, port: int) -> None:
        """Answer Prometheus on the loopback address; 0 is no server."""
        if port:
            start_http_server(port, addr="127.0.0.1", registry=self.registry)
