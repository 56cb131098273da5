"""Tie this process's life to its parent's, then become the command: ``python -I -S tether.py SIGNAL PARENT command …``.

PARENT is the process id that our parent must have, or ``session`` where the parent leads our session, as the supervisor
does: so a parent that is gone before we asked the kernel is noticed too.

Run by path with a bare interpreter, so it costs some 15 ms and imports the standard library only. The process id stays
the same. Where the kernel cannot do this (only Linux can), the command runs untied.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``."""


def main(arguments: list[str]) -> None:
    """Ask for the signal and exec."""
    signal_name, parent, *command = arguments
    if sys.platform == "linux":
        expected = os.getsid(0) if parent == "session" else int(parent)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals[signal_name], 0, 0, 0)
        if os.getppid() != expected:
            sys.exit("the parent ended before its child began")
    os.execvp(command[0], command)  # noqa: S606  # the command comes from our own supervisor


if __name__ == "__main__":
    main(sys.argv[1:])
