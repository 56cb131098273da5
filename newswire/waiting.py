"""Wait until what was sent can be found: every stage has passed it, and the index shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.errors import NewswireError, ServiceUnavailable
from contracts.settings import Settings
from contracts.topics import ENRICHED, INDEXER_GROUP, PROCESSOR_GROUP
from newswire.books import lag
from newswire.ledger import POLL_S, Ledger, Places

STALLED_S = 90.0
"""Seconds without any progress after which a stage counts as not running: above a worker's start (model, rebalance)
and its restart after a crash (the session timeout), each some 15 s."""


class StageStalled(ServiceUnavailable):
    """A stage has work and does none.

    Args:
        stage: ``processor`` or ``indexer``.
        waiting: records that it has still to settle.
        seconds: for how long nothing has moved.
    """

    def __init__(self, stage: str, waiting: int, seconds: float) -> None:
        NewswireError.__init__(
            self,
            f"{waiting} accepted articles wait for the {stage}, which has not moved for {seconds:.0f} s.",
            hint="They are safe in Kafka. `newswire status` shows what runs; `newswire up` starts the stages.",
        )
        self.service, self.address, self.detail = stage, "", ""
        self.waiting = waiting


@dataclass
class Waiter:
    """Follows articles through the stages.

    Attributes:
        progress: told the stage that is waited for and how many records it has still to settle.
    """

    settings: Settings
    ledger: Ledger
    progress: Callable[[str, int], None] = lambda _stage, _left: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    stalled_s: float = field(default=STALLED_S)

    def until_searchable(self, topic: str) -> None:
        """Wait for everything that stands on ``topic`` now.

        Raises:
            ServiceUnavailable: a stage makes no progress; nothing is lost, it goes on when the stage runs again.
        """
        from search.client import connect

        self._until_passed("processor", PROCESSOR_GROUP, self.ledger.ends(topic))
        self._until_passed("indexer", INDEXER_GROUP, self.ledger.ends(ENRICHED))
        with connect(self.settings.elasticsearch) as client:
            client.refresh()

    def _until_passed(self, stage: str, group: str, goal: Places) -> None:
        best, since = None, self.clock()
        while True:
            done = self.ledger.committed(group)
            left = lag(goal, done, frozenset(topic for topic, _ in goal))
            self.progress(stage, left)
            if not left:
                return
            if best is None or left < best:
                best, since = left, self.clock()
            elif self.clock() - since > self.stalled_s:
                raise StageStalled(stage, left, self.stalled_s)
            self.sleep(POLL_S)
