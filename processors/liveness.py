"""When a worker is stuck: records wait, and nothing moves. That its process is up says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Partition = tuple[str, int]


@dataclass
class Watchdog:
    """Watches the offsets of one worker.

    Args:
        stall_s: seconds without progress, while records wait, after which the worker counts as stuck.
        commit_stall_s: seconds that a commit may take to follow the work; above what one batch may take.
    """

    stall_s: float
    commit_stall_s: float
    _committed: dict[Partition, tuple[int, float]] = field(init=False, default_factory=dict)
    _done: tuple[int, float] = field(init=False, default=(-1, 0.0))

    def observe(
        self, committed: Mapping[Partition, int], ends: Mapping[Partition, int], done: int, at: float
    ) -> str | None:
        """What is stuck, or None.

        Args:
            committed: next offset to be read after a restart, of the partitions that are watched.
            ends: offset after the last record, of the same.
            done: records that this worker has finished so far.
            at: monotonic seconds.
        """
        if done != self._done[0]:
            self._done = (done, at)
        for gone in self._committed.keys() - committed.keys():
            del self._committed[gone]
        for partition, offset in committed.items():
            before = self._committed.get(partition)
            waiting = ends.get(partition, offset) > offset
            if before is None or before[0] != offset or not waiting:
                self._committed[partition] = (offset, at)
                continue
            still = at - before[1]
            if still > self.commit_stall_s or (still > self.stall_s and at - self._done[1] > self.stall_s):
                name = f"{partition[0]}/{partition[1]}"
                return f"{name} stands at {offset} of {ends[partition]} for {still:.0f} s"
        return None
