"""A Java and a Maven repository small enough to provision from in a unit test."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from embedded.java import Java
from embedded.lock import Lock, LockedArtifact

COMPILER = """#!/bin/sh
# Stands in for java: "compiles" by leaving a class file where -d points, and refuses all else.
while [ $# -gt 0 ]; do
    if [ "$1" = "-d" ]; then mkdir -p "$2/newswire"; echo class > "$2/newswire/Plugin.class"; exit 0; fi
    shift
done
echo "this java cannot run servers" >&2
exit 1
"""


def fake_java(home: Path, version: str = "21.0.8") -> Java:
    (home / "bin").mkdir(parents=True)
    (home / "lib").mkdir()
    (home / "lib" / "modules").write_bytes(b"modules")
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    executable = home / "bin" / "java"
    executable.write_text(COMPILER)
    executable.chmod(0o755)
    return Java(home, int(version.split(".")[0]), version)


def distribution() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("elasticsearch-8.17.4/lib/elasticsearch.jar", b"jar")
    return memory.getvalue()


CONTENTS = {
    ("kafka", "org.apache.kafka", "kafka_2.13", "jar"): b"kafka",
    ("kafka", "org.apache.kafka", "kafka-clients", "jar"): b"clients",
    ("elasticsearch", "org.elasticsearch.distribution", "elasticsearch", "zip"): distribution(),
    ("build", "org.eclipse.jdt", "ecj", "jar"): b"compiler",
}


def fake_lock() -> Lock:
    artifacts = tuple(
        LockedArtifact(use, group, name, "1.0", packaging, hashlib.sha256(content).hexdigest(), len(content))
        for (use, group, name, packaging), content in CONTENTS.items()
    )
    return Lock(artifacts, "0123456789abcdef")


@dataclass
class FakeFetcher:
    """Serves CONTENTS; `replace` gives other bytes by artifact name, an exception there is raised."""

    replace: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, artifact: LockedArtifact, scratch: Path, advance: Callable[[int], None]) -> Path:
        with self.guard:
            self.fetched.append(artifact.name)
        key = (artifact.use, artifact.group, artifact.name, artifact.packaging)
        content = self.replace.get(artifact.name, CONTENTS[key])
        if isinstance(content, Exception):
            raise content
        scratch.mkdir(parents=True)
        path = scratch / artifact.filename
        path.write_bytes(content)
        advance(len(content))
        return path
