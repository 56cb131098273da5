"""Parsing of what strangers send, in processes of its own: it may take no more than its time, and not our memory.

The parsers of feeds and pages have inputs on which they take minutes, some of them inside one call that holds the
interpreter. A process that takes too long is ended, and the input is refused.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import TimeoutError as TimedOut
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool

from contracts.errors import InputRefused

T = TypeVar("T")

PARSE_S = 20.0
"""Seconds that one feed or page may take; usual ones take a hundredth of one."""

PROCESSES = 2
_REUSED = 1_000
"""Inputs after which a process starts afresh, so that what a parser leaks stays small."""


class Parse(Protocol):
    """Calls a parser on an input."""

    def __call__(self, parser: Callable[..., T], data: bytes, *, url: str, **more: Any) -> T:
        """What ``parser`` makes of ``data``; it may raise InputRefused."""
        ...


def directly(parser: Callable[..., T], data: bytes, *, url: str, **more: Any) -> T:
    """Parse here and now."""
    return parser(data, url=url, **more)


def _processes() -> ProcessPool:
    # Not forked: the collector has threads, and Kafka's connections.
    return ProcessPool(max_workers=PROCESSES, max_tasks=_REUSED, context=multiprocessing.get_context("spawn"))


@dataclass
class Isolated:
    """A few processes that parse; close it.

    Attributes:
        limit_s: seconds that one input may take.
    """

    limit_s: float = PARSE_S
    _pool: ProcessPool = field(init=False, repr=False, default_factory=_processes)
    _lock: Lock = field(init=False, repr=False, default_factory=Lock)

    def __call__(self, parser: Callable[..., T], data: bytes, *, url: str, **more: Any) -> T:
        """As ``Parse`` says.

        Raises:
            InputRefused: by the parser; ``too-slow`` after ``limit_s``; ``parser-died`` when its process ended.
        """
        with self._lock:
            if not self._pool.active:  # broken when all its processes were killed
                self._pool = _processes()
            future = self._pool.schedule(parser, args=(data,), kwargs={"url": url, **more}, timeout=self.limit_s)
        try:
            return future.result()
        except TimedOut as error:
            raise InputRefused(url, "too-slow", f"reading it took more than {self.limit_s:g} seconds.") from error
        except (ProcessExpired, BrokenProcessPool) as error:
            raise InputRefused(url, "parser-died", f"the process that read it ended: {error}.") from error

    def __enter__(self) -> Isolated:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble has no annotation here
        self._pool.join()
