"""The accounts: what is asked of Elasticsearch, and what the stages' role allows on a real one with security.

The minimal distribution cannot make its own index of users (it lacks the filter ``pattern_capture``), so the role is
given to a user of the file realm there, and the security API's part is played by a local server.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from elasticsearch import AuthenticationException, AuthorizationException, Elasticsearch
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from contracts.errors import ConfigError
from contracts.settings import ElasticsearchSettings, KibanaSettings, Settings
from embedded import EmbeddedElasticsearch, Installation
from embedded.paths import server_uid
from indexer.kibana import accounts
from indexer.kibana.accounts import KIBANA_USER, STAGE_ROLE, ensure_accounts, stage_role
from indexer.setup import connect, ensure_index
from tests.conftest import server_folder
from tests.deployment import compose

STAGE = "newswire"
KIBANA_PASSWORD = "kibana-geheim-ß"
STAGE_PASSWORD = "stage-password"


def hashed(password: str) -> str:
    """A password as Elasticsearch's file realm keeps it: PBKDF2 with HMAC-SHA512, 32 bytes of salt and of key."""
    salt = hashlib.sha256(password.encode()).digest()
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return f"{{PBKDF2}}10000${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


@dataclass
class SecuredElasticsearch(EmbeddedElasticsearch):
    """The embedded node with the compose file's settings, security among them."""

    def settings(self) -> dict[str, str]:
        composed = compose.services()["elasticsearch"]["environment"]
        return super().settings() | {name: str(value) for name, value in composed.items() if "." in name}

    def _configure(self) -> None:
        super()._configure()
        files = {
            "roles.yml": json.dumps({STAGE_ROLE: stage_role("news-articles")}),
            "users": f"{STAGE}:{hashed(STAGE_PASSWORD)}\n",
            "users_roles": f"{STAGE_ROLE}:{STAGE}\n",
        }
        for name, content in files.items():
            path = self.root / "config" / name
            path.write_text(content, encoding="utf-8")
            path.chmod(0o600)
            if (uid := server_uid()) is not None:
                os.chown(path, uid, uid)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/_cluster/health")
            return connection.getresponse().status == 401
        except OSError:
            return False
        finally:
            connection.close()


@pytest.fixture(scope="module")
def secured(installation: Installation) -> Iterator[str]:
    """Base URL of a node with security and the stages' user."""
    folder = server_folder()
    try:
        with SecuredElasticsearch(installation, folder) as server:
            yield server.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settings(url: str, password: str = "admin", **more: str) -> Settings:
    ours = {"stage_username": STAGE, "stage_password": STAGE_PASSWORD} | more
    return Settings(
        elasticsearch=ElasticsearchSettings(url=url, username="elastic", password=password, **ours),
        kibana=KibanaSettings(system_password=KIBANA_PASSWORD),
    )


@pytest.fixture
def stage(secured: str) -> Iterator[Elasticsearch]:
    with connect(ElasticsearchSettings(url=secured, username=STAGE, password=STAGE_PASSWORD)) as client:
        yield client


def test_a_stage_sets_up_writes_and_reads_its_index(secured: str, stage: Elasticsearch) -> None:
    ours = ElasticsearchSettings(url=secured)
    assert stage.security.authenticate()["roles"] == [STAGE_ROLE]
    assert ensure_index(stage, ours).template in ("created", "unchanged")
    index = f"{ours.alias}-2026.03"
    stage.index(index=index, id="1", document={"id": "1", "headline": "Häuser"}, refresh=True)
    stage.index(index=f"placements-{ours.alias}", id="1", document={"index": index}, refresh=True)
    found = stage.search(index=ours.alias, query={"match": {"headline.de": "Haus"}})
    assert found["hits"]["total"]["value"] == 1
    assert stage.mget(index=f"placements-{ours.alias}", ids=["1"])["docs"][0]["found"]
    assert stage.cluster.health()["number_of_nodes"] == 1


def test_a_stage_may_not_touch_anything_else(stage: Elasticsearch) -> None:
    for forbidden in (
        lambda: stage.index(index="payroll", document={"a": 1}),
        lambda: stage.search(index="payroll"),
        lambda: stage.indices.delete(index="news-articlesx"),
        lambda: stage.security.put_user(username="eve", password="eve-eve-eve", roles=["superuser"]),
        lambda: stage.cluster.put_settings(persistent={"cluster.max_shards_per_node": 1}),
        lambda: stage.search(index=".security-7"),
    ):
        with pytest.raises(AuthorizationException):
            forbidden()


def test_a_wrong_password_does_not_get_in(secured: str) -> None:
    with (
        connect(ElasticsearchSettings(url=secured, username=STAGE, password="wrong-password")) as client,
        pytest.raises(AuthenticationException),
    ):
        client.search(index="news-articles")


