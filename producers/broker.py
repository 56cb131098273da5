"""The edge to Kafka that the modules of this room share: options and the mapping of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import errors as kafka_errors

from contracts.clients import kafka_options
from contracts.errors import ConfigError, ServiceUnavailable
from contracts.settings import KafkaSettings

BOOTSTRAP_TIMEOUT_MS = 5_000
"""How long a client looks for a first broker: a person waits for it, and a broker that is up answers in 0.1 s."""


def client_options(settings: KafkaSettings, *, role: str) -> dict[str, Any]:
    """``contracts.clients.kafka_options`` with the quick detection of a broker that is not there."""
    return kafka_options(settings, role=role) | {"bootstrap_timeout_ms": BOOTSTRAP_TIMEOUT_MS}


def unavailable(settings: KafkaSettings, error: BaseException) -> ServiceUnavailable:
    """The error that says where Kafka was looked for, with what went wrong in a few words."""
    detail = str(error).removeprefix(f"{type(error).__name__}: ").rstrip(".") or type(error).__name__
    if isinstance(error, kafka_errors.UnknownTopicOrPartitionError):
        return ServiceUnavailable(
            "Kafka", settings.bootstrap_servers, detail, hint="Create the topics with `newswire up`."
        )
    return ServiceUnavailable("Kafka", settings.bootstrap_servers, detail)


@contextmanager
def reaching(settings: KafkaSettings) -> Iterator[None]:
    """Map what the client raises inside into the errors' tree.

    Raises:
        ServiceUnavailable: the broker does not answer or refuses us.
        ConfigError: the connection's settings cannot be used.
    """
    try:
        yield
    except kafka_errors.KafkaConfigurationError as error:
        raise ConfigError(f"Kafka's settings cannot be used: {error}.", hint="See `newswire config show`.") from error
    except (kafka_errors.KafkaError, ConnectionError, TimeoutError) as error:
        raise unavailable(settings, error) from error
    except (ValueError, OSError) as error:
        raise ConfigError(
            f"Kafka's settings cannot be used: {error}.", hint="Check kafka.bootstrap_servers and the TLS files."
        ) from error
