from __future__ import annotations

import base64
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from contracts.clients import elasticsearch_options, kafka_options
from contracts.settings import KafkaSettings, known_variables, load_settings, unknown_variables
from indexer.kibana.accounts import stage_role
from tests.deployment import compose
from tests.deployment.compose import EXAMPLE, FILE, ONE_SHOT, ROOT, SERVERS, STAGES

IMAGE_SCRIPT_VARIABLES = {
    "kafka": {"CLUSTER_ID", "KAFKA_HEAP_OPTS"},
    "elasticsearch": {"ELASTIC_PASSWORD"},
}
"""What the images' own start scripts read; everything else there is a setting of the server."""

KIBANA_VARIABLES = {
    "SERVER_NAME": "server.name",
    "SERVER_PUBLICBASEURL": "server.publicBaseUrl",
    "ELASTICSEARCH_HOSTS": "elasticsearch.hosts",
    "ELASTICSEARCH_USERNAME": "elasticsearch.username",
    "ELASTICSEARCH_PASSWORD": "elasticsearch.password",
    "ELASTICSEARCH_SERVICEACCOUNTTOKEN": "elasticsearch.serviceAccountToken",
    "ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES": "elasticsearch.ssl.certificateAuthorities",
    "XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY": "xpack.encryptedSavedObjects.encryptionKey",
    "XPACK_SECURITY_ENCRYPTIONKEY": "xpack.security.encryptionKey",
    "TELEMETRY_OPTIN": "telemetry.optIn",
}
"""Settings that the image's start script takes from the environment; it ignores every other name without a word."""

SECRETS = {"ELASTIC_PASSWORD", "KIBANA_PASSWORD", "PIPELINE_PASSWORD", "KIBANA_ENCRYPTION_KEY"}

SERVICES = compose.services()
OURS = (*ONE_SHOT, *STAGES)

each = pytest.mark.parametrize


def environment(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in SERVICES[service].get("environment", {}).items()}


def test_the_file_is_valid_compose() -> None:
    tool = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [tool, "--builtin-schema", "vendor.compose-spec", FILE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_that_was_asked_for_is_there() -> None:
    assert set(SERVICES) == {*SERVERS, *OURS}


@each("service", OURS)
def test_every_setting_of_ours_is_known_and_its_value_is_valid(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = environment(service)
    assert set(ours) <= set(known_variables())
    assert unknown_variables(ours) == []
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(folder=tmp_path)
    assert settings.kafka.bootstrap_servers == "kafka:19092"
    assert elasticsearch_options(settings.elasticsearch)["basic_auth"][1]


def test_kafkas_variables_are_settings_of_a_real_broker(kafka: str) -> None:
    admin = KafkaAdminClient(**kafka_options(KafkaSettings(bootstrap_servers=kafka), role="test"))
    try:
        broker = str(admin.describe_cluster()["brokers"][0]["broker_id"])
        found = admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, broker)], config_filter="all")
    finally:
        admin.close()
    known = set(found["broker"][broker])
    assert len(known) > 100
    wanted = {
        # As the image's documentation says: a single underscore is a dot.
        name.removeprefix("KAFKA_").lower().replace("_", ".")
        for name in environment("kafka").keys() - IMAGE_SCRIPT_VARIABLES["kafka"]
    }
    assert wanted - known == set()
    assert all(name.startswith("KAFKA_") for name in environment("kafka").keys() - {"CLUSTER_ID"})


