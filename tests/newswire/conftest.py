"""A whole house: servers and stages under ``newswire up``, in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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

    def pid_of(self, program: str) -> int:
        """Pid of a program that runs under the supervisor; 0 if it does not."""
        states = self.json("status")["processes"]
        return next((state["pid"] for state in states if state["name"].startswith(program)), 0)

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


@pytest.fixture
def empty_house() -> Iterator[House]:
    """A folder in which nothing runs yet."""
    house = new_house()
    yield house
    house.run("down", "--purge")
    shutil.rmtree(house.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def house(installation: object) -> Iterator[House]:
    """A running house, shared by the tests of a module."""
    house = new_house()
    house.run("up", "--detach", "--no-collect", "--workers", "1")
    yield house
    house.run("down", "--purge")
    assert not (house.folder / "data").exists()
    assert house.processes() == {}
    shutil.rmtree(house.folder, ignore_errors=True)
