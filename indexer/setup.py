"""Template, placements index and life cycle in Elasticsearch, brought up to this release. Idempotent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError, TransportError

from contracts.clients import elasticsearch_address, elasticsearch_options
from contracts.errors import ConfigError, ServiceUnavailable, brief
from contracts.settings import ElasticsearchSettings
from indexer.template import (
    TEMPLATE_VERSION,
    article_mappings,
    index_template,
    lifecycle_policy,
    placements_body,
    placements_index,
)


@dataclass
class IndexReport:
    """What ``ensure_index`` found and did.

    Attributes:
        template: ``created``, ``updated``, ``unchanged``, or ``newer`` where a later release wrote it: left alone.
        placements: ``created`` or ``unchanged``.
        lifecycle: name of the ILM policy, None where the cluster has no ILM.
        extended: indices whose mapping gained this release's fields.
        drifted: indices whose mapping contradicts this release's, with the server's reason: reindex them.
    """

    template: str = "unchanged"
    placements: str = "unchanged"
    lifecycle: str | None = None
    extended: list[str] = field(default_factory=list)
    drifted: dict[str, str] = field(default_factory=dict)


def connect(settings: ElasticsearchSettings) -> Elasticsearch:
    """A client that retries nothing by itself."""
    return Elasticsearch(**elasticsearch_options(settings), http_compress=False)


def ensure_index(
    client: Elasticsearch, settings: ElasticsearchSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> IndexReport:
    """Bring the server's side up to this release; the current month's index is made, so that the alias exists.

    Raises:
        ServiceUnavailable: the server does not answer or refuses us.
        ConfigError: the server lacks what the template needs.
    """
    try:
        return _ensure(client, settings, clock())
    except BadRequestError as error:
        raise ConfigError(
            f"Elasticsearch at {elasticsearch_address(settings)} refuses the index template: {brief(error)}.",
            hint="A minimal distribution needs the analysis plugin that `newswire up` installs.",
        ) from error
    except (ApiError, TransportError) as error:
        raise ServiceUnavailable("Elasticsearch", elasticsearch_address(settings), brief(error)) from error


def _ensure(client: Elasticsearch, settings: ElasticsearchSettings, now: datetime) -> IndexReport:
    report = IndexReport(lifecycle=_ensure_lifecycle(client, settings))
    body = index_template(settings, lifecycle=report.lifecycle)
    report.template = _ensure_template(client, settings.alias, body)
    if _create(client, placements_index(settings.alias), placements_body(settings)):
        report.placements = "created"
    if report.template != "newer":
        _extend(client, settings.alias, report)
    _create(client, f"{settings.alias}-{now.astimezone(UTC):%Y.%m}", {})
    return report


def _ensure_lifecycle(client: Elasticsearch, settings: ElasticsearchSettings) -> str | None:
    policy = lifecycle_policy(settings)
    try:
        known = client.ilm.get_lifecycle().body
    except (BadRequestError, NotFoundError):
        return None
    except ApiError as error:
        if error.status_code == 405:
            return None
        raise
    if known.get(settings.alias, {}).get("policy") != policy:
        client.ilm.put_lifecycle(name=settings.alias, policy=policy)
    return settings.alias


def _ensure_template(client: Elasticsearch, name: str, body: dict[str, Any]) -> str:
    try:
        known = client.indices.get_index_template(name=name).body["index_templates"][0]["index_template"]
    except NotFoundError:
        client.indices.put_index_template(name=name, **_as_arguments(body))
        return "created"
    if known.get("version", 0) > TEMPLATE_VERSION:
        return "newer"
    wanted, found = body["template"], known["template"]
    same = (
        known.get("version") == TEMPLATE_VERSION
        and found.get("mappings") == wanted["mappings"]
        and found.get("settings") == _as_stored(wanted["settings"])
        and found.get("aliases") == wanted["aliases"]
    )
    if same:
        return "unchanged"
    client.indices.put_index_template(name=name, **_as_arguments(body))
    return "updated"


def _as_arguments(body: dict[str, Any]) -> dict[str, Any]:
    return {("meta" if name == "_meta" else name): value for name, value in body.items()}


def _as_stored(value: Any) -> Any:
    """Settings as the server gives them back: every leaf a text."""
    if isinstance(value, dict):
        return {name: _as_stored(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_stored(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _create(client: Elasticsearch, name: str, body: dict[str, Any]) -> bool:
    if client.indices.exists(index=name):
        return False
    try:
        client.indices.create(index=name, **body)
    except BadRequestError as error:
        if error.error == "resource_already_exists_exception":
            return False
        raise
    return True


def _extend(client: Elasticsearch, alias: str, report: IndexReport) -> None:
    ours = article_mappings()
    mappings = client.indices.get_mapping(
        index=f"{alias}-*", filter_path="*.mappings._meta", allow_no_indices=True, expand_wildcards="open"
    ).body
    names = client.indices.get_settings(
        index=f"{alias}-*", filter_path="*.settings.index.creation_date", allow_no_indices=True, expand_wildcards="open"
    ).body
    for name in sorted(names):
        meta = mappings.get(name, {}).get("mappings", {}).get("_meta", {})
        if meta == ours["_meta"] or meta.get("newswire_template", 0) > TEMPLATE_VERSION:
            continue
        try:
            client.indices.put_mapping(
                index=name, properties=ours["properties"], dynamic=ours["dynamic"], meta=ours["_meta"]
            )
        except BadRequestError as error:
            report.drifted[name] = brief(error)
        else:
            report.extended.append(name)
