"""Turn the lock file into a ready folder: Kafka's class path, Elasticsearch, and the compiled analysis plugin.

The folder is built aside and renamed, so a half-built one is never used; a file lock lets one process build while
others wait. Its name is the lock's digest, so a new version lies beside the old one.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import CacheUnusable, NoDiskSpace, PluginBuildFailed
from embedded.fetch import Fetcher, MavenFetcher, fetch_all
from embedded.installation import Installation
from embedded.java import Java, find_java
from embedded.lock import PLUGIN_SOURCES, Lock, read_lock
from embedded.paths import cache_root, public_folder, reachable, require_space, server_uid
from embedded.progress import Progress, SilentProgress
from embedded.training import train

PLUGIN_NAME = "newswire-analysis"
ROOM_FACTOR = 4  # Downloads, their unpacked form and the shared archives, measured at some three times the downloads.
SPARE_BYTES = 100 << 20
TOKEN_FILTER = "org.elasticsearch.plugin.analysis.TokenFilterFactory"  # noqa: S105 - a class name


def provision(
    cache: Path | None = None,
    java: Java | None = None,
    progress: Progress | None = None,
    fetcher: Fetcher | None = None,
    lock: Lock | None = None,
) -> Installation:
    """Make sure that the servers are in the cache, and say where. Cheap when they are.

    Args:
        cache: cache folder; see `embedded.paths.cache_root` for the default.
        java: runtime; see `embedded.java.find_java` for the default.
        progress: told what goes on; silent by default.
        fetcher: gets artifacts; through jgo by default.
        lock: what to get; the shipped lock file by default.

    Raises:
        JavaUnusable, NoDiskSpace, CacheCold, CacheUnusable, ChecksumMismatch, PluginBuildFailed.
    """
    root = cache_root(cache)
    try:
        return _provision(
            root, java or find_java(), lock or read_lock(), progress or SilentProgress(), fetcher or MavenFetcher()
        )
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise NoDiskSpace(root, SPARE_BYTES, shutil.disk_usage(root).free) from error
        raise CacheUnusable(root, error.strerror or type(error).__name__) from error


def _provision(root: Path, java: Java, lock: Lock, progress: Progress, fetcher: Fetcher) -> Installation:
    place = root / f"servers-{lock.digest}"
    if not _is_whole(place):
        size = sum(artifact.size for artifact in lock.artifacts)
        require_space(root, ROOM_FACTOR * size + SPARE_BYTES)
        public_folder(root)
        with _exclusive(root / f"servers-{lock.digest}.lock", progress):
            if not _is_whole(place):
                _build(place, lock, java, progress, fetcher)
    installation = Installation(place, _lasting_java(java, root, progress))
    if not installation.archives_tried.exists():
        with _exclusive(root / "archives.lock", progress):
            if not installation.archives_tried.exists():
                train(installation, progress)
    return installation


def _is_whole(place: Path) -> bool:
    return (place / "complete.json").is_file()


def _build(place: Path, lock: Lock, java: Java, progress: Progress, fetcher: Fetcher) -> None:
    scratch = place.with_name(f"{place.name}.{os.getpid()}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        total = sum(artifact.size for artifact in lock.artifacts)
        with progress.task("Fetching Kafka and Elasticsearch", total) as advance:
            files = fetch_all(list(lock.artifacts), scratch, place.parent, fetcher, advance)
        with progress.task("Unpacking Elasticsearch") as _:
            for artifact in lock.for_use("elasticsearch"):
                _unpack(files[artifact], scratch / "unpacked")
            next((scratch / "unpacked").glob("elasticsearch-*")).rename(scratch / "home")
            shutil.rmtree(scratch / "unpacked")
            shutil.rmtree(scratch / "elasticsearch")
            (scratch / "home").rename(scratch / "elasticsearch")
        with progress.task("Compiling the analysis plugin") as _:
            version = lock.for_use("elasticsearch")[0].version
            compiler = next(files[artifact] for artifact in lock.for_use("build") if artifact.name == "ecj")
            _build_plugin(scratch / "elasticsearch", compiler, java, version)
            shutil.rmtree(scratch / "build")
        (scratch / "complete.json").write_text(json.dumps({"digest": lock.digest}))
        _open_to_others(scratch)
        scratch.rename(place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unpack(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as source:
        source.extractall(target)  # The archive is locked by hash, and zipfile strips absolute paths and `..`.


def _build_plugin(home: Path, compiler: Path, java: Java, version: str) -> None:
    """Compile the plugin's sources with Eclipse's compiler, a plain jar, for a runtime has none of its own."""
    target = home / "plugins" / PLUGIN_NAME
    classes = target.parent / "classes"
    libraries = os.pathsep.join(str(jar) for jar in sorted((home / "lib").glob("*.jar")))
    sources = [str(source) for source in sorted(PLUGIN_SOURCES.glob("*.java"))]
    compile_command = [str(java.executable), "-jar", str(compiler), "-source", "17", "-target", "17", "-nowarn"]
    compile_command += ["-proc:none", "-cp", libraries, "-d", str(classes), *sources]
    done = subprocess.run(compile_command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise PluginBuildFailed(done.stdout + done.stderr)
    target.mkdir(parents=True)
    with zipfile.ZipFile(target / f"{PLUGIN_NAME}.jar", "w", zipfile.ZIP_DEFLATED) as jar:
        for compiled in sorted(classes.rglob("*.class")):
            jar.write(compiled, compiled.relative_to(classes).as_posix())
    shutil.rmtree(classes)
    names = json.loads((PLUGIN_SOURCES / "named_components.json").read_text(encoding="utf-8"))
    (target / "named_components.json").write_text(json.dumps({TOKEN_FILTER: names}))
    (target / "stable-plugin-descriptor.properties").write_text(
        f"name={PLUGIN_NAME}\ndescription=German and English token filters\nversion=1.0.0\n"
        f"elasticsearch.version={version}\njava.version=17\n"
    )


def _open_to_others(folder: Path) -> None:
    """Let every user read and nobody but us write: the servers' user id is another."""
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)


def _lasting_java(java: Java, root: Path, progress: Progress) -> Java:
    """The runtime itself, or a copy in the cache.

    A copy when the servers' user id cannot reach it, and when it may go: a virtual environment is soon made anew, and
    the class archives hold for one file of modules only.
    """
    if java.lasting and reachable(java.home, server_uid()):
        return java
    copy = root / f"java-{java.version}-{(java.home / 'lib' / 'modules').stat().st_size}"
    if not copy.exists():
        with _exclusive(copy.with_name(f"{copy.name}.lock"), progress):
            if not copy.exists():
                with progress.task("Copying Java to the cache") as _:
                    scratch = copy.with_name(f"{copy.name}.{os.getpid()}.part")
                    shutil.rmtree(scratch, ignore_errors=True)
                    shutil.copytree(java.home, scratch, symlinks=True)
                    _open_to_others(scratch)
                    scratch.rename(copy)
    return Java(copy, java.feature, java.version)


@contextmanager
def _exclusive(path: Path, progress: Progress) -> Iterator[None]:
    """Hold a file lock that the kernel frees when we end, however we end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.task("Waiting for another process that provisions") as _:
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