def test_elasticsearchs_variables_are_settings_of_a_real_node(elasticsearch: str) -> None:
    with Elasticsearch(elasticsearch) as client:
        known = client.cluster.get_settings(include_defaults=True, flat_settings=True)["defaults"]
        wanted = environment("elasticsearch").keys() - IMAGE_SCRIPT_VARIABLES["elasticsearch"]
        assert "cluster.name" in wanted
        # The image takes lower-case names with a dot as settings.
        assert all(re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", name) for name in wanted)
        assert wanted - set(known) == set()


def test_kibanas_variables_are_those_that_its_image_reads() -> None:
    assert set(environment("kibana")) <= set(KIBANA_VARIABLES)
    for name, setting in KIBANA_VARIABLES.items():
        assert name == setting.upper().replace(".", "_")


def test_kibanas_encryption_key_is_long_enough_if_made_as_the_example_says() -> None:
    assert "openssl rand -hex 24" in EXAMPLE.read_text(encoding="utf-8")
    assert len("00" * 24) >= 32


def test_elasticsearch_and_kibana_have_one_version_of_8_19() -> None:
    written = compose.raw()["services"]
    tags = {written[name]["image"].split("/")[-1].split(":", 1)[1] for name in ("elasticsearch", "kibana")}
    (tag,) = tags
    assert re.fullmatch(r"\$\{STACK_VERSION:-8\.19\.\d+\}", tag)


def test_kafka_is_the_version_that_the_embedded_one_is() -> None:
    image, version = SERVICES["kafka"]["image"].split(":")
    assert image == "apache/kafka"
    assert version.startswith("4.")
    lock = tomllib.loads((ROOT / "embedded" / "artifacts.lock.toml").read_text(encoding="utf-8"))
    assert version in str(lock)


def test_nothing_runs_an_image_without_a_version() -> None:
    for service in SERVICES.values():
        assert re.search(r":[\w.-]+$", service["image"])
        assert not service["image"].endswith(":latest")


def test_all_of_ours_is_one_image_from_one_dockerfile() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {"newswire:local"}
    assert {str(SERVICES[name]["build"]) for name in OURS} == {"."}


@each("service", SERVICES)
def test_a_service_waits_for_what_it_needs(service: str) -> None:
    for name, how in SERVICES[service].get("depends_on", {}).items():
        expected = "service_completed_successfully" if name in ONE_SHOT else "service_healthy"
        assert how == {"condition": expected}, name
        if expected == "service_healthy":
            assert SERVICES[name]["healthcheck"]


def test_the_order_of_start_is_the_one_that_works() -> None:
    def needs(service: str, seen: tuple[str, ...] = ()) -> set[str]:
        assert service not in seen, f"a circle: {seen}"
        direct = SERVICES[service].get("depends_on", {})
        return set(direct) | {inner for name in direct for inner in needs(name, (*seen, service))}

    assert needs("kibana") == {"elasticsearch", "accounts"}
    assert needs("dashboards") == {"kafka", "elasticsearch", "kibana", "accounts", "setup"}
    for stage in STAGES:
        assert needs(stage) >= {"kafka", "setup"}
        assert "kibana" not in needs(stage), "articles must flow without Kibana"


@each("service", SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(service: str) -> None:
    definition = SERVICES[service]
    assert definition["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in definition["security_opt"]
    for dangerous in ("privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "container_name"):
        assert dangerous not in definition
    assert not any(
        "docker.sock" in str(volume) or str(volume).startswith(("/", ".")) for volume in definition.get("volumes", [])
    )


@each("service", OURS)
def test_our_containers_are_not_root_and_write_to_memory_only(service: str) -> None:
    definition = SERVICES[service]
    user, group = definition["user"].split(":")
    assert int(user) > 1000 and int(group) > 1000
    assert definition["read_only"] is True
    assert definition["init"] is True
    mounts = {mount.split(":")[0]: mount for mount in definition["tmpfs"]}
    assert environment(service)["NEWSWIRE_DATA_DIR"] in mounts
    assert f"uid={user}" in mounts["/var/lib/newswire"]
    assert all("size=" in mount for mount in mounts.values())
    assert "volumes" not in definition


@each("service", SERVICES)
def test_a_service_has_limits(service: str) -> None:
    definition = SERVICES[service]
    assert re.fullmatch(r"\d+[mg]", definition["mem_limit"])
    assert definition["cpus"] > 0
    assert definition["pids_limit"] > 0
    assert definition["logging"]["options"]["max-size"]


@each("service", SERVICES)
def test_only_this_machine_reaches_a_published_port(service: str) -> None:
    ports = SERVICES[service].get("ports", [])
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)
    assert bool(ports) == (service in SERVERS)


def test_only_the_collector_of_ours_reaches_the_outside() -> None:
    networks = compose.load()["networks"]
    assert networks["pipeline"]["internal"] is True
    assert not networks["edge"].get("internal")
    for name in OURS:
        assert ("edge" in SERVICES[name]["networks"]) == (name == "collector")
    assert all("pipeline" in service["networks"] for service in SERVICES.values())


@each("service", [*SERVERS, *STAGES])
def test_what_keeps_running_restarts_and_is_watched(service: str) -> None:
    definition = SERVICES[service]
    assert definition["restart"] == "unless-stopped"
    check = definition["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert "stop_grace_period" in definition or service == "kibana"


@each("service", ONE_SHOT)
def test_what_runs_once_is_tried_again_only_on_failure(service: str) -> None:
    assert SERVICES[service]["restart"].startswith("on-failure")
    assert "healthcheck" not in SERVICES[service]


@each("service", STAGES)
def test_a_stages_health_is_that_of_the_stage(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"] == ["CMD", "python", "-m", "newswire.health", service]


@each("service", OURS)
def test_every_command_is_there(service: str) -> None:
    command = SERVICES[service]["command"]
    if command[:2] == ["python", "-m"]:
        module = command[2]
        found = importlib.util.find_spec(module)
        assert found is not None
        if found.submodule_search_locations:
            assert importlib.util.find_spec(f"{module}.__main__") is not None
        return
    assert command[0] == "newswire"
    done = subprocess.run(
        [sys.executable, "-m", "newswire", *command[1:], "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_processors_can_be_scaled() -> None:
    processor = SERVICES["processor"]
    assert environment("processor")["NEWSWIRE_PROCESSOR__WORKERS"] == "1"
    for fixed in ("container_name", "ports", "volumes", "hostname"):
        assert fixed not in processor
    assert int(environment("setup")["NEWSWIRE_KAFKA__PARTITIONS"]) >= 12


def test_the_stages_are_not_the_superuser() -> None:
    for stage in STAGES:
        assert environment(stage)["NEWSWIRE_ELASTICSEARCH__USERNAME"] == "newswire"
        assert "elastic_password-0123456789abcdef" not in environment(stage).values()
    made = environment("accounts")
    stage = environment("indexer")
    assert made["NEWSWIRE_ELASTICSEARCH__STAGE_USERNAME"] == stage["NEWSWIRE_ELASTICSEARCH__USERNAME"]
    assert made["NEWSWIRE_ELASTICSEARCH__STAGE_PASSWORD"] == stage["NEWSWIRE_ELASTICSEARCH__PASSWORD"]
    assert made["NEWSWIRE_KIBANA__SYSTEM_PASSWORD"] == environment("kibana")["ELASTICSEARCH_PASSWORD"]
    assert made["NEWSWIRE_ELASTICSEARCH__PASSWORD"] == environment("elasticsearch")["ELASTIC_PASSWORD"]
    assert environment("kibana")["ELASTICSEARCH_USERNAME"] == "kibana_system"


def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    for definition in compose.raw()["services"].values():
        for name, value in definition.get("environment", {}).items():
            if re.search(r"PASSWORD|ENCRYPTIONKEY|API_KEY|TOKEN", name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), name
    assert {name for name, default in compose.used_variables().items() if not default} == SECRETS


@each("name", sorted(SECRETS))
def test_an_unset_secret_stops_compose_with_a_sentence(name: str) -> None:
    with pytest.raises(compose.Missing, match=rf"{name}: set {name} in \.env"):
        compose.load({name: ""})


def test_the_example_names_every_variable_with_its_default_and_no_secret() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = dict(line.removeprefix("#").split("=", 1) for line in lines if re.fullmatch(r"#?[A-Z_]+=.*", line))
    assert shown == compose.used_variables()
    for line in lines:
        name = line.split("=")[0]
        assert (name in SECRETS) == bool(re.fullmatch(r"[A-Z_]+=", line)), line


def test_no_variable_of_the_example_is_taken_for_a_setting_of_ours() -> None:
    assert not [name for name in compose.used_variables() if name.startswith("NEWSWIRE_")]


def test_servers_keep_their_data_in_named_volumes() -> None:
    declared = set(compose.load()["volumes"])
    used = {volume.split(":")[0] for name in SERVERS for volume in SERVICES[name]["volumes"]}
    assert used == declared
    assert all(SERVICES[name]["volumes"] for name in SERVERS)


def test_kafkas_addresses_agree_with_each_other() -> None:
    kafka = environment("kafka")

    def pairs(name: str, between: str) -> dict[str, str]:
        return dict(entry.split(between, 1) for entry in kafka[name].split(","))

    listeners = pairs("KAFKA_LISTENERS", "://")
    advertised = pairs("KAFKA_ADVERTISED_LISTENERS", "://")
    controller = kafka["KAFKA_CONTROLLER_LISTENER_NAMES"]
    assert set(pairs("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", ":")) == set(listeners)
    assert set(advertised) == set(listeners) - {controller}
    assert kafka["KAFKA_INTER_BROKER_LISTENER_NAME"] in advertised
    assert kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"{kafka['KAFKA_NODE_ID']}@{listeners[controller]}"
    assert advertised["INTERNAL"] == environment("indexer")["NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS"]
    (published,) = SERVICES["kafka"]["ports"]
    assert published.split(":")[-1] == listeners["HOST"].rsplit(":", 1)[1]
    assert advertised["HOST"] == published.rsplit(":", 1)[0]
    assert kafka["KAFKA_LOG_DIRS"] in [volume.split(":")[1] for volume in SERVICES["kafka"]["volumes"]]
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_the_cluster_id_is_one_that_kafka_takes() -> None:
    cluster = environment("kafka")["CLUSTER_ID"]
    assert not cluster.startswith("-"), "the storage tool would take it for an option"
    assert len(base64.urlsafe_b64decode(cluster + "==")) == 16


def test_one_broker_is_never_asked_for_a_second_copy() -> None:
    kafka = environment("kafka")
    copies = {name: value for name, value in kafka.items() if name.endswith(("REPLICATION_FACTOR", "MIN_ISR"))}
    assert len(copies) == 5
    assert set(copies.values()) == {"1"}


def test_the_documentation_names_every_service_and_only_settings_that_there_are() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| ", text, flags=re.MULTILINE)) >= set(SERVICES)
    text += (ROOT / "docs" / "kibana.md").read_text(encoding="utf-8")
    assert set(re.findall(r"NEWSWIRE_[A-Z_]+", text)) <= set(known_variables())


def test_the_documented_rights_are_those_of_the_role() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (shown,) = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)]
    role = stage_role("news-articles")
    assert shown["cluster"] == role["cluster"]
    assert [(item["names"], item["privileges"]) for item in shown["indices"]] == [
        (item["names"], item["privileges"]) for item in role["indices"]
    ]
