"""The supervisor of this data folder: start it, talk to it, stop it. The kept library ``supervisor`` does the work.

It is spoken to over a Unix socket that only this user can open.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from contracts.errors import EnvironmentProblem, UsageError
from newswire.context import Layout
from newswire.programs import Program, render_config

MAX_SOCKET_BYTES = 90
"""Linux allows 107 bytes; the supervisor appends its pid while it creates the socket."""

POLL_S = 0.1


@dataclass(frozen=True)
class ProcessState:
    """One process as the supervisor sees it.

    Attributes:
        state: ``RUNNING``, ``STARTING``, ``STOPPED``, ``BACKOFF``, ``FATAL``, ….
        uptime_s: seconds since it started; 0 if it does not run.
    """

    name: str
    group: str
    state: str
    pid: int
    uptime_s: int
    detail: str


@dataclass
class Supervisor:
    """The supervisor of one data folder, running or not."""

    layout: Layout

    @property
    def socket_file(self) -> Path:
        """Names the socket, which may lie elsewhere because its path must be short."""
        return self.layout.supervisor / "socket"

    def socket_path(self) -> Path | None:
        """Where the socket is, None if no supervisor was started here."""
        try:
            return Path(self.socket_file.read_text(encoding="utf-8").strip())
        except OSError:
            return None

    def is_running(self) -> bool:
        """True if it answers."""
        path = self.socket_path()
        if path is None or not path.exists():
            return False
        try:
            return bool(self._rpc().getState()["statename"])
        except (OSError, xmlrpc.client.Error, ValueError):
            return False

    def start(self, programs: Iterable[Program], *, directory: Path, detached: bool, timeout_s: float = 15) -> int:
        """Start it and every program that starts with it; gives its process id.

        Args:
            programs: what it is to run.
            directory: working folder of the programs.
            detached: it lives on when this process ends; otherwise it dies with it, however that ends.
            timeout_s: seconds until it has to answer.

        Raises:
            UsageError: one runs here already.
            EnvironmentProblem: it does not come up.
        """
        if self.is_running():
            raise already_running(self.layout)
        self.layout.supervisor.mkdir(parents=True, exist_ok=True)
        self.layout.logs.mkdir(parents=True, exist_ok=True)
        path = self._new_socket_path()
        self.socket_file.write_text(f"{path}\n", encoding="utf-8")
        config = self.layout.supervisor / "supervisord.conf"
        config.write_text(
            render_config(
                programs, socket=path, folder=self.layout.supervisor, logs=self.layout.logs, directory=directory
            ),
            encoding="utf-8",
        )
        command: tuple[str, ...] = (sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config))
        if not detached:
            # SIGTERM, so that it still stops its programs in order.
            command = tied(command, signal_name="SIGTERM", parent=str(os.getpid()))
        with (self.layout.logs / "supervisord.out").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and configuration
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=os.environ | {"NEWSWIRE_DATA_DIR": str(self.layout.root)},
                # Ctrl-C reaches the whole terminal group; the supervisor is stopped in order by us instead.
                start_new_session=True,
            )
        try:
            self._await_start(process, timeout_s)
        except BaseException:
            # Interrupted or failed: nobody would find it by a socket that is not there yet.
            process.terminate()
            process.wait()
            self.forget()
            raise
        return process.pid

    def _await_start(self, process: subprocess.Popen[bytes], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self.is_running():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (self.layout.logs / "supervisord.out").read_text(encoding="utf-8", errors="replace").strip()
                raise EnvironmentProblem(
                    f"The supervisor did not start: {said.splitlines()[-1] if said else 'it did not answer'}.",
                    hint=f"Its log is {self.layout.logs / 'supervisord.log'}.",
                )
            time.sleep(POLL_S)

    def states(self) -> list[ProcessState]:
        """Every process; empty if no supervisor runs."""
        try:
            found = cast(list[dict[str, Any]], self._rpc().getAllProcessInfo())
        except (OSError, xmlrpc.client.Error, ValueError):
            return []
        return [
            ProcessState(
                name=item["name"],
                group=item["group"],
                state=item["statename"],
                pid=item["pid"],
                uptime_s=max(0, item["now"] - item["start"]) if item["pid"] else 0,
                detail=item["spawnerr"] or item["description"],
            )
            for item in found
        ]

    def start_group(self, name: str) -> None:
        """Start a program's processes without waiting for them; what runs already is left alone."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._rpc().startProcessGroup(name, False)

    def stop(self, *, first: Sequence[str] = (), timeout_s: float = 60) -> bool:
        """Stop all programs and the supervisor itself; False if none ran.

        Args:
            first: programs that are told together and waited for before the rest: the stages, while the servers that
                they finish their work with still run.
            timeout_s: seconds that all of it may take.
        """
        deadline = time.monotonic() + timeout_s
        try:
            rpc = self._rpc()
            pid = int(rpc.getPID())
            self._stop_together([state.group for state in self.states() if state.group in first], deadline)
            self._stop_together([state.group for state in self.states() if state.group not in first], deadline)
            rpc.shutdown()
        except (OSError, xmlrpc.client.Error, ValueError):
            return False
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        self.forget()
        return True

    def _stop_together(self, groups: Iterable[str], deadline: float) -> None:
        wanted = set(groups)
        for group in wanted:
            with contextlib.suppress(xmlrpc.client.Fault):
                self._rpc().stopProcessGroup(group, False)
        while time.monotonic() < deadline:
            if not any(state.pid and state.group in wanted for state in self.states()):
                return
            time.sleep(POLL_S)

    def forget(self) -> None:
        """Remove the socket's traces once the supervisor is gone."""
        path = self.socket_path()
        self.socket_file.unlink(missing_ok=True)
        if path is not None:
            path.unlink(missing_ok=True)
            if path.parent != self.layout.supervisor:
                with contextlib.suppress(OSError):
                    path.parent.rmdir()

    def _new_socket_path(self) -> Path:
        inside = self.layout.supervisor / "rpc.sock"
        if len(os.fsencode(inside)) <= MAX_SOCKET_BYTES:
            return inside
        return Path(tempfile.mkdtemp(prefix="newswire-")) / "rpc.sock"

    def _rpc(self) -> Any:
        from supervisor.xmlrpc import SupervisorTransport

        path = self.socket_path()
        if path is None:
            raise FileNotFoundError(self.socket_file)
        transport = SupervisorTransport(None, None, serverurl=f"unix://{path}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


def tied(command: Sequence[str], *, signal_name: str = "SIGKILL", parent: str = "session") -> tuple[str, ...]:
    """The same command, sent ``signal_name`` by the kernel when its parent ends, however that ends.

    Args:
        command: argument vector.
        parent: the parent's process id; ``session`` for what the supervisor runs, which leads their session.
    """
    return (sys.executable, "-I", "-S", str(Path(__file__).with_name("tether.py")), signal_name, parent, *command)


def already_running(layout: Layout) -> UsageError:
    """The error of a second ``up`` over one data folder."""
    return UsageError(
        f"newswire already runs in {layout.root}.",
        hint="`newswire status` shows it, `newswire down` stops it; NEWSWIRE_DATA_DIR names another folder.",
    )


def _alive(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
