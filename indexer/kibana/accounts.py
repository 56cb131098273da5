"""``python -m indexer.kibana.accounts``: who may do what in an Elasticsearch that has security.

Run once by an administrator, and harmless to run again: Kibana's own user gets its password, and the stages get a
user with rights on the articles' indices and on nothing else.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import structlog
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    BadRequestError,
    Elasticsearch,
    TransportError,
)

from contracts.clients import elasticsearch_address, elasticsearch_options
from contracts.errors import EXIT_OK, ConfigError, NewswireError, ServiceUnavailable, brief
from contracts.logs import configure_logging
from contracts.settings import ElasticsearchSettings, Settings, load_settings
from indexer.template import placements_index

KIBANA_USER = "kibana_system"
"""The built-in user that Kibana signs in with; Elasticsearch leaves it without a password."""

STAGE_ROLE = "newswire-stage"

CLUSTER_PRIVILEGES = ("monitor", "manage_index_templates", "manage_ilm")
"""What keeping the template and the life cycle up to date needs."""

INDEX_PRIVILEGES = ("manage", "read", "write")

MIN_PASSWORD_CHARS = 6
"""Elasticsearch's own rule."""

log = structlog.get_logger()


@dataclass(frozen=True)
class AccountsReport:
    """What was done: names of the users that have their password now."""

    users: tuple[str, ...]


def stage_role(alias: str) -> dict[str, Any]:
    """The role of the stages, as the security API takes it."""
    names = [alias, f"{alias}-*", placements_index(alias)]
    return {
        "cluster": list(CLUSTER_PRIVILEGES),
        "indices": [{"names": names, "privileges": list(INDEX_PRIVILEGES), "allow_restricted_indices": False}],
    }


def ensure_accounts(client: Elasticsearch, settings: Settings) -> AccountsReport:
    """Give every user that the settings name its password, and the stages' user its role.

    Raises:
        ConfigError: a password that cannot be one, credentials that may not do this, or a server without security.
        ServiceUnavailable: Elasticsearch does not answer.
    """
    ours = settings.elasticsearch
    address = elasticsearch_address(ours)
    kibana_password = settings.kibana.system_password.get_secret_value()
    _check("NEWSWIRE_KIBANA__SYSTEM_PASSWORD", kibana_password, wanted=bool(kibana_password))
    _check("NEWSWIRE_ELASTICSEARCH__STAGE_PASSWORD", ours.stage_password.get_secret_value(), bool(ours.stage_username))
    users = []
    try:
        if kibana_password:
            client.security.change_password(username=KIBANA_USER, password=kibana_password)
            users.append(KIBANA_USER)
        if ours.stage_username:
            client.security.put_role(name=STAGE_ROLE, **stage_role(ours.alias))
            client.security.put_user(
                username=ours.stage_username,
                password=ours.stage_password.get_secret_value(),
                roles=[STAGE_ROLE],
                full_name="newswire's stages",
            )
            users.append(ours.stage_username)
    except (AuthenticationException, AuthorizationException) as error:
        raise ConfigError(
            f"Elasticsearch at {address} does not let {ours.username or 'us'} manage users.",
            hint="Use the superuser elastic, or a user with the cluster privilege manage_security.",
        ) from error
    except BadRequestError as error:
        if "no handler found" not in str(error):
            raise ServiceUnavailable("Elasticsearch", address, brief(error)) from error
        raise ConfigError(
            f"Elasticsearch at {address} runs without security, so there are no accounts to make.",
            hint="Set xpack.security.enabled there, or leave the accounts out.",
        ) from error
    except (ApiError, TransportError) as error:
        raise ServiceUnavailable("Elasticsearch", address, brief(error)) from error
    log.info("accounts-ready", users=users)
    return AccountsReport(tuple(users))


def _check(variable: str, password: str, wanted: bool) -> None:
    if wanted and len(password) < MIN_PASSWORD_CHARS:
        raise ConfigError(
            f"{variable} has fewer than {MIN_PASSWORD_CHARS} characters.",
            hint="`openssl rand -hex 24` makes a good one.",
        )


def connect(settings: ElasticsearchSettings) -> Elasticsearch:
    """A client with an administrator's credentials."""
    return Elasticsearch(**elasticsearch_options(settings))


def main() -> int:
    """The process's exit code; see ``contracts.errors``."""
    try:
        settings = load_settings()
        configure_logging(settings.log, stage="accounts")
        with connect(settings.elasticsearch) as client:
            ensure_accounts(client, settings)
    except NewswireError as error:
        sys.stderr.write(f"accounts: {error}\n")
        return error.exit_code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
