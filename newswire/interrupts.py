"""SIGTERM, which ``timeout``, service managers and CI send, ends a command in the same order as Ctrl-C."""

from __future__ import annotations

import signal


def end_like_ctrl_c() -> None:
    """From now on the first SIGTERM raises ``KeyboardInterrupt``; later ones leave the cleaning up alone."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: object) -> None:
    # ``timeout`` signals the process and then its group. No SIG_IGN: programs started from here would inherit it.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    raise KeyboardInterrupt
