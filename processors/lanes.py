"""Live articles before archives, in one worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

POLL_S = 0.05
"""Seconds between two looks at the live lane while the backfill waits: far below what one article takes."""


@dataclass
class LaneGate:
    """Lets the backfill lane work only while the live lane has nothing to do.

    The promise: a live article waits for at most the one backfill article that is being analysed when it arrives. The
    backfill may starve while the live lane never rests; it loses nothing by that.

    Args:
        live_waits: whether live articles wait that this worker has not begun.
        must_drain: whether so many backfill articles are buffered that they would soon block the consumer which both
            lanes share; then the backfill goes on, one article at a time.
    """

    live_waits: Callable[[], bool]
    must_drain: Callable[[], bool]
    _live_at_work: int = 0

    def __enter__(self) -> LaneGate:
        self._live_at_work += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._live_at_work -= 1

    @property
    def closed(self) -> bool:
        """Whether the backfill has to wait."""
        return (self._live_at_work > 0 or self.live_waits()) and not self.must_drain()

    async def backfill_may_go(self) -> None:
        """Return when the backfill may analyse one article."""
        while self.closed:  # noqa: ASYNC110  # the consumer announces no such event
            await asyncio.sleep(POLL_S)
