"""Fetch locked artifacts from the Maven repository that jgo knows, and check every byte."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from embedded.errors import CacheCold, ChecksumMismatch
from embedded.lock import LockedArtifact

PARALLEL = 4  # Polite to the repository, and enough to hide the latency of some fifty small files.
TIMEOUT_S = 30
CHUNK_BYTES = 1 << 20


class Fetcher(Protocol):
    """Gets one artifact's file; the caller checks it."""

    def fetch(self, artifact: LockedArtifact, scratch: Path, advance: Callable[[int], None]) -> Path:
        """Put the file somewhere under `scratch` and call `advance` with each number of bytes received."""


@dataclass(frozen=True)
class MavenFetcher:
    """Fetches through jgo, which knows the central repository.

    `NEWSWIRE_MAVEN_REPOSITORY` names a mirror in its place; the check against the lock is the same.
    """

    def fetch(self, artifact: LockedArtifact, scratch: Path, advance: Callable[[int], None]) -> Path:
        """Fetch without resolving anything: the lock names every file."""
        from jgo.maven import MavenContext
        from jgo.maven._resolver import PythonResolver

        @contextmanager
        def report(filename: str, total: int) -> Iterator[Callable[[int], None]]:
            yield advance

        mirror = os.environ.get("NEWSWIRE_MAVEN_REPOSITORY")
        context = MavenContext(
            resolver=PythonResolver(progress_callback=report),
            repo_cache=scratch,
            remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
            timeout=TIMEOUT_S,
        )
        component = context.project(artifact.group, artifact.name).at_version(artifact.version)
        path = component.artifact(packaging=artifact.packaging).resolve()
        return Path(path)


def sha256_of(path: Path) -> str:
    """Digest of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def check(artifact: LockedArtifact, path: Path) -> None:
    """Raises ChecksumMismatch, and removes the file, when it is not the locked one."""
    actual = sha256_of(path)
    if actual != artifact.sha256:
        path.unlink()
        raise ChecksumMismatch(artifact.coordinate, artifact.sha256, actual)


def fetch_all(
    artifacts: list[LockedArtifact],
    target: Path,
    cache: Path,
    fetcher: Fetcher,
    advance: Callable[[int], None] = lambda received: None,
) -> dict[LockedArtifact, Path]:
    """Fetch and check artifacts side by side into `target`.

    Raises:
        CacheCold: one cannot be fetched.
        ChecksumMismatch: one is not what the lock says.
    """

    def one(artifact: LockedArtifact) -> Path:
        scratch = target / f"{artifact.use}.{artifact.filename}.part"
        try:
            fetched = fetcher.fetch(artifact, scratch, advance)
        except Exception as error:  # jgo raises requests' errors, RuntimeError and OSError alike.
            raise CacheCold(artifact.coordinate, cache, _words(error)) from error
        check(artifact, fetched)
        place = target / artifact.use / artifact.filename
        place.parent.mkdir(exist_ok=True)
        fetched.replace(place)
        shutil.rmtree(scratch, ignore_errors=True)
        return place

    target.mkdir(parents=True, exist_ok=True)
    done: dict[LockedArtifact, Path] = {}
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="fetch") as pool:
        pending = {pool.submit(one, artifact): artifact for artifact in artifacts}
        try:
            for future in as_completed(pending):
                done[pending[future]] = future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return done


def _words(error: Exception) -> str:
    """The kind of a failure without the address it happened at, which may hold credentials."""
    if type(error).__module__.startswith("requests"):
        return f"the repository does not answer: {type(error).__name__}"
    if isinstance(error, RuntimeError) and "not found" in str(error):
        return "the repository does not have it or refuses us"
    return f"{type(error).__name__}"
