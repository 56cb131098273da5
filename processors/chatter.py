"""Less of what libraries log: while a broker is away they say the same thing several times a second."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

CHATTY = ("aiokafka", "faust", "mode")


@dataclass
class Rarely(logging.Filter):
    """Lets each kind of message of the chatty libraries pass once in a while.

    Args:
        every_s: seconds between two of a kind; a kind is a logger and a message before its arguments are filled in.
        clock: monotonic seconds.
    """

    every_s: float = 30.0
    clock: Callable[[], float] = monotonic
    _last: dict[tuple[str, str], float] = field(init=False, default_factory=dict)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.name.partition(".")[0] not in CHATTY:
            return True
        kind, now = (record.name, str(record.msg)[:80]), self.clock()
        if now - self._last.get(kind, -self.every_s) < self.every_s:
            return False
        self._last[kind] = now
        return True


def hush() -> None:
    """Warnings and worse only, and each only now and then; for all handlers that are set up already."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(Rarely())
