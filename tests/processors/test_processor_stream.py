"""How the Faust app is set up: what would open a port, lose a message or leak a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.settings import KafkaSettings, Settings
from processors.broker import credentials, options
from processors.stream import build


def test_every_way_to_connect_is_passed_on() -> None:
    assert credentials(KafkaSettings()) is None
    for protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            settings = KafkaSettings(
                security_protocol=protocol, sasl_mechanism=mechanism, sasl_username="news", sasl_password="s3cret"
            )
            made = credentials(settings)
            assert (made.protocol.value, made.mechanism.value) == (protocol, mechanism)
            assert (made.username, made.password) == ("news", "s3cret")
            assert (made.ssl_context is not None) == protocol.endswith("SSL")
            assert "s3cret" not in repr(made)
    tls = credentials(KafkaSettings(security_protocol="SSL"))
    assert tls.protocol.value == "SSL"
    assert tls.context.check_hostname


def test_an_authority_that_is_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        credentials(KafkaSettings(security_protocol="SSL", ssl_cafile=tmp_path / "missing.pem"))


def test_the_app_waits_for_all_replicas_reads_from_the_start_and_opens_no_port(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "data", kafka=KafkaSettings(bootstrap_servers="a:1, b:2"))
    app = build(settings)
    assert [str(url) for url in app.conf.broker] == ["kafka://a:1", "kafka://b:2"]
    assert app.conf.producer_acks == -1
    assert app.conf.consumer_auto_offset_reset == "earliest"
    assert app.conf.topic_disable_leader
    assert not app.conf.web_enabled
    assert app.conf.web_bind == "127.0.0.1"
    assert [agent.concurrency for agent in app.agents.values()] == [1, 1]
    assert (tmp_path / "new" / "data" / "processor").is_dir()


def test_room_for_the_largest_message_and_a_heartbeat_below_the_session(tmp_path: Path) -> None:
    kafka = KafkaSettings(max_message_bytes=20_000_000, session_timeout_s=6)
    made = options(Settings(kafka=kafka), tmp_path)
    assert made["producer_max_request_size"] > 20_000_000
    assert made["broker_heartbeat_interval"] * 3 <= 6


def test_a_batch_waits_milliseconds_for_company_and_not_seconds(tmp_path: Path) -> None:
    app = build(Settings(data_dir=tmp_path))
    assert 0 < app.transport.create_producer().linger_ms <= 50
