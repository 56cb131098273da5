"""The supervisor starts what it is given, restarts what dies, and takes everything with it when it goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.errors import UsageError
from newswire.context import Layout
from newswire.programs import Program
from newswire.supervision import Supervisor, tied

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")


def until(condition: Callable[[], object], *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(Layout(tmp_path / "data"))
    yield supervisor
    supervisor.stop()


def running(supervisor: Supervisor, name: str) -> int:
    """Pid of a running program, 0 if it does not run."""
    return next((state.pid for state in supervisor.states() if state.name == name and state.state == "RUNNING"), 0)


def test_programs_run_are_started_again_after_kill_9_and_stop_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    programs = [Program("first", SLEEPER, autostart=True, start_s=0), Program("second", SLEEPER, start_s=0)]
    supervisor.start(programs, directory=tmp_path, detached=False)
    until(lambda: running(supervisor, "first"))
    assert not running(supervisor, "second")
    supervisor.start_group("second")
    until(lambda: running(supervisor, "second"))
    first = running(supervisor, "first")
    os.kill(first, signal.SIGKILL)
    until(lambda: running(supervisor, "first") not in (0, first))
    pids = [state.pid for state in supervisor.states()]
    assert supervisor.stop()
    assert not any(alive(pid) for pid in pids)
    assert not supervisor.is_running()
    assert not supervisor.socket_file.exists()


def test_a_second_one_in_the_same_folder_is_refused_with_a_sentence(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([], directory=tmp_path, detached=False)
    with pytest.raises(UsageError, match="already runs in"):
        supervisor.start([], directory=tmp_path, detached=False)


def test_a_deep_folder_still_gets_a_socket_and_leaves_nothing_behind(tmp_path: Path) -> None:
    supervisor = Supervisor(Layout(tmp_path / ("deep-" * 20) / ("er-" * 20)))
    supervisor.start([], directory=tmp_path, detached=False)
    socket = supervisor.socket_path()
    assert socket is not None
    assert len(os.fsencode(socket)) < 100
    assert socket.parent.stat().st_mode & 0o077 == 0
    supervisor.stop()
    assert not socket.parent.exists()


def test_what_is_left_of_a_killed_one_does_not_hinder_the_next(supervisor: Supervisor, tmp_path: Path) -> None:
    pid = supervisor.start(
        [Program("first", tied(SLEEPER), autostart=True, start_s=0)], directory=tmp_path, detached=False
    )
    until(lambda: running(supervisor, "first"))
    program = running(supervisor, "first")
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(program))
    os.waitpid(pid, 0)
    supervisor.start([], directory=tmp_path, detached=False)
    assert supervisor.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_kill_9_of_the_process_that_started_it_takes_everything_along(tmp_path: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
from newswire.context import Layout
from newswire.programs import Program
from newswire.supervision import Supervisor, tied
supervisor = Supervisor(Layout(Path({str(tmp_path / "data")!r})))
program = Program("first", tied({SLEEPER!r}), autostart=True, start_s=0)
pid = supervisor.start([program], directory=Path({str(tmp_path)!r}), detached=False)
while not (states := supervisor.states()) or not states[0].pid:
    time.sleep(0.05)
print(pid, states[0].pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.wait()
    until(lambda: not any(alive(pid) for pid in pids))
