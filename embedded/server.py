"""The life of one server process, whatever it serves."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.errors import AlreadyRunning, ServerNotReady
from embedded.installation import Installation

READY_WITHIN_S = 120.0  # A cold disk and busy cores; an idle 2-core machine takes some ten seconds.
STOP_WITHIN_S = 30.0  # Kafka hands over and flushes; then it is killed.
POLL_S = 0.1
TAIL_LINES = 15
CHILD = Path(__file__).with_name("child.py")


@dataclass
class EmbeddedServer(ABC):
    """A server as a child process: prepare, start, wait until ready, stop.

    `command()` is whole in itself: it may as well be run by supervisord or a shell after `prepare()`. The server is
    killed when the process that started it ends, even by kill -9.

    Attributes:
        installation: what `provision()` returned.
        data_dir: folder of everything this machine stores; the server takes a sub-folder of it.
        port: the loopback port; 0 chooses a free one in `prepare()` and remembers it with the data.
        sharing: Java options about shared class archives in place of the provisioned ones; for making those.
    """

    installation: Installation
    data_dir: Path = Path(".newswire")
    port: int = 0
    sharing: list[str] | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _prepared: bool = field(default=False, init=False, repr=False)

    service = "Server"

    def __post_init__(self) -> None:
        self.data_dir = Path(self.data_dir).resolve()

    @property
    @abstractmethod
    def root(self) -> Path:
        """The server's own folder."""

    @property
    @abstractmethod
    def log_dir(self) -> Path:
        """Folder of its log files."""

    @property
    @abstractmethod
    def address(self) -> str:
        """How clients reach it."""

    @property
    def output(self) -> Path:
        """File of what the process writes to its console."""
        return self.log_dir / "console.log"

    @property
    def _lock(self) -> Path:
        return self.root.with_name(f"{self.root.name}.lock")

    @property
    def _working_folder(self) -> Path:
        return self.root

    @abstractmethod
    def _configure(self) -> None:
        """Write the configuration and choose ports."""

    @abstractmethod
    def _java_command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server serves requests by its own protocol."""

    def _child_options(self) -> list[str]:
        return []

    def prepare(self) -> None:
        """Make folders, choose ports, write the configuration, format storage. Idempotent.

        Raises:
            AlreadyRunning: a server runs on the data folder.
            NoDiskSpace, PortTaken.
        """
        if self._prepared:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self.is_running():
            raise AlreadyRunning(self.service, self.data_dir)
        self._configure()
        self._prepared = True

    def command(self) -> list[str]:
        """The whole command of a prepared server, to be run by any parent in any environment."""
        return self._command([])

    def _command(self, further: list[str]) -> list[str]:
        # Isolated and without site: it starts in 20 ms, from any folder.
        python = [sys.executable, "-I", "-S", str(CHILD)]
        options = ["--lock", str(self._lock), "--output", str(self.output), "--cwd", str(self._working_folder)]
        return [*python, *options, *self._child_options(), *further, "--", *self._java_command()]

    def is_running(self) -> bool:
        """Whether any process holds this data folder's server lock."""
        try:
            handle = os.open(self._lock, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def start(self) -> None:
        """Prepare and start; returns at once. See `wait_ready`.

        From another than the main thread a small guardian process stands between, for the kernel ties a child's life
        to the thread that made it.
        """
        self.prepare()
        further = ["--parent", str(os.getpid())]
        if threading.current_thread() is not threading.main_thread():
            further.append("--guard")
        # Its own process group: Ctrl-C reaches us alone, and we stop it in order.
        self._process = subprocess.Popen(self._command(further), start_new_session=True)  # noqa: S603 - our own

    def wait_ready(self, within: float = READY_WITHIN_S) -> None:
        """Wait until the server answers requests.

        Args:
            within: seconds.

        Raises:
            ServerNotReady: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + within
        while not self._answers():
            if self._process is not None and (code := self._process.poll()) is not None:
                raise ServerNotReady(self.service, f"ended with code {code}", self.log_dir, self.tail())
            if time.monotonic() > deadline:
                reason = f"did not answer at {self.address} within {within:.0f} s"
                raise ServerNotReady(self.service, reason, self.log_dir, self.tail())
            time.sleep(POLL_S)

    def stop(self, within: float = STOP_WITHIN_S) -> None:
        """Ask the server to end, and kill it when it has not after `within` seconds. Does nothing when not started."""
        self.ask_to_stop()
        process, self._process = self._process, None
        self._prepared = False
        if process is None:
            return
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def ask_to_stop(self) -> None:
        """Send the signal to end and return at once; `stop` then waits."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    @property
    def pid(self) -> int | None:
        """Process id of the server that we started, else None."""
        return self._process.pid if self._process else None

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The end of the console log."""
        try:
            text = self.output.read_bytes()[-20_000:].decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
