"""Become a server: drop privileges, tie our life to our parent's, then exec the command after `--`.

Run by path with a bare interpreter (`python -I -S child.py … -- java …`), so it imports the standard library
only and works under any parent: Python, supervisord or a shell. The process id stays the same through exec.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
MAX_OUTPUT_BYTES = 4 << 20  # A larger console log is set aside at the next start; servers log into their own files.
KEPT_VARIABLES = ("PATH", "HOME", "TZ", "TMPDIR", "LD_LIBRARY_PATH")  # No secret of the parent's gets into a server.
GUARD_INTERVAL_S = 0.5
GRACE_S = 20.0


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split our own options from the server's command."""
    split = arguments.index("--")
    parser = argparse.ArgumentParser(prog="embedded.child")
    parser.add_argument("--uid", type=int, help="user and group id to run under")
    parser.add_argument("--parent", type=int, help="process id that must be our parent")
    parser.add_argument("--lock", required=True, help="file locked for as long as the server lives")
    parser.add_argument("--output", required=True, help="file that takes standard output and error")
    parser.add_argument("--cwd", required=True)
    parser.add_argument("--stdin", help="file whose bytes the server reads first; its input then stays open")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--guard", action="store_true", help="stay between parent and server, and watch the parent")
    return parser.parse_args(arguments[:split]), arguments[split + 1 :]


def redirect(options: argparse.Namespace) -> None:
    """Lock, open input and output; all while still privileged."""
    lock = os.open(options.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{options.lock} is locked: a server already runs on this data folder")
    os.set_inheritable(lock, True)
    console = Path(options.output)
    if console.exists() and console.stat().st_size > MAX_OUTPUT_BYTES:
        console.replace(f"{console}.1")
    output = os.open(options.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if options.stdin:
        message = Path(options.stdin).read_bytes()
        reader, writer = os.pipe()
        os.write(writer, message)  # A pipe holds 64 KiB, the message has one or two.
        os.set_inheritable(writer, True)  # End of input would tell Elasticsearch that its launcher died.
        os.dup2(reader, 0)
    else:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(options.cwd)


def drop(uid: int | None) -> None:
    """Become the unprivileged user for good, if one is named."""
    if uid is None:
        return
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    os.environ["HOME"] = str(Path.cwd())


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill us when our parent ends. Must follow setuid, which clears the request."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit("the parent ended before the server started")


def environment(options: argparse.Namespace) -> dict[str, str]:
    """The server's variables: a few of ours, and those that were asked for."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT_VARIABLES}
    kept["LANG"] = "C.UTF-8"  # Java derives the encoding of file names from it.
    return kept | dict(item.split("=", 1) for item in options.env)


def guard(options: argparse.Namespace, parent: int, command: list[str]) -> int:
    """Run the server as our child and end it when our parent goes: for systems without PDEATHSIG, and threads."""
    here = os.getpid()
    pid = os.fork()
    if pid == 0:
        become(options, here, command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, frame: os.kill(pid, received))
    deadline: float | None = None
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if os.getppid() != parent and deadline is None:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_S
        if deadline is not None and time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(GUARD_INTERVAL_S)


def become(options: argparse.Namespace, parent: int, command: list[str]) -> None:
    """Turn this process into the server."""
    drop(options.uid)
    die_with_parent(parent)
    os.execve(command[0], command, environment(options))  # noqa: S606 - to be the server is what we are for


def main(arguments: list[str]) -> int:
    """Run as the module says; returns only when standing guard."""
    options, command = parse(arguments)
    parent = options.parent or os.getppid()
    redirect(options)
    if options.guard or sys.platform != "linux":
        return guard(options, parent, command)
    become(options, parent, command)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
