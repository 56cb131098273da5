"""Which offsets may be committed: those before the first record that is not settled yet. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


@dataclass
class OffsetLedger(Generic[Partition]):
    """The records that were taken, by partition, in their order, and whether each is settled.

    A record that is not in the ledger, because its partition was lost, can be settled without effect.
    """

    _taken: dict[Partition, OrderedDict[int, bool]] = field(default_factory=dict)
    _next: dict[Partition, int] = field(default_factory=dict)

    def take(self, partition: Partition, offset: int) -> bool:
        """A record was received; False if it is here already and open, so that it need not be done again."""
        taken = self._taken.setdefault(partition, OrderedDict())
        if offset in taken:
            return False
        taken[offset] = False
        return True

    def settle(self, partition: Partition, offset: int) -> None:
        """A record is in the index or acknowledged by the quarantine topic."""
        taken = self._taken.get(partition)
        if taken is None or offset not in taken:
            return
        taken[offset] = True
        while taken:
            first, settled = next(iter(taken.items()))
            if not settled:
                break
            del taken[first]
            self._next[partition] = max(first + 1, self._next.get(partition, 0))

    def is_open(self, partition: Partition, offset: int) -> bool:
        """The record was taken, is still ours and is not settled."""
        return partition in self._taken and self._taken[partition].get(offset) is False

    def committable(self) -> dict[Partition, int]:
        """The next offset to read for each partition that moved since ``committed`` was told of it."""
        return dict(self._next)

    def committed(self, offsets: dict[Partition, int]) -> None:
        """These are committed now."""
        for partition, offset in offsets.items():
            if self._next.get(partition) == offset:
                del self._next[partition]

    def keep_only(self, partitions: Collection[Partition]) -> set[Partition]:
        """All other partitions belong to other consumers now: they are forgotten, and returned."""
        gone = (self._taken.keys() | self._next.keys()) - set(partitions)
        for partition in gone:
            self._taken.pop(partition, None)
            self._next.pop(partition, None)
        return gone

    def unsettled(self) -> int:
        """How many records were taken and are not settled."""
        return sum(1 for taken in self._taken.values() for settled in taken.values() if not settled)
