"""Ingestion of files: what the command runs. Everything read is accepted by Kafka, refused with a reason, or raises."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from contracts.errors import InputRefused, ServiceUnavailable
from contracts.messages import Lane, RawArticle
from contracts.settings import Settings
from producers.files import FileReader
from producers.publishing import Publisher

log = structlog.get_logger()

MAX_PENDING = 10_000
"""Articles under way whose outcome is kept in memory; the producer's own bound is in bytes."""

MAX_IDS = 100_000
"""Ids that a summary keeps: 100,000 take some 10 MB."""

MAX_REFUSALS = 1_000
"""Refusals that a summary keeps; all are counted, and all go to ``on_outcome``."""


@dataclass
class Summary:
    """What became of a batch.

    Attributes:
        accepted: articles that Kafka holds, versions and repetitions counted each.
        ids: ids of the accepted articles, once each, at most ``MAX_IDS``.
        refused_count: inputs that were refused.
        refused: the first ``MAX_REFUSALS`` of them.
        reasons: all refusals by reason.
        passed_over: files in folders that were not looked at, because their names end in none of ``SUFFIXES``; hidden
            files are not counted.
    """

    accepted: int = 0
    ids: set[str] = field(default_factory=set)
    refused_count: int = 0
    refused: list[InputRefused] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0

    @property
    def ids_complete(self) -> bool:
        """Whether ``ids`` names every accepted article."""
        return len(self.ids) < MAX_IDS

    def accept(self, article: RawArticle) -> None:
        """Count an article that Kafka holds."""
        self.accepted += 1
        if len(self.ids) < MAX_IDS:
            self.ids.add(article.id)

    def refuse(self, refused: InputRefused) -> None:
        """Count an input that was not accepted."""
        self.refused_count += 1
        self.reasons[refused.reason] += 1
        if len(self.refused) < MAX_REFUSALS:
            self.refused.append(refused)


def ingest(
    paths: Sequence[str],
    publisher: Publisher,
    *,
    lane: Lane,
    settings: Settings,
    now: Callable[[], datetime],
    source: str | None = None,
    on_outcome: Callable[[RawArticle | InputRefused], None] = lambda _: None,
) -> Summary:
    """Read articles from ``paths`` and publish them; returns when the outcome of each is known.

    Args:
        paths: files, folders, globs or ``-``.
        source: collection that the articles belong to; default the folder's name.
        now: the time of collection.
        on_outcome: called in this thread for every article that Kafka took and every input that was refused.

    Raises:
        UsageError: no path was given.
        ServiceUnavailable: Kafka went away; what was accepted until then stays, and ingesting the same
            files again repeats nothing in the index.
    """
    summary = Summary()
    pending: deque[tuple[RawArticle, Future[None]]] = deque()

    def refuse(refused: InputRefused) -> None:
        summary.refuse(refused)
        on_outcome(refused)

    def pass_over(_: Path) -> None:
        summary.passed_over += 1

    def settle(article: RawArticle, done: Future[None]) -> None:
        try:
            done.result()
        except InputRefused as refused:
            refuse(refused)
            return
        summary.accept(article)
        on_outcome(article)

    reader = FileReader(settings.producer, lane, now, source, on_passed_over=pass_over)
    try:
        for found in reader.read(paths):
            if isinstance(found, InputRefused):
                refuse(found)
                continue
            pending.append((found, publisher.publish(found)))
            while pending and (pending[0][1].done() or len(pending) > MAX_PENDING):
                settle(*pending.popleft())
        while pending:
            settle(*pending.popleft())
    except ServiceUnavailable:
        log.error("ingest-stopped", accepted=summary.accepted, refused=summary.refused_count, open=len(pending))
        raise
    return summary
