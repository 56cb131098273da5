"""The real servers: they keep their data over a restart and never outlive the program that started them."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import site
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from embedded import EmbeddedElasticsearch, EmbeddedKafka, Installation, purge, running
from embedded.paths import cache_root, reachable, relocated
from embedded.server import EmbeddedServer
from tests.conftest import server_folder

PARENTS = Path(__file__).with_name("parents.py")
LINUX = sys.platform == "linux"
TOPIC = "kept"
MEMORY_BAR_BYTES = 1.3 * (1 << 30)
pytestmark = pytest.mark.usefixtures("installation")


def until(condition: Callable[[], bool], within: float) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def put(url: str, document: dict[str, str]) -> None:
    request = urllib.request.Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    request.method = "PUT"
    with urllib.request.urlopen(request, timeout=60):
        pass


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=60) as response:
        answer: dict[str, object] = json.load(response)
    return answer


def test_a_restart_finds_its_data_at_the_same_addresses(installation: Installation, tmp_path: Path) -> None:
    # tmp_path is closed to others, so for root this also runs Elasticsearch from a relocated folder.
    data = tmp_path / "Übersicht mit Leerzeichen"
    with running(installation, data) as (kafka, elasticsearch):
        first = (kafka.bootstrap_servers, elasticsearch.url)
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
        admin.create_topics([NewTopic(TOPIC, 1, 1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all")
        producer.send(TOPIC, "Häuser".encode()).get(30)
        producer.close()
        put(f"{elasticsearch.url}/kept/_doc/1", {"text": "Häuser"})
    with running(installation, data) as (kafka, elasticsearch):
        assert (kafka.bootstrap_servers, elasticsearch.url) == first
        assert get(f"{elasticsearch.url}/kept/_doc/1")["_source"] == {"text": "Häuser"}
        consumer = KafkaConsumer(
            TOPIC,
            bootstrap_servers=kafka.bootstrap_servers,
            auto_offset_reset="earliest",
            consumer_timeout_ms=30_000,
            group_id=None,
        )
        assert next(consumer).value.decode() == "Häuser"
        consumer.close()
        if LINUX:
            assert Path(f"/proc/{kafka.pid}").stat().st_uid == os.geteuid()
            assert Path(f"/proc/{elasticsearch.pid}").stat().st_uid != 0
            for server, name in ((kafka, "kafka.jsa"), (elasticsearch, "elasticsearch.jsa")):
                assert name in Path(f"/proc/{server.pid}/maps").read_text()
            assert resident(kafka) + resident(elasticsearch) < MEMORY_BAR_BYTES
    assert (data / "logs" / "kafka" / "kafka.log").stat().st_size > 0
    assert (data / "logs" / "elasticsearch" / "elasticsearch.log").stat().st_size > 0
    purge(data)
    assert not data.exists()
    assert not relocated(data).exists()


@pytest.mark.parametrize("how", ["bare", "thread"])
def test_servers_are_gone_soon_after_their_parent_was_killed(how: str, folder: Path) -> None:
    parent, pids = start(how, folder)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert until(lambda: not any(map(alive, pids)), within=10)
    assert until(lambda: not running_on(folder), within=10)


def test_servers_killed_with_their_parent_start_again_and_stop_in_order_on_ctrl_c(folder: Path) -> None:
    parent, pids = start("context", folder)
    parent.kill()
    parent.wait()
    assert until(lambda: not running_on(folder), within=10)
    parent, pids = start("context", folder)
    parent.send_signal(signal.SIGINT)
    parent.wait(60)
    assert not any(map(alive, pids))
    assert "shut down completed" in (folder / "logs" / "kafka" / "kafka.log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_can_run_both(installation: Installation, folder: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    # This very interpreter may lie in root's home; another of the same version does as well.
    version = f"python3.{sys.version_info.minor}"
    pythons = [sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"]
    python = next((path for path in pythons if Path(path).exists() and open_to(nobody, path)), None)
    if python is None or not open_to(nobody, __file__) or not open_to(nobody, installation.root / "kafka"):
        pytest.skip("Python, this checkout or the cache lies in a folder that is closed to other users")
    os.chown(folder, nobody, nobody)
    parent, pids = start("context", folder, nobody, python)
    assert all(Path(f"/proc/{pid}").stat().st_uid == nobody for pid in pids)
    parent.send_signal(signal.SIGINT)
    parent.wait(60)
    assert not any(map(alive, pids))


def start(
    how: str, folder: Path, user: int | None = None, python: str = sys.executable
) -> tuple[subprocess.Popen[str], list[int]]:
    command = [python, str(PARENTS), how, str(folder)]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "NEWSWIRE_CACHE_DIR": str(cache_root()),
        "PYTHONPATH": os.pathsep.join(site.getsitepackages()),
    }
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, user=user, env=environ, cwd="/")
    assert parent.stdout is not None
    line = parent.stdout.readline()
    assert line, f"{how} ended with code {parent.wait()}"
    pids = json.loads(line)
    return parent, [pid for name, pid in pids.items() if name != "uid"]


def open_to(uid: int, path: str | Path) -> bool:
    return reachable(Path(path).resolve().parent, uid)


def resident(server: EmbeddedServer) -> int:
    """Bytes of memory that the server has held at most."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and awaits its new parent's notice does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if LINUX:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False
    return True


def running_on(folder: Path) -> bool:
    nothing = Installation(folder, None)  # type: ignore[arg-type]  # neither is started
    return EmbeddedKafka(nothing, folder).is_running() or EmbeddedElasticsearch(nothing, folder).is_running()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = server_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)
