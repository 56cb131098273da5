"""One look at the whole house: processes, servers, books."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import ServiceUnavailable
from contracts.settings import ElasticsearchSettings, Settings
from newswire.books import Books
from newswire.ledger import Ledger, complete, open_ledger
from newswire.supervision import ProcessState, Supervisor


@dataclass(frozen=True)
class Server:
    """A server as it answered just now."""

    name: str
    address: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class State:
    """What ``newswire status`` shows."""

    data_dir: str
    processes: tuple[ProcessState, ...]
    servers: tuple[Server, ...]
    books: Books | None

    @property
    def healthy(self) -> bool:
        """All servers answer and no process has failed."""
        return all(server.ok for server in self.servers) and not any(
            process.state in ("FATAL", "BACKOFF", "EXITED") for process in self.processes
        )

    def as_json(self) -> dict[str, Any]:
        """As ``newswire status --json`` prints it; see ``docs/cli.md``."""
        return {
            "data_dir": self.data_dir,
            "healthy": self.healthy,
            "balanced": self.books.balanced if self.books else None,
            "servers": {
                server.name: {"address": server.address, "ok": server.ok, "detail": server.detail}
                for server in self.servers
            },
            "processes": [
                {"name": process.name, "state": process.state, "pid": process.pid, "uptime_s": process.uptime_s}
                for process in self.processes
            ],
            "books": self.books.as_json() if self.books else None,
        }


@dataclass
class Observer:
    """Looks again and again without connecting anew each time; ``close`` it."""

    settings: Settings
    supervisor: Supervisor
    _ledger: Any = field(default=None, init=False)
    _opened: Ledger | None = field(default=None, init=False)

    def look(self) -> State:
        """The state now; a server that does not answer is part of it, not an error."""
        kafka, books = self._kafka()
        elasticsearch, counts = index_counts(self.settings.elasticsearch)
        if books is not None:
            books = complete(books, documents=counts[0], versions=counts[1])
        return State(
            data_dir=str(self.settings.data_dir),
            processes=tuple(self.supervisor.states()),
            servers=(kafka, elasticsearch),
            books=books,
        )

    def close(self) -> None:
        """Disconnect."""
        if self._ledger is not None:
            ledger, self._ledger, self._opened = self._ledger, None, None
            ledger.__exit__(None, None, None)

    def _kafka(self) -> tuple[Server, Books | None]:
        address = self.settings.kafka.bootstrap_servers
        try:
            if self._opened is None:
                self._ledger = open_ledger(self.settings)
                self._opened = self._ledger.__enter__()
            return Server("kafka", address, True), self._opened.read()
        except ServiceUnavailable as error:
            self.close()
            return Server("kafka", address, False, error.detail), None


def index_counts(settings: ElasticsearchSettings) -> tuple[Server, tuple[int | None, int | None]]:
    """Elasticsearch as it answers, with the number of documents and of the versions in them."""
    from search.client import connect

    with connect(settings) as client:
        try:
            counts = client.counts()
        except ServiceUnavailable as error:
            return Server("elasticsearch", client.address, False, error.detail), (None, None)
    return Server("elasticsearch", client.address, True), (counts.documents, counts.versions)


def settle(observer: Observer, *, within_s: float, poll_s: float = 0.3) -> State:
    """Look until the books balance, at most ``within_s`` seconds; gives the last look."""
    deadline = time.monotonic() + within_s
    while True:
        state = observer.look()
        if (state.books and state.books.balanced) or time.monotonic() > deadline:
            return state
        time.sleep(poll_s)
