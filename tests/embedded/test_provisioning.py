"""Provisioning builds a whole folder or none, from locked bytes only."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer

from contracts.errors import EnvironmentProblem
from embedded.errors import CacheCold, CacheUnusable, ChecksumMismatch, NoDiskSpace, PluginBuildFailed
from embedded.fetch import MavenFetcher, fetch_all
from embedded.installation import Installation
from embedded.lock import LockedArtifact, read_lock
from embedded.provisioning import provision
from tests.embedded.fakes import FakeFetcher, fake_java, fake_lock


def provisioned(folder: Path, fetcher: FakeFetcher) -> Installation:
    java = folder / "java"
    runtime = fake_java(java) if not java.exists() else None
    from embedded.java import inspect

    return provision(folder / "cache", runtime or inspect(java, "test"), fetcher=fetcher, lock=fake_lock())


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in (folder / "cache").iterdir() if path.suffix == ".part"]


def test_a_second_call_fetches_nothing(tmp_path: Path) -> None:
    fetcher = FakeFetcher()
    first = provisioned(tmp_path, fetcher)
    count = len(fetcher.fetched)
    assert provisioned(tmp_path, fetcher).root == first.root
    assert len(fetcher.fetched) == count == len(fake_lock().artifacts)


def test_the_folder_holds_the_class_path_the_distribution_and_the_plugin_but_not_the_compiler(tmp_path: Path) -> None:
    root = provisioned(tmp_path, FakeFetcher()).root
    assert [jar.name for jar in sorted((root / "kafka").iterdir())] == ["kafka-clients-1.0.jar", "kafka_2.13-1.0.jar"]
    assert (root / "elasticsearch" / "lib" / "elasticsearch.jar").is_file()
    plugin = root / "elasticsearch" / "plugins" / "newswire-analysis"
    assert sorted(path.name for path in plugin.iterdir()) == [
        "named_components.json",
        "newswire-analysis.jar",
        "stable-plugin-descriptor.properties",
    ]
    assert not (root / "build").exists()


def test_servers_that_cannot_be_recorded_are_provisioned_all_the_same(tmp_path: Path) -> None:
    installation = provisioned(tmp_path, FakeFetcher())
    assert installation.archives_tried.exists()
    assert installation.sharing("kafka") == ["-Xshare:auto"]


def test_changed_bytes_are_refused_and_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(ChecksumMismatch) as caught:
        provisioned(tmp_path, FakeFetcher(replace={"kafka-clients": b"evil"}))
    assert caught.value.actual == hashlib.sha256(b"evil").hexdigest()
    assert "kafka-clients" in str(caught.value)
    assert leftovers(tmp_path) == []
    provisioned(tmp_path, FakeFetcher())


def test_a_cold_cache_without_network_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CacheCold, match=r"copy that cache folder") as caught:
        provisioned(tmp_path, FakeFetcher(replace={"ecj": ConnectionError("no route")}))
    assert isinstance(caught.value, EnvironmentProblem)
    assert caught.value.coordinate == "org.eclipse.jdt:ecj:1.0:jar"
    assert leftovers(tmp_path) == []


def test_a_full_disk_is_found_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1 << 20))
    fetcher = FakeFetcher()
    with pytest.raises(NoDiskSpace, match="1 MB are free"):
        provisioned(tmp_path, fetcher)
    assert fetcher.fetched == []


def test_a_refused_plugin_shows_the_compilers_words(tmp_path: Path) -> None:
    java = fake_java(tmp_path / "java")
    java.executable.write_text("#!/bin/sh\necho 'ERROR in NewswireAnalysis.java' >&2\nexit 1\n")
    with pytest.raises(PluginBuildFailed, match=r"ERROR in NewswireAnalysis\.java"):
        provision(tmp_path / "cache", java, fetcher=FakeFetcher(), lock=fake_lock())
    assert leftovers(tmp_path) == []


def test_two_at_once_build_once(tmp_path: Path) -> None:
    fetcher = FakeFetcher()
    java = fake_java(tmp_path / "java")
    roots: list[Path] = []

    def work() -> None:
        roots.append(provision(tmp_path / "cache", java, fetcher=fetcher, lock=fake_lock()).root)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(roots) == 3
    assert len(fetcher.fetched) == len(fake_lock().artifacts)


def test_everyone_may_read_what_is_provisioned_and_nobody_else_may_write(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        root = provisioned(tmp_path, FakeFetcher()).root
    finally:
        os.umask(old)
    for path in (root, *(p for p in root.rglob("*") if root / "archives" not in (p, *p.parents))):
        assert path.stat().st_mode & 0o777 in (0o755, 0o644), path


def test_a_java_of_a_virtual_environment_is_copied_once_for_all_of_them(tmp_path: Path) -> None:
    homes = set()
    for name in ("first", "second"):
        java = replace(fake_java(tmp_path / name), lasting=False)
        homes.add(provision(tmp_path / "cache", java, fetcher=FakeFetcher(), lock=fake_lock()).java.home)
    (home,) = homes
    assert home.parent == tmp_path / "cache"
    assert os.access(home / "bin" / "java", os.X_OK)


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(CacheUnusable, match="NEWSWIRE_EMBEDDED__CACHE_DIR"):
        provision(tmp_path / "a file" / "x", fake_java(tmp_path / "java"), fetcher=FakeFetcher(), lock=fake_lock())


CONTENT = b"an artifact"
ARTIFACT = LockedArtifact("kafka", "org.x", "y", "2.0", "jar", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_jgo_fetches_from_a_mirror_and_reports_bytes(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/maven/org/x/y/2.0/y-2.0.jar").respond_with_data(CONTENT)
    monkeypatch.setenv("NEWSWIRE_MAVEN_REPOSITORY", httpserver.url_for("/maven/"))
    received: list[int] = []
    files = fetch_all([ARTIFACT], tmp_path, tmp_path, MavenFetcher(), received.append)
    assert files[ARTIFACT].read_bytes() == CONTENT
    assert sum(received) == len(CONTENT)


def test_a_repository_that_is_down_or_lacks_a_file_is_a_cold_cache(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWIRE_MAVEN_REPOSITORY", httpserver.url_for("/empty"))
    with pytest.raises(CacheCold, match="does not have it"):
        fetch_all([ARTIFACT], tmp_path / "a", tmp_path, MavenFetcher())
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("NEWSWIRE_MAVEN_REPOSITORY", f"http://user:secret@127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(CacheCold, match="does not answer") as caught:
            fetch_all([ARTIFACT], tmp_path / "b", tmp_path, MavenFetcher())
    assert "secret" not in str(caught.value)


def test_the_shipped_lock_pins_whole_matching_servers() -> None:
    versions = {artifact.name: artifact.version for artifact in read_lock().artifacts}
    assert versions["kafka_2.13"] == versions["kafka-clients"] == versions["kafka-server"] == "4.4.0"
    assert versions["elasticsearch"] == "8.17.4"
    assert all(len(artifact.sha256) == 64 and artifact.size > 0 for artifact in read_lock().artifacts)


def test_a_changed_plugin_is_provisioned_anew(tmp_path: Path) -> None:
    (tmp_path / "A.java").write_text("class A {}")
    before = read_lock(sources=tmp_path).digest
    (tmp_path / "A.java").write_text("class A { int b; }")
    assert read_lock(sources=tmp_path).digest != before
