"""Imports the saved objects into a running Kibana; doing it again changes nothing.

Kibana answers an import with 200 even if it took nothing, so ``success`` and ``errors`` in the answer decide.
API: https://www.elastic.co/docs/api/doc/kibana (saved objects, spaces, status).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from contracts.errors import ConfigError, NewswireError, ServiceUnavailable
from contracts.settings import KibanaSettings
from indexer.kibana.connection import SERVICE, Deadline, Kibana, body, connect, level
from indexer.kibana.newsroom import DEFAULT_ALIAS, objects
from indexer.kibana.saved import SavedObject, ndjson

DEFAULT_SPACE = "default"

SPACE_ID = re.compile(r"[a-z0-9_-]+")
"""Kibana's own rule for a space's id."""

READY_LEVELS = frozenset({"available", "degraded"})
"""``degraded`` serves saved objects too; it says that some other part of Kibana does not work."""

FILE_NAME = "newsroom.ndjson"
"""Kibana refuses an upload whose name does not end in ``.ndjson``."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Failure:
    """An object that Kibana did not take.

    Attributes:
        name: ``type:id``.
        reason: Kibana's code: ``conflict``, ``ambiguous_conflict``, ``missing_references``, ``unsupported_type``, ….
        detail: Kibana's own words, or the references that are missing; may be empty.
    """

    name: str
    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" + (f" ({self.detail})" if self.detail else "")


class ImportRefused(ServiceUnavailable):
    """Kibana answers and did not take every object; those not named in ``failures`` may be in."""

    def __init__(self, address: str, detail: str, failures: tuple[Failure, ...] = ()) -> None:
        NewswireError.__init__(
            self,
            f"{SERVICE} at {address} refused saved objects: {detail}.",
            hint="They need Kibana 8.19 or 9.x; correct what it names and run the set-up again.",
        )
        self.service, self.address, self.detail = SERVICE, address, detail
        self.failures = failures


@dataclass(frozen=True)
class Report:
    """What a set-up did.

    Attributes:
        address: base URL without credentials.
        space: where the objects are now.
        space_created: the space was not there before.
        imported: the objects as ``type:id``, with the id that Kibana gave them.
        dashboards: addresses to open in a browser.
    """

    address: str
    space: str
    space_created: bool
    imported: tuple[str, ...]
    dashboards: tuple[str, ...]


def setup(settings: KibanaSettings, *, alias: str = DEFAULT_ALIAS, wait_s: float = 60.0) -> Report:
    """Wait for Kibana, make its space if need be, and import data view, searches and dashboards.

    Args:
        settings: where Kibana is and who we are.
        alias: of the articles, which the data view is over (``settings.elasticsearch.alias``).
        wait_s: seconds in which Kibana must be ready and have taken the objects.

    Raises:
        ConfigError: wrong address, credentials, rights or space name.
        ServiceUnavailable: Kibana was not ready in time.
        ImportRefused: Kibana did not take all objects.
    """
    if not SPACE_ID.fullmatch(settings.space):
        raise ConfigError(
            f"{settings.space!r} cannot be a Kibana space.",
            hint="Its id has lower-case letters, digits, _ and - only; set --space or NEWSWIRE_KIBANA__SPACE.",
        )
    with connect(settings) as http:
        return Importer(Kibana(http, Deadline(wait_s)), settings.space).run(objects(alias))


@dataclass(frozen=True)
class Importer:
    """One set-up: ready, space, import."""

    kibana: Kibana
    space: str = DEFAULT_SPACE

    def run(self, saved: Sequence[SavedObject]) -> Report:
        """All of it. Raises as ``setup`` does."""
        self.wait_until_ready()
        created = self.ensure_space()
        ids = self.import_objects(saved)
        report = Report(
            address=self.kibana.address,
            space=self.space,
            space_created=created,
            imported=tuple(f"{item.type}:{ids[item.name]}" for item in saved),
            dashboards=tuple(
                f"{self.kibana.address}{self._prefix}/app/dashboards#/view/{ids[item.name]}"
                for item in saved
                if item.type == "dashboard"
            ),
        )
        log.info("kibana-objects-imported", address=report.address, space=report.space, objects=len(report.imported))
        return report

    @property
    def _prefix(self) -> str:
        return "" if self.space == DEFAULT_SPACE else f"/s/{self.space}"

    def wait_until_ready(self) -> None:
        """Return once Kibana serves saved objects."""
        self.kibana.ask("GET", "/api/status", accept=lambda answer: level(answer) in READY_LEVELS)

    def ensure_space(self) -> bool:
        """Make the space unless it is there; True if it was made."""
        if self.space == DEFAULT_SPACE:
            return False
        if self.kibana.ask("GET", f"/api/spaces/space/{self.space}", allowed=(200, 404)).status_code == 200:
            return False
        wanted = {"id": self.space, "name": self.space, "description": "News articles, set up by newswire."}
        # 409: somebody else made it meanwhile, which is as good.
        return self.kibana.ask("POST", "/api/spaces/space", allowed=(200, 409), json=wanted).status_code == 200

    def import_objects(self, saved: Sequence[SavedObject]) -> dict[str, str]:
        """Import and overwrite; each object's ``type:id`` with the id under which Kibana keeps it.

        Raises:
            ImportRefused: the answer names errors, or does not say that all of them were taken.
        """
        answer = self.kibana.ask(
            "POST",
            f"{self._prefix}/api/saved_objects/_import",
            allowed=(200, 400, 413),
            params={"overwrite": "true"},
            files={"file": (FILE_NAME, ndjson(saved).encode(), "application/ndjson")},
        )
        said = body(answer)
        if answer.status_code != 200:
            raise self._refused(str(said.get("message") or f"HTTP {answer.status_code}").rstrip("."))
        failures = tuple(_failure(error) for error in said.get("errors") or ())
        if failures or said.get("success") is not True:
            raise self._refused("; ".join(map(str, failures)) or "it does not say why", failures)
        if said.get("successCount") != len(saved):
            raise self._refused(f"it took {said.get('successCount')} of {len(saved)}")
        # An object whose id another space uses already is kept under an id of Kibana's choice.
        moved = {
            f"{item['type']}:{item['id']}": str(item["destinationId"])
            for item in said.get("successResults") or ()
            if item.get("destinationId")
        }
        return {item.name: moved.get(item.name, item.id) for item in saved}

    def _refused(self, detail: str, failures: tuple[Failure, ...] = ()) -> ImportRefused:
        return ImportRefused(self.kibana.address, detail, failures)


def _failure(error: dict[str, Any]) -> Failure:
    reason = error.get("error") or {}
    missing = ", ".join(f"{item.get('type')}:{item.get('id')}" for item in reason.get("references") or ())
    return Failure(
        f"{error.get('type')}:{error.get('id')}",
        str(reason.get("type", "unknown")),
        missing or str(reason.get("message") or ""),
    )
