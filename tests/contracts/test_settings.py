"""Settings come from five places, and a wrong one is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.clients import elasticsearch_options, kafka_options
from contracts.errors import ConfigError
from contracts.settings import Group, Settings, gather, known_variables, load_settings, unknown_variables


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in known_variables():
        monkeypatch.delenv(name, raising=False)


def test_the_nearer_source_wins_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".newswire").mkdir()
    (tmp_path / ".newswire" / "endpoints.toml").write_text(
        '[kafka]\nbootstrap_servers = "e:1"\n[elasticsearch]\nurl = "http://e"\n'
    )
    (tmp_path / "newswire.toml").write_text('[kafka]\nbootstrap_servers = "t:1"\npartitions = 3\n')
    (tmp_path / ".env").write_text("NEWSWIRE_KAFKA__PARTITIONS=4\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("NEWSWIRE_KAFKA__RETENTION_DAYS", "2")
    settings = load_settings(folder=tmp_path, overrides={"log": {"level": "debug"}})
    assert settings.kafka.bootstrap_servers == "t:1"
    assert settings.elasticsearch.url == "http://e"
    assert settings.kafka.partitions == 4
    assert settings.kafka.retention_days == 2
    assert settings.log.level == "debug"
    _, origin = gather(folder=tmp_path, overrides={"log": {"level": "debug"}})
    assert origin == {
        "elasticsearch.url": "embedded servers",
        "kafka.bootstrap_servers": "newswire.toml",
        "kafka.partitions": ".env",
        "kafka.retention_days": "environment",
        "log.level": "option",
    }


def test_everything_has_a_default(tmp_path: Path) -> None:
    assert load_settings(folder=tmp_path) == Settings()


def test_pipelines_are_set_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_PROCESSOR__PIPELINES", '{"de": "de_core_news_lg"}')
    assert load_settings(folder=tmp_path).processor.pipelines == {"de": "de_core_news_lg"}


@pytest.mark.parametrize(
    ("file", "text", "tells"),
    [
        ("newswire.toml", "[kafka\n", "newswire.toml cannot be read"),
        ("newswire.toml", "[kafka]\npartitions = 0\n", "kafka.partitions"),
        ("newswire.toml", "[kafka]\npartition = 1\n", "kafka.partition: there is no such setting"),
        ("newswire.toml", "kafkaa = 1\n", "kafkaa"),
        (".env", "NEWSWIRE_KAFKA__PARTITIONS=many\n", "kafka.partitions"),
        (".env", "NEWSWIRE_PROCESSOR__PIPELINES={broken\n", "processor"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, file: str, text: str, tells: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(folder=tmp_path)
    assert tells in str(caught.value)
    assert caught.value.exit_code == 5


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_CONFIG", str(tmp_path / "no.toml"))
    with pytest.raises(ConfigError, match="no file"):
        load_settings(folder=tmp_path)


def test_mistyped_variables_are_found() -> None:
    assert unknown_variables({"NEWSWIRE_KAFKA__BOOTSTRAP": "x", "NEWSWIRE_DATA_DIR": "y", "PATH": ""}) == [
        "NEWSWIRE_KAFKA__BOOTSTRAP"
    ]


def test_every_setting_is_described() -> None:
    assert all(len(description) > 5 for description in known_variables().values())
    groups = [field.annotation for field in Settings.model_fields.values()]
    assert all(group.__doc__ for group in groups if isinstance(group, type) and issubclass(group, Group))


def test_secrets_do_not_show(tmp_path: Path) -> None:
    settings = load_settings(
        folder=tmp_path,
        overrides={
            "kafka": {
                "sasl_password": "hush",
                "security_protocol": "SASL_SSL",
                "sasl_username": "u",
                "ssl_cafile": "ca.pem",
            },
            "elasticsearch": {"api_key": "hush"},
        },
    )
    assert "hush" not in repr(settings)
    assert "hush" not in settings.model_dump_json()
    options = kafka_options(settings.kafka, role="test")
    assert options["sasl_plain_password"] == "hush"
    assert options["ssl_cafile"] == "ca.pem"
    assert elasticsearch_options(settings.elasticsearch)["api_key"] == "hush"


def test_without_security_no_credentials_are_passed(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path)
    assert not [name for name in kafka_options(settings.kafka, role="test") if name.startswith(("sasl", "ssl"))]
    assert "basic_auth" not in elasticsearch_options(settings.elasticsearch)
