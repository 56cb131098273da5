"""A demo that is killed by ``timeout`` or CI leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EXIT_INTERRUPTED
from newswire import __main__ as command
from newswire.demo import run


@pytest.fixture(autouse=True)
def own_sigterm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Callable[[], object]], list[str]]:
    """Make the demo's house end in the given way while it starts; gives what was asked of it."""

    def install(end: Callable[[], object]) -> list[str]:
        asked: list[str] = []

        class House:
            def __init__(self, *_arguments: object, directory: Path, **_named: object) -> None:
                self.root = directory

            def start(self, **_named: object) -> Any:
                (self.root / "logs").mkdir()
                (self.root / "logs" / "indexer.log").write_text("started")
                end()

            def stop(self) -> None:
                os.kill(os.getpid(), signal.SIGTERM)  # what ``timeout`` sends to the group, after the process itself
                asked.append("stop")

        monkeypatch.setattr(run, "House", House)
        monkeypatch.chdir(tmp_path)
        return asked

    return install


def test_sigterm_stops_the_demo_and_removes_its_data_once(
    ending: Callable[[Callable[[], object]], list[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ending(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert command.run(["demo", "--data-dir", "here"]) == EXIT_INTERRUPTED
    assert asked == ["stop"]
    assert not (tmp_path / "here").exists()
    assert "Interrupted: stopped, and its data removed." in " ".join(capfd.readouterr().err.split())


def test_a_demo_that_fails_keeps_the_logs_that_say_why(
    ending: Callable[[Callable[[], object]], list[str]], tmp_path: Path
) -> None:
    def fail() -> None:
        signal.signal(signal.SIGTERM, lambda *_: None)
        raise RuntimeError

    asked = ending(fail)
    with pytest.raises(RuntimeError):
        command.run(["demo", "--data-dir", "here"])
    assert asked == ["stop"]
    assert (tmp_path / "here" / "logs" / "indexer.log").exists()
