"""Settings and folders as a verb needs them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.logs import configure_logging
from contracts.settings import ENDPOINTS_FILE, Settings, gather, load_settings

PURGEABLE = (
    "supervisor",
    "logs",
    "kafka",
    "kafka.lock",
    "elasticsearch",
    "elasticsearch.lock",
    "processor",
    "up.lock",
    ENDPOINTS_FILE,
)
"""What is ours in the data folder; a purge removes these and never the whole folder blindly."""

EMBEDDED_SOURCES = frozenset({"embedded servers"})


@dataclass(frozen=True)
class Layout:
    """Where things lie under the data folder."""

    root: Path

    @property
    def supervisor(self) -> Path:
        """The supervisor's configuration, pid and socket."""
        return self.root / "supervisor"

    @property
    def logs(self) -> Path:
        """One bounded log a program."""
        return self.root / "logs"

    @property
    def endpoints(self) -> Path:
        """What tells the other commands where the embedded servers listen."""
        return self.root / ENDPOINTS_FILE


@dataclass(frozen=True)
class Context:
    """The settings of this call and what follows from them.

    Attributes:
        external_kafka: somebody set Kafka's address, so ours is not started.
        external_elasticsearch: the same for Elasticsearch.
    """

    settings: Settings
    layout: Layout
    external_kafka: bool
    external_elasticsearch: bool


def open_context(
    *, log_level: str = "warning", overrides: dict[str, Any] | None = None, folder: Path | None = None
) -> Context:
    """Load the settings for a verb that a person called, and log to standard error no more than ``log_level``.

    Raises:
        ConfigError: as ``contracts.settings.load_settings``.
    """
    settings = load_settings(folder=folder, overrides=overrides)
    root = settings.data_dir.expanduser().absolute()
    settings = settings.model_copy(update={"data_dir": root})
    _, origin = gather(folder=folder, overrides=overrides)
    level = settings.log.level if "log.level" in origin else log_level
    configure_logging(settings.log.model_copy(update={"level": level}), stage="command")
    # The clients' own words about a server that is away; the error that follows says it once and better.
    for client in ("kafka", "elastic_transport"):
        logging.getLogger(client).setLevel(logging.CRITICAL)
    return Context(
        settings=settings,
        layout=Layout(root),
        external_kafka=_is_external(origin, "kafka.bootstrap_servers"),
        external_elasticsearch=_is_external(origin, "elasticsearch.url"),
    )


def _is_external(origin: dict[str, str], name: str) -> bool:
    return name in origin and origin[name] not in EMBEDDED_SOURCES
