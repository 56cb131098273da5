"""A whole house: servers and stages under ``newswire up``, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newswire.books import Books
from newswire.context import Layout, open_context
from newswire.state import Observer, State
from newswire.supervision import Supervisor

COMMAND = (sys.executable, "-m", "newswire")


@dataclass
class House:
    """A data folder and the command over it; nothing of the developer's own settings reaches it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("NEWSWIRE_") or name in ("NEWSWIRE_EMBEDDED__CACHE_DIR", "NEWSWIRE_CACHE_DIR")
        }
        return kept | {
            "NEWSWIRE_DATA_DIR": str(self.folder / "data"),
            "NEWSWIRE_PROCESSOR__VARIANT": "fast",
            "NEWSWIRE_KAFKA__PARTITIONS": "4",
            "NEWSWIRE_KAFKA__SESSION_TIMEOUT_S": "6",
        }

    def run(self, *arguments: str, expect: int = 0, stdin: bytes = b"") -> str:
        """Standard output of a command that must end with ``expect``."""
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder, env=self.environment, input=stdin, capture_output=True, timeout=240
        )
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stderr.decode()}\n{self.logs()}"
        return done.stdout.decode()

    def json(self, *arguments: str, expect: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", expect=expect))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "up.err").open("wb"),
        )

    def processes(self) -> dict[int, str]:
        """Every living process that belongs to the folder, whoever its parent is now."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                surroundings = (entry / "environ").read_bytes()
            except OSError:
                continue
            if words and str(self.folder).encode() in words + surroundings:
                found[int(entry.name)] = words.decode(errors="replace")[:120]
        return found

    def look(self) -> State:
        """The state, read in this process: a command costs a second of imports, and waiting looks often."""
        context = open_context(folder=self.folder, overrides={"data_dir": str(self.folder / "data")}, log_level="error")
        observer = Observer(context.settings, Supervisor(context.layout))
        try:
            return observer.look()
        finally:
            observer.close()

    def books(self) -> Books:
        """The books; empty ones while Kafka does not answer."""
        return self.look().books or Books(lag={"processor": -1})

    def pid_of(self, program: str) -> int:
        """Pid of a program that runs under the supervisor; 0 if it does not."""
        states = Supervisor(Layout(self.folder / "data")).states()
        return next((state.pid for state in states if state.group == program and state.state == "RUNNING"), 0)

    def logs(self) -> str:
        """The end of every log, for a failure's message."""
        parts = []
        for path in [self.folder / "up.err", *sorted((self.folder / "data" / "logs").glob("*.log"))]:
            if path.is_file() and path.stat().st_size:
                parts.append(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}")
        return "\n".join(parts)


def until(condition: Callable[[], object], *, within_s: float = 120, every_s: float = 0.2) -> None:
    """Poll with a deadline."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(every_s)


def new_house() -> House:
    folder = Path(tempfile.mkdtemp(prefix="newswire-house-"))
    # Elasticsearch's own user id has to traverse to its data.
    folder.chmod(0o755)
    return House(folder)
