"""Records to outcomes: decode, write, try again, quarantine. Everything between Kafka's poll and Kafka's commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import stamina

from contracts.codec import decode
from contracts.errors import Quarantine, Retry
from contracts.messages import EnrichedArticle
from indexer.content import Observation
from indexer.quarantine import QuarantineSink, Record, quarantined
from indexer.writing import BatchWriter, Result, Status

Settled: TypeAlias = Status | Literal["quarantined"]
"""The closed set of what can become of an article here; each is counted once, under one of them."""

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0


@dataclass(frozen=True)
class Settler:
    """Settles batches of records.

    Attributes:
        writer: into the index.
        quarantine: for what can never pass.
        attempts: tries of what the server is too busy for, before it comes back as Retry.
        clock: the time now, with its zone.
    """

    writer: BatchWriter
    quarantine: QuarantineSink
    attempts: int
    clock: Callable[[], datetime]

    def settle(self, records: Sequence[Record]) -> list[Settled | Retry]:
        """One outcome for each record, in their order. Retry: give the record again later."""
        results: list[Result] = [Retry("new", "It was not tried yet.")] * len(records)
        observations: dict[int, Observation] = {}
        for position, record in enumerate(records):
            try:
                article = decode(record.value, EnrichedArticle, record.headers or ())
                observations[position] = Observation(article, record.topic, record.partition, record.offset)
            except Quarantine as refusal:
                results[position] = refusal
        tries = self._write(observations, results)
        return self._put_aside(records, results, tries)

    def _write(self, observations: dict[int, Observation], results: list[Result]) -> int:
        """Write until nothing is left to be tried again, or the attempts are used up; their number is returned."""
        left = list(observations)
        number = 1
        try:
            for attempt in stamina.retry_context(
                on=Retry, attempts=self.attempts, timeout=None, wait_initial=FIRST_WAIT_S, wait_max=LONGEST_WAIT_S
            ):
                with attempt:
                    number = attempt.num
                    for position, result in zip(
                        left, self.writer.settle([observations[position] for position in left]), strict=True
                    ):
                        results[position] = result
                    left = [position for position in left if isinstance(results[position], Retry)]
                    if left:
                        raise next(result for position in left if isinstance(result := results[position], Retry))
        except Retry:
            pass
        return number

    def _put_aside(self, records: Sequence[Record], results: Sequence[Result], tries: int) -> list[Settled | Retry]:
        refused = [(position, why) for position, why in enumerate(results) if isinstance(why, Quarantine)]
        at = self.clock()
        kept = self.quarantine.keep([quarantined(records[p], why, at=at, attempts=tries) for p, why in refused])
        outcomes: list[Settled | Retry] = [
            Retry("quarantine", "It is not in quarantine yet.") if isinstance(result, Quarantine) else result
            for result in results
        ]
        for (position, _), certain in zip(refused, kept, strict=True):
            if certain:
                outcomes[position] = "quarantined"
        return outcomes
