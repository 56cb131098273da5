"""What the indexer asks of Elasticsearch: write many, read many. Ports, values, and a fake of both. No I/O here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from contracts.errors import Quarantine, Retry


@dataclass(frozen=True)
class Operation:
    """One document to write.

    Attributes:
        body: the document as JSON in one line.
        seq_no, primary_term: of the copy it replaces, as it was read; None to create what must not exist yet.
    """

    index: str
    id: str
    body: bytes
    seq_no: int | None = None
    primary_term: int | None = None


@dataclass(frozen=True)
class Done:
    """The document is written and will survive a crash of the server."""


@dataclass(frozen=True)
class Conflict:
    """Somebody else created or changed the document in the meantime; it was not written."""


Outcome: TypeAlias = Done | Conflict | Retry | Quarantine
"""What became of one operation; exactly one a document, in the order of the operations."""


@dataclass(frozen=True)
class Stored:
    """A document as it stands."""

    source: dict[str, Any]
    seq_no: int
    primary_term: int


class Writer(Protocol):
    """Writes documents."""

    def write(self, operations: Sequence[Operation]) -> list[Outcome]:
        """One outcome for each operation, whatever happens; never raises for a server that is busy or away."""


class Reader(Protocol):
    """Reads documents by id as they stand now, whether or not they can be searched yet."""

    def read(self, keys: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """The document for each (index, id); None where there is none.

        Raises:
            Retry: the server cannot tell now.
        """


class Store(Writer, Reader, Protocol):
    """Both."""


@dataclass
class FakeStore:
    """Behaves as Elasticsearch does, in memory.

    Attributes:
        documents: what is stored, by index and id.
        refusals: outcomes to give, by document id, in place of writing; each is given once.
        largest: bytes of a body that is still accepted.
    """

    documents: dict[tuple[str, str], Stored] = field(default_factory=dict)
    refusals: dict[str, list[Outcome]] = field(default_factory=dict)
    largest: int = 100_000_000
    sequence: int = 0
    writes: int = 0

    def write(self, operations: Sequence[Operation]) -> list[Outcome]:
        """As the port says."""
        self.writes += 1
        return [self._write(operation) for operation in operations]

    def _write(self, operation: Operation) -> Outcome:
        if self.refusals.get(operation.id):
            return self.refusals[operation.id].pop(0)
        if len(operation.body) > self.largest:
            return Quarantine("too-large", "The document is larger than the server takes.")
        key = (operation.index, operation.id)
        known = self.documents.get(key)
        expected = (None, None) if known is None else (known.seq_no, known.primary_term)
        if expected != (operation.seq_no, operation.primary_term):
            return Conflict()
        self.documents[key] = Stored(json.loads(operation.body), self.sequence, 1)
        self.sequence += 1
        return Done()

    def read(self, keys: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """As the port says."""
        return [self.documents.get(key) for key in keys]
