"""The lock file: which artifacts make the embedded servers, each pinned by its SHA-256."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK_PATH = Path(__file__).with_name("artifacts.lock.toml")
PLUGIN_SOURCES = Path(__file__).with_name("plugin")


@dataclass(frozen=True, order=True)
class LockedArtifact:
    """One file of a Maven repository, and what it must hash to.

    `use` says what it is for: `kafka` (class path), `elasticsearch` (the distribution) or `build` (the compiler).
    `size` is in bytes.
    """

    use: str
    group: str
    name: str
    version: str
    packaging: str
    sha256: str
    size: int

    @property
    def coordinate(self) -> str:
        """The artifact as group:name:version:packaging."""
        return f"{self.group}:{self.name}:{self.version}:{self.packaging}"

    @property
    def filename(self) -> str:
        """The file's name in a Maven repository."""
        return f"{self.name}-{self.version}.{self.packaging}"


@dataclass(frozen=True)
class Lock:
    """All locked artifacts and the digest that names their place in the cache."""

    artifacts: tuple[LockedArtifact, ...]
    digest: str

    def for_use(self, use: str) -> list[LockedArtifact]:
        """The artifacts of one use, in the lock's order."""
        return [artifact for artifact in self.artifacts if artifact.use == use]


def read_lock(path: Path = LOCK_PATH, sources: Path = PLUGIN_SOURCES) -> Lock:
    """Read the lock file; the digest also covers the plugin's sources, so a change there is built anew."""
    raw = path.read_bytes()
    artifacts = tuple(LockedArtifact(**entry) for entry in tomllib.loads(raw.decode())["artifact"])
    digest = hashlib.sha256(raw)
    for source in sorted(sources.rglob("*")):
        if source.is_file():
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return Lock(artifacts, digest.hexdigest()[:16])


def write_lock(path: Path, artifacts: Iterable[LockedArtifact]) -> None:
    """Write the lock file, a table an artifact."""
    lines = ["# Written by `python -m embedded.relock`. Sizes are in bytes."]
    for artifact in artifacts:
        lines.append("\n[[artifact]]")
        lines += [f'{field} = "{getattr(artifact, field)}"' for field in ("use", "group", "name", "version")]
        lines += [f'packaging = "{artifact.packaging}"', f'sha256 = "{artifact.sha256}"', f"size = {artifact.size}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
