"""Settings as keyword arguments of the client libraries, so that all stages connect alike. Nothing connects here."""

from __future__ import annotations

import re
from typing import Any

from contracts.settings import ElasticsearchSettings, KafkaSettings


def kafka_options(settings: KafkaSettings, *, role: str) -> dict[str, Any]:
    """Arguments that kafka-python's producer, consumer and admin client have in common.

    Args:
        settings: where and how to connect.
        role: ends the client id, for instance ``indexer``.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.bootstrap_servers.split(",") if server.strip()],
        "client_id": f"{settings.client_id}-{role}",
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            path = getattr(settings, name)
            if path is not None:
                options[name] = str(path)
    if settings.security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    return options


def elasticsearch_options(settings: ElasticsearchSettings) -> dict[str, Any]:
    """Arguments for ``elasticsearch.Elasticsearch``; retries are the caller's affair."""
    options: dict[str, Any] = {
        "hosts": [url.strip() for url in settings.url.split(",") if url.strip()],
        "request_timeout": settings.request_timeout_s,
        "max_retries": 0,
    }
    if settings.api_key.get_secret_value():
        options["api_key"] = settings.api_key.get_secret_value()
    elif settings.username:
        options["basic_auth"] = (settings.username, settings.password.get_secret_value())
    if settings.ca_certs is not None:
        options["ca_certs"] = str(settings.ca_certs)
    return options


def elasticsearch_address(settings: ElasticsearchSettings) -> str:
    """The server's URL as messages may show it."""
    return ",".join(without_credentials(url.strip()) for url in settings.url.split(","))


def without_credentials(text: str) -> str:
    """``text`` without the user and password that a URL in it may carry."""
    return re.sub(r"//[^/@\s]*@", "//", text)


JOIN_MS = 1000
"""What a join gets, in milliseconds: alone it takes some 10, with other members it is tried again and again."""


def steady(consumer: type[Any]) -> type[Any]:
    """kafka-python's ``KafkaConsumer``, without its way of falling out of the group for ever.

    A change of the topic's metadata, also the first look at it, makes the leader join anew. If ``poll`` times out
    between its JoinGroup and its SyncGroup, kafka-python 3.0.12 no longer knows that it was joining: nobody awaits the
    answer, heartbeats stay off, and it gets no partition again. (Java's client had the same fault, KAFKA-9815.) And an
    answer that comes between two polls is thrown away for a new JoinGroup, for ever if the polls are short.
    """

    class Steady(consumer):  # type: ignore[misc]  # the class comes from the caller, so that nothing connects here
        def poll(self, timeout_ms: int = 0, max_records: int | None = None) -> Any:
            """As ``KafkaConsumer.poll``, but a join that was begun is remembered and gets the time that it takes."""
            if self.config["group_id"] is None:
                return super().poll(timeout_ms=timeout_ms, max_records=max_records)
            state = self.group_metadata().state
            if state == "<rebalancing>":
                self._coordinator.request_rejoin()
            patience_ms = timeout_ms if state == "<stable>" else max(timeout_ms, JOIN_MS)
            return super().poll(timeout_ms=patience_ms, max_records=max_records)

    return Steady
