"""How a worker reaches Kafka: the settings as Faust and aiokafka want them, and the wait for a broker."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path
from typing import Any

import faust
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from faust.types.auth import SASLMechanism

from contracts.errors import ConfigError, ServiceUnavailable
from contracts.settings import KafkaSettings, Settings

POLL_RECORDS = 100
"""Records that the consumer hands over at once; it bounds what piles up for a lane that waits."""


def options(settings: Settings, folder: Path) -> dict[str, Any]:
    """Settings of the Faust app."""
    kafka = settings.kafka
    servers = [server.strip() for server in kafka.bootstrap_servers.split(",") if server.strip()]
    return {
        "broker": [f"kafka://{server}" for server in servers],
        "broker_client_id": f"{kafka.client_id}-processor",
        "broker_credentials": credentials(kafka),
        "broker_session_timeout": kafka.session_timeout_s,
        "broker_heartbeat_interval": min(3.0, kafka.session_timeout_s / 3),
        # Bounds how many articles are read again after a crash.
        "broker_commit_interval": 1.0,
        "broker_max_poll_records": POLL_RECORDS,
        "consumer_auto_offset_reset": "earliest",
        "producer_acks": -1,
        "producer_compression_type": "zstd",
        # Seconds. The sends of a batch share a request; awaiting every send alone gave 84 messages a second. A batch is
        # acknowledged when its sends are, so this is also the least time that an article takes.
        "producer_linger": 0.005,
        # The broker's limit is on the compressed batch; our own, on each value, stands in Handler.
        "producer_max_request_size": kafka.max_message_bytes * 2,
        "store": "memory://",
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
        # `faust worker` turns the web server on whatever is set here; then at least nobody else reaches it.
        "web_bind": "127.0.0.1",
        "web_host": "127.0.0.1",
        "datadir": folder.absolute(),
        "worker_redirect_stdouts": False,
        "autodiscover": False,
    }


def credentials(kafka: KafkaSettings) -> Any:
    """TLS and SASL as Faust wants them; None for plain text.

    Raises:
        ConfigError: a certificate cannot be read.
    """
    context = None
    if kafka.security_protocol.endswith("SSL"):
        try:
            context = ssl.create_default_context(cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None)
            if kafka.ssl_certfile:
                context.load_cert_chain(str(kafka.ssl_certfile), str(kafka.ssl_keyfile) if kafka.ssl_keyfile else None)
        except OSError as error:
            raise ConfigError(
                f"A certificate for Kafka cannot be read: {error}.", hint="Correct kafka.ssl_*."
            ) from error
    if kafka.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password.get_secret_value(),
            ssl_context=context,
            mechanism=SASLMechanism(kafka.sasl_mechanism),
        )
    return faust.SSLCredentials(context=context) if context else None


async def await_broker(kafka: KafkaSettings, *, within_s: float) -> None:
    """Return when Kafka answers; servers may start after their workers.

    Raises:
        ServiceUnavailable: it did not in time.
    """
    deadline = time.monotonic() + within_s
    while True:
        client = AIOKafkaClient(
            bootstrap_servers=kafka.bootstrap_servers.replace(" ", ""),
            client_id=f"{kafka.client_id}-processor",
            **credentials_to_aiokafka_auth(credentials(kafka)),
        )
        try:
            await client.bootstrap()
            return
        except KafkaError as error:
            if time.monotonic() >= deadline:
                raise ServiceUnavailable("Kafka", kafka.bootstrap_servers, str(error)) from error
        finally:
            await client.close()
        await asyncio.sleep(1)
