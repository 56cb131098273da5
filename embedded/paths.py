"""Where things lie, and who may reach them.

Elasticsearch refuses to run as root, so a root user's Elasticsearch runs under an unprivileged id. That id has to
traverse every folder above its files, and cannot enter a home folder of mode 0700. Files of root's that it needs
therefore lie in system folders.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import NoDiskSpace

SERVER_UID = 60917  # In 60578–61183, which systemd's table of ids leaves to nobody.
SYSTEM_CACHE = Path("/var/cache/newswire")
SYSTEM_STATE = Path("/var/lib/newswire")


def server_uid() -> int | None:
    """The id that Elasticsearch must run under, or None for our own."""
    return SERVER_UID if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def reachable(path: Path, uid: int | None) -> bool:
    """Whether `uid` can traverse every existing folder from the root down to `path`, itself included."""
    if uid is None:
        return True
    real = path.resolve()
    for folder in (real, *real.parents):
        try:
            status = folder.stat()
        except FileNotFoundError:
            continue
        bit = stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def cache_root(configured: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The folder of everything provisioned.

    `configured`, else `NEWSWIRE_EMBEDDED__CACHE_DIR` or `NEWSWIRE_CACHE_DIR`, else the user's cache folder; a root
    whose home is closed to others gets a system folder.
    """
    environ = os.environ if environ is None else environ
    named = configured or environ.get("NEWSWIRE_EMBEDDED__CACHE_DIR") or environ.get("NEWSWIRE_CACHE_DIR")
    if named:
        return Path(named).expanduser().resolve()
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base.absolute() / "newswire"
    return folder if reachable(folder, server_uid()) else SYSTEM_CACHE


def relocated(data_dir: Path) -> Path:
    """The system folder that stands in for a data folder which the server's id cannot reach."""
    return SYSTEM_STATE / hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]


def public_folder(folder: Path) -> Path:
    """Make a folder of ours that every user may read, whatever our umask."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder


def private_folder(folder: Path, uid: int | None) -> Path:
    """Make a folder that belongs to `uid` (or us) and is closed to others."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if uid is not None:
        os.chown(folder, uid, uid)
    return folder


def require_space(folder: Path, needed: int) -> None:
    """Check free disk up front.

    Args:
        folder: where files will be written; need not exist yet.
        needed: bytes.

    Raises:
        NoDiskSpace: there is less.
    """
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise NoDiskSpace(folder, needed, free)


def purge(data_dir: Path) -> None:
    """Remove a data folder with what was relocated out of it; its servers must have stopped."""
    shutil.rmtree(relocated(data_dir), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)
