"""Elasticsearch's bulk and multi-get API behind the ports of ``indexer.store``, with one typed outcome per document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from elasticsearch import ApiError, Elasticsearch, TransportError

from contracts.errors import BRIEF_CHARS, Quarantine, Retry, brief
from indexer.store import Conflict, Done, Operation, Outcome, Stored

NOT_THE_DOCUMENTS_FAULT = frozenset({"validation_exception", "index_closed_exception", "process_cluster_event_timeout"})
"""Errors with status 400 that an operator can mend: a shard limit, a closed index."""

ANSWER = ("items.*.status", "items.*.error.type", "items.*.error.reason", "items.*.error.caused_by.reason")
"""The parts of a bulk answer that are read."""

READ_DOCUMENTS = 16
"""Documents read at once: how large they are shows only afterwards, and 250 of 2 MB ended a server of 512 MB."""

_line = msgspec.json.Encoder()


@dataclass(frozen=True)
class ElasticsearchStore:
    """Writes and reads through one client.

    Attributes:
        client: with ``max_retries=0``: retries are decided by document here, not by request there.
        batch_bytes: bytes of one request, except for a single document that is larger.
    """

    client: Elasticsearch
    batch_bytes: int = 8_000_000

    def write(self, operations: Sequence[Operation]) -> list[Outcome]:
        """As ``indexer.store.Writer`` says."""
        outcomes: list[Outcome] = []
        for chunk in self._chunks(operations):
            outcomes += self._request(chunk)
        return outcomes

    def _chunks(self, operations: Sequence[Operation]) -> Iterator[Sequence[Operation]]:
        start = size = 0
        for position, operation in enumerate(operations):
            if position > start and size + len(operation.body) > self.batch_bytes:
                yield operations[start:position]
                start, size = position, 0
            size += len(operation.body)
        if operations:
            yield operations[start:]

    def _request(self, chunk: Sequence[Operation]) -> list[Outcome]:
        lines: list[bytes] = []
        for operation in chunk:
            lines += (_action(operation), operation.body)
        try:
            answer = self.client.bulk(
                operations=lines,  # type: ignore[arg-type]  # it takes lines of JSON too
                filter_path=ANSWER,
            )
        except ApiError as error:
            if error.status_code in (400, 413):
                return self._halves(chunk, error)
            return [Retry(f"http-{error.status_code}", brief(error))] * len(chunk)
        except TransportError as error:
            return [Retry("unreachable", brief(error))] * len(chunk)
        items: list[Mapping[str, Any]] = answer.body["items"]
        return [outcome(next(iter(item.values()))) for item in items]

    def _halves(self, chunk: Sequence[Operation], error: ApiError) -> list[Outcome]:
        """A request that is refused as a whole is too large or holds something malformed: find the document."""
        if len(chunk) == 1:
            reason = "too-large" if error.status_code == 413 else "refused"
            return [Quarantine(reason, f"Elasticsearch refuses the document: {brief(error)}.")]
        middle = len(chunk) // 2
        return self._request(chunk[:middle]) + self._request(chunk[middle:])

    def read(self, keys: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """As ``indexer.store.Reader`` says."""
        found: list[Stored | None] = []
        for at in range(0, len(keys), READ_DOCUMENTS):
            wanted = [{"_index": index, "_id": id} for index, id in keys[at : at + READ_DOCUMENTS]]
            try:
                answer = self.client.mget(docs=wanted, realtime=True)
            except (ApiError, TransportError) as error:
                raise Retry("unreadable", brief(error)) from error
            found += map(_stored, answer.body["docs"])
        return found


def outcome(item: Mapping[str, Any]) -> Outcome:
    """What one item of a bulk answer means."""
    status = item["status"]
    if status < 300:
        return Done()
    if status == 409:
        return Conflict()
    error = item.get("error", {})
    kind = error.get("type", "unknown")
    reason = error.get("reason", "") or ""
    cause = error.get("caused_by", {}).get("reason", "") or ""
    sentence = f"{kind}: {reason} {cause}".strip()[:BRIEF_CHARS]
    if status == 400 and kind not in NOT_THE_DOCUMENTS_FAULT:
        return Quarantine("mapping", f"Elasticsearch refuses the document: {sentence}.")
    if status == 413:
        return Quarantine("too-large", f"Elasticsearch refuses the document: {sentence}.")
    return Retry(f"http-{status}", sentence)


def _action(operation: Operation) -> bytes:
    meta: dict[str, Any] = {"_index": operation.index, "_id": operation.id}
    if operation.seq_no is None:
        return _line.encode({"create": meta})
    meta |= {"if_seq_no": operation.seq_no, "if_primary_term": operation.primary_term}
    return _line.encode({"index": meta})


def _stored(item: Mapping[str, Any]) -> Stored | None:
    error = item.get("error")
    if error is not None and error.get("type") != "index_not_found_exception":
        raise Retry("unreadable", f"{error.get('type')}: {error.get('reason')}"[:BRIEF_CHARS])
    if error is not None or not item.get("found"):
        return None
    return Stored(item["_source"], item["_seq_no"], item["_primary_term"])
