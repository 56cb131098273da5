"""A batch of observations into the index, one document per article, safe against every race and crash.

1. Claim: create ``article id -> index`` in the placements index. Who is second reads the first one's claim, so an
   article has one index for ever, whatever dates its versions carry and however many indexers run.
2. Read the documents that may exist, by id in their index, in real time; merge.
3. Write: create what is new, replace what was read only if nobody replaced it since; on a conflict read again.

A crash between the steps leaves a claim without a document, which the next delivery completes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
import structlog

from contracts.errors import Drop, Quarantine, Retry
from indexer.content import Document, Observation
from indexer.document import Limits, encode, merge, placement
from indexer.store import Conflict, Done, Operation, Outcome, Store, Stored
from indexer.template import placements_index

Status: TypeAlias = Literal["indexed", "updated", "known"]
"""A new document; a document that gained something; nothing that was not there already."""

Result: TypeAlias = Status | Quarantine | Retry
"""What became of one observation."""

log = structlog.get_logger()

MAX_CONFLICTS = 5
"""Rounds against other writers of the same article before the observation waits its turn."""


@dataclass
class _Work:
    """One article of the batch on its way."""

    id: str
    positions: list[int]
    observations: list[Observation]
    index: str = ""
    maybe_there: bool = False
    document: Document | None = None
    stored: Stored | None = None
    refused: bool = False
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True)
class BatchWriter:
    """Writes batches.

    Attributes:
        store: Elasticsearch, or its fake.
        alias: of the articles.
        limits: what one document keeps.
        clock: the time now, with its zone.
    """

    store: Store
    alias: str
    clock: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)

    def settle(self, batch: Sequence[Observation]) -> list[Result]:
        """One result for each observation, in their order. Retry: nothing of it is certain; give it again later."""
        results: list[Result | None] = [None] * len(batch)
        works: dict[str, _Work] = {}
        for position, observation in enumerate(batch):
            work = works.setdefault(observation.article.id, _Work(observation.article.id, [], []))
            work.positions.append(position)
            work.observations.append(observation)
        now = self.clock()
        alone: list[int] = []
        todo = [work for work in works.values() if self._merge(work, now)]
        if todo:
            todo = self._claim(todo, now)
        for _ in range(MAX_CONFLICTS):
            if not todo:
                break
            todo = self._round(todo, now)
        for work in todo:
            work.results = [Retry("conflict", "Other writers keep changing the article.")] * len(work.positions)
        for work in works.values():
            for position, result in zip(work.positions, work.results, strict=True):
                results[position] = result
            if work.refused and len(work.positions) > 1:
                alone += work.positions
        for position in alone:  # the server refused the merged document: only one of its versions may be to blame
            (results[position],) = self.settle([batch[position]])
        return [result for result in results if result is not None]

    def _merge(self, work: _Work, now: datetime) -> bool:
        """Fold the observations into what is stored; False if nothing is left to be written."""
        document = work.stored.source if work.stored is not None else None
        work.results = []
        for observation in work.observations:
            try:
                merged = merge(document, observation, now=now, limits=self.limits)
            except Drop:
                work.results.append("known")
            except Quarantine as refusal:
                work.results.append(refusal)
            except Exception as error:  # a mistake of ours about one article must not stop all others
                log.exception("article.unexpected", id=work.id)
                work.results.append(Quarantine("unexpected", f"{type(error).__name__}: {error}"))
            else:
                work.results.append("indexed" if document is None else "updated")
                document = merged
        work.document = document
        return any(result in ("indexed", "updated") for result in work.results)

    def _claim(self, works: list[_Work], now: datetime) -> list[_Work]:
        claims = placements_index(self.alias)
        for work in works:
            assert work.document is not None
            work.index = placement(work.document, alias=self.alias, now=now)
        outcomes = self.store.write(
            [Operation(claims, work.id, msgspec.json.encode({"index": work.index})) for work in works]
        )
        claimed: list[_Work] = []
        known: list[_Work] = []
        for work, outcome in zip(works, outcomes, strict=True):
            if isinstance(outcome, Done):
                claimed.append(work)
            elif isinstance(outcome, Conflict):
                known.append(work)
            else:
                _fail(work, outcome)
        try:
            found = self.store.read([(claims, work.id) for work in known])
        except Retry as busy:
            for work in known:
                _fail(work, busy)
            return claimed
        for work, claim in zip(known, found, strict=True):
            if claim is None:
                _fail(work, Retry("claim", "The article's place is not known yet."))
                continue
            work.index = claim.source["index"]
            work.maybe_there = True
            claimed.append(work)
        return claimed

    def _round(self, works: list[_Work], now: datetime) -> list[_Work]:
        """Read, merge and write once; the works that met a conflict come back."""
        readable = [work for work in works if work.maybe_there]
        try:
            found = self.store.read([(work.index, work.id) for work in readable])
        except Retry as busy:
            for work in readable:
                _fail(work, busy)
            works = [work for work in works if not work.maybe_there]
            readable, found = [], []
        unchanged = set()
        for work, stored in zip(readable, found, strict=True):
            work.stored = stored
            if not self._merge(work, now):
                unchanged.add(work.id)
        works = [work for work in works if work.id not in unchanged]
        if not works:
            return []
        outcomes = self.store.write([_operation(work) for work in works])
        again = []
        for work, outcome in zip(works, outcomes, strict=True):
            if isinstance(outcome, Conflict):
                work.maybe_there = True
                again.append(work)
            elif not isinstance(outcome, Done):
                _fail(work, outcome)
        return again


def _operation(work: _Work) -> Operation:
    assert work.document is not None
    body = encode(work.document)
    if work.stored is None:
        return Operation(work.index, work.id, body)
    return Operation(work.index, work.id, body, work.stored.seq_no, work.stored.primary_term)


def _fail(work: _Work, why: Outcome) -> None:
    assert isinstance(why, Retry | Quarantine)
    work.refused = isinstance(why, Quarantine)
    work.results = [result if isinstance(result, Quarantine) else why for result in work.results]
