"""Fetchers around a fetcher: one that is polite to hosts, one that tries again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import stamina

from producers.fetch import Fetched, Fetcher, FetchLater

MAX_HOSTS = 10_000
"""Hosts whose last visit is remembered."""

ATTEMPTS = 3
MAX_PATIENCE_S = 5.0
"""Longest wait within a poll; a server that wants more is asked at the next poll."""


@dataclass
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0


@dataclass
class PoliteFetcher:
    """One request at a time to each host, and a pause after it.

    Attributes:
        delay_s: seconds of the pause.
        pause: waits, so that a stop can cut it short.
    """

    inner: Fetcher
    delay_s: float
    pause: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def fetch(self, url: str, *, max_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """See ``producers.fetch.Fetcher``."""
        with self._turn(_host(url)):
            return self.inner.fetch(url, max_bytes=max_bytes, etag=etag, last_modified=last_modified)

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        with self._lock:
            if len(self._hosts) >= MAX_HOSTS:
                self._hosts = {key: host for key, host in self._hosts.items() if host.lock.locked()}
            host = self._hosts.setdefault(name, _Host())
        with host.lock:
            wait = host.free_at - self.clock()
            if wait > 0:
                self.pause(wait)
            try:
                yield
            finally:
                host.free_at = self.clock() + self.delay_s


@dataclass
class PatientFetcher:
    """Tries again what may work at once: refused connections, 5xx, 429 with a short wait; never what timed out."""

    inner: Fetcher

    def fetch(self, url: str, *, max_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """See ``producers.fetch.Fetcher``."""
        for attempt in stamina.retry_context(
            on=_again, attempts=ATTEMPTS, timeout=30.0, wait_initial=0.2, wait_max=2.0, wait_jitter=0.2
        ):
            with attempt:
                return self.inner.fetch(url, max_bytes=max_bytes, etag=etag, last_modified=last_modified)
        raise AssertionError("stamina gives at least one attempt")


def _again(error: Exception) -> bool | float:
    if not isinstance(error, FetchLater) or error.reason == "timeout":
        return False
    if error.after_s is None:
        return True
    return error.after_s if error.after_s <= MAX_PATIENCE_S else False


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
