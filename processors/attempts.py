"""Which records a worker had in its hands when it died, so that no record can kill workers for ever.

A worker notes the records it begins in a file, and removes it when they are done. A file whose process is gone names
suspects: they are then handled one at a time, which leaves only the guilty one suspect, and after
``processor.max_attempts`` deaths it goes to quarantine. Only a process of the same host can tell that one is gone; an
other host starts to count anew.
"""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from processors.handling import Record

KEEP_S = 86_400
"""Seconds after which a death is forgotten."""


def process_lives(pid: int) -> bool:
    """Whether a process with this id runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass
class Journal:
    """The notes of one worker.

    Args:
        folder: shared by the workers of this machine.
        pid: of this worker.
        wall: seconds since the epoch.
        host: of this worker; in a container it outlives the process, as its process id does.
        lives: whether a process runs.
    """

    folder: Path
    pid: int
    wall: Callable[[], float]
    host: str = field(default_factory=socket.gethostname)
    lives: Callable[[int], bool] = process_lives
    _read: dict[str, Counter[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._own.exists():  # a predecessor of the same process id died
            self._claim(self._own)

    @property
    def _own(self) -> Path:
        return self.folder / f"{self.host}-{self.pid}.busy"

    def begin(self, records: Iterable[Record]) -> None:
        """Note what is about to be handled."""
        self._own.write_text(json.dumps([record.place for record in records]), encoding="utf-8")

    def end(self) -> None:
        """All that was begun is done, or was given up for a reason that is not its fault."""
        self._own.unlink(missing_ok=True)

    def split(self, records: Sequence[Record]) -> list[tuple[list[Record], int]]:
        """The records in order as groups to be handled together, each with its number of crashes."""
        deaths = self._deaths()
        groups: list[tuple[list[Record], int]] = []
        for record in records:
            crashes = sum(seen[record.place] for seen in deaths)
            if crashes == 0 and groups and groups[-1][1] == 0:
                groups[-1][0].append(record)
            else:
                groups.append(([record], crashes))
        return groups

    def _deaths(self) -> list[Counter[str]]:
        current: dict[str, Counter[str]] = {}
        for path in list(self.folder.iterdir()):
            if path.suffix == ".busy" and self._is_gone(path.stem):
                claimed = self._claim(path)
                if claimed is None:
                    continue
                path = claimed
            if path.suffix != ".died":
                continue
            known = self._read.get(path.name)
            if known is None:
                try:
                    if self.wall() - path.stat().st_mtime > KEEP_S:
                        path.unlink(missing_ok=True)
                        continue
                    known = Counter(json.loads(path.read_text(encoding="utf-8")))
                except (OSError, ValueError):
                    known = Counter()
            current[path.name] = known
        self._read = current
        return list(current.values())

    def _is_gone(self, worker: str) -> bool:
        host, _, pid = worker.rpartition("-")
        return host == self.host and pid.isdigit() and int(pid) != self.pid and not self.lives(int(pid))

    def _claim(self, path: Path) -> Path | None:
        died = path.with_name(f"{uuid4().hex}.died")
        try:
            return path.rename(died)
        except OSError:  # another worker was first
            return None