def test_a_wrong_administrator_is_a_wrong_setting(secured: str) -> None:
    wanted = settings(secured, "wrong-password")
    with accounts.connect(wanted.elasticsearch) as client, pytest.raises(ConfigError, match="manage users") as caught:
        ensure_accounts(client, wanted)
    assert "wrong-password" not in str(caught.value)


def test_a_stage_cannot_make_accounts(secured: str, stage: Elasticsearch) -> None:
    with pytest.raises(ConfigError, match="manage users"):
        ensure_accounts(stage, settings(secured))


class SecurityApi:
    """Keeps what the security API is asked, and answers as documented."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, object]] = []
        self.status = 200

    def __call__(self, request: Request) -> Response:
        self.asked.append((request.method, request.path, request.get_json()))
        answer = {} if self.status == 200 else {"error": {"type": "security_exception"}, "status": self.status}
        headers = {"X-Elastic-Product": "Elasticsearch"}
        return Response(json.dumps(answer), self.status, headers, mimetype="application/json")


@pytest.fixture
def api(httpserver: HTTPServer) -> SecurityApi:
    made = SecurityApi()
    httpserver.expect_request(re.compile("/_security/.*")).respond_with_handler(made)
    return made


def test_every_user_gets_its_password_and_the_stages_get_their_role(api: SecurityApi, httpserver: HTTPServer) -> None:
    wanted = settings(httpserver.url_for(""))
    for _ in range(2):
        api.asked.clear()
        with accounts.connect(wanted.elasticsearch) as client:
            assert ensure_accounts(client, wanted).users == (KIBANA_USER, STAGE)
        password, role, user = api.asked
        assert password == ("PUT", "/_security/user/kibana_system/_password", {"password": KIBANA_PASSWORD})
        assert role == ("PUT", f"/_security/role/{STAGE_ROLE}", stage_role("news-articles"))
        assert user[:2] == ("PUT", f"/_security/user/{STAGE}")
        assert user[2] == {"password": STAGE_PASSWORD, "roles": [STAGE_ROLE], "full_name": "newswire's stages"}


def test_the_role_follows_the_alias(api: SecurityApi, httpserver: HTTPServer) -> None:
    wanted = settings(httpserver.url_for(""), alias="presse")
    with accounts.connect(wanted.elasticsearch) as client:
        ensure_accounts(client, wanted)
    assert api.asked[1][2] == stage_role("presse")


@pytest.mark.parametrize("status", [401, 403])
def test_an_administrator_without_the_right_is_a_wrong_setting(
    api: SecurityApi, httpserver: HTTPServer, status: int
) -> None:
    api.status = status
    wanted = settings(httpserver.url_for(""))
    with accounts.connect(wanted.elasticsearch) as client, pytest.raises(ConfigError, match="manage users"):
        ensure_accounts(client, wanted)


def test_an_elasticsearch_without_security_says_so(elasticsearch: str) -> None:
    wanted = settings(elasticsearch)
    with accounts.connect(wanted.elasticsearch) as client, pytest.raises(ConfigError, match="without security"):
        ensure_accounts(client, wanted)


@pytest.mark.parametrize("password", ["", "short"])
def test_a_password_that_cannot_be_one_is_refused_before_anything_is_sent(
    api: SecurityApi, httpserver: HTTPServer, password: str
) -> None:
    wanted = settings(httpserver.url_for(""), stage_password=password)
    with (
        accounts.connect(wanted.elasticsearch) as client,
        pytest.raises(ConfigError, match="NEWSWIRE_ELASTICSEARCH__STAGE_PASSWORD"),
    ):
        ensure_accounts(client, wanted)
    assert api.asked == []


def test_nothing_named_is_nothing_done() -> None:
    wanted = Settings()
    with accounts.connect(wanted.elasticsearch) as client:
        assert ensure_accounts(client, wanted).users == ()


def test_the_role_covers_no_index_that_is_not_ours() -> None:
    (indices,) = stage_role("news-articles")["indices"]
    assert indices["names"] == ["news-articles", "news-articles-*", "placements-news-articles"]
    assert "all" not in indices["privileges"] and "all" not in stage_role("news-articles")["cluster"]


def test_the_command_gives_its_exit_code_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object, free_port: int
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("NEWSWIRE_ELASTICSEARCH__URL", f"http://elastic:url-secret@127.0.0.1:{free_port}")
    monkeypatch.setenv("NEWSWIRE_KIBANA__SYSTEM_PASSWORD", "secret-enough")
    assert accounts.main() == 4
    said = capsys.readouterr().err
    assert f"Elasticsearch does not answer at http://127.0.0.1:{free_port}" in said
    assert "secret-enough" not in said and "url-secret" not in said
