from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer

from contracts.errors import ConfigError, ServiceUnavailable
from contracts.settings import KibanaSettings
from indexer.kibana import client
from indexer.kibana.client import Failure, Importer, ImportRefused, setup
from indexer.kibana.connection import Deadline, Kibana, connect
from indexer.kibana.newsroom import objects
from tests.indexer.kibana import fake_kibana
from tests.indexer.kibana.fake_kibana import FakeKibana

Make = Callable[..., KibanaSettings]

NAMES = [item.name for item in objects()]


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def run(settings: KibanaSettings, wait_s: float = 20.0) -> client.Report:
    clock = Clock()
    with connect(settings) as http:
        deadline = Deadline(wait_s, clock=clock, pause=clock.pause)
        return Importer(Kibana(http, deadline), settings.space).run(objects())


def test_a_setup_imports_every_object_and_names_the_dashboards(kibana: FakeKibana, settings: Make) -> None:
    report = setup(settings())
    assert list(kibana.saved["default"]) == NAMES
    assert list(report.imported) == NAMES
    assert report.dashboards[0] == f"{settings().url}/app/dashboards#/view/newswire-newsroom"
    assert not report.space_created


def test_a_second_setup_overwrites_and_adds_nothing(kibana: FakeKibana, settings: Make) -> None:
    first = setup(settings())
    kept = {name: dict(item) for name, item in kibana.saved["default"].items()}
    assert setup(settings()) == first
    assert kibana.saved["default"] == kept
    assert kibana.imports == 2


def test_the_data_view_follows_the_alias(kibana: FakeKibana, settings: Make) -> None:
    setup(settings(), alias="presse")
    view = kibana.saved["default"]["index-pattern:newswire-articles"]
    assert view["attributes"]["title"] == "presse*"


def test_it_waits_until_kibana_is_ready(kibana: FakeKibana, settings: Make) -> None:
    kibana.not_ready = 3
    run(settings())
    assert kibana.requests.count("GET /api/status") == 4


def test_a_degraded_kibana_will_do(kibana: FakeKibana, settings: Make) -> None:
    kibana.level = "degraded"
    assert run(settings()).imported


@pytest.mark.parametrize("level", ["unavailable", "critical"])
def test_a_kibana_that_does_not_become_ready_is_unavailable(kibana: FakeKibana, settings: Make, level: str) -> None:
    kibana.level = level
    with pytest.raises(ServiceUnavailable, match=level) as caught:
        run(settings(), wait_s=5)
    assert len(kibana.requests) == 6
    assert caught.value.exit_code == 4


def test_nobody_listening_is_unavailable_once_the_time_is_up(settings: Make, free_port: int) -> None:
    with pytest.raises(ServiceUnavailable, match=f"Kibana does not answer at http://127.0.0.1:{free_port} "):
        run(settings(url=f"http://127.0.0.1:{free_port}"), wait_s=2)


def test_a_server_error_on_import_is_tried_again(kibana: FakeKibana, settings: Make) -> None:
    kibana.broken = [("/api/saved_objects/_import", 503)]
    with pytest.raises(ServiceUnavailable, match="HTTP 503"):
        run(settings(), wait_s=3)
    assert kibana.requests.count("POST /api/saved_objects/_import") == 4


@pytest.mark.parametrize("values", [{}, {"username": "elastic", "password": "wrong"}, {"api_key": "wrong"}])
def test_wrong_credentials_are_a_wrong_setting(kibana: FakeKibana, settings: Make, values: dict[str, str]) -> None:
    kibana.password, kibana.api_key = "secret", "key"
    with pytest.raises(ConfigError, match="does not accept our credentials") as caught:
        run(settings(**values))
    assert "NEWSWIRE_KIBANA__API_KEY" in caught.value.hint
    assert "wrong" not in str(caught.value)


def test_a_password_gets_in(kibana: FakeKibana, settings: Make) -> None:
    kibana.password = "geheim-ß"
    assert run(settings(username="elastic", password="geheim-ß")).imported


def test_an_api_key_gets_in_and_wins_over_a_password(kibana: FakeKibana, settings: Make) -> None:
    kibana.password, kibana.api_key = "secret", "a2V5"
    assert run(settings(api_key="a2V5", username="elastic", password="wrong")).imported


def test_credentials_in_the_address_get_in_and_are_never_shown(
    kibana: FakeKibana, settings: Make, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    kibana.password, kibana.not_ready = "hunter2", 1
    report = run(settings(url=f"http://elastic:hunter2@127.0.0.1:{httpserver.port}"))
    assert "hunter2" not in repr(report) + caplog.text
    kibana.broken = [("/api/saved_objects/_import", 418)]
    with pytest.raises(ConfigError) as caught:
        run(settings(url=f"http://elastic:hunter2@127.0.0.1:{httpserver.port}"))
    assert "hunter2" not in str(caught.value)


def test_missing_rights_are_a_wrong_setting(kibana: FakeKibana, settings: Make) -> None:
    kibana.broken = [("/api/saved_objects/_import", 403)]
    with pytest.raises(ConfigError, match="does not allow us POST /api/saved_objects/_import"):
        run(settings())


def test_a_space_is_made_once(kibana: FakeKibana, settings: Make) -> None:
    assert run(settings(space="redaktion")).space_created
    assert "redaktion" in kibana.spaces
    again = run(settings(space="redaktion"))
    assert not again.space_created
    assert list(kibana.saved["redaktion"]) == NAMES
    assert "/s/redaktion/app/dashboards" in again.dashboards[0]


def test_a_space_that_somebody_else_makes_meanwhile_will_do(kibana: FakeKibana, settings: Make) -> None:
    kibana.spaces["desk"] = {"id": "desk"}
    kibana.hide_spaces_until_post = True
    assert not run(settings(space="desk")).space_created
    assert list(kibana.saved["desk"]) == NAMES


def test_objects_that_another_space_holds_are_reported_under_their_new_ids(kibana: FakeKibana, settings: Make) -> None:
    run(settings())
    report = run(settings(space="sport"))
    assert "dashboard:moved-newswire-newsroom" in report.imported
    assert report.dashboards[0].endswith("/s/sport/app/dashboards#/view/moved-newswire-newsroom")


@pytest.mark.parametrize("space", ["Redaktion", "../admin", "", "a b"])
def test_a_space_that_cannot_be_is_refused_before_anything_is_sent(
    kibana: FakeKibana, settings: Make, space: str
) -> None:
    with pytest.raises(ConfigError, match="cannot be a Kibana space"):
        setup(settings(space=space))
    assert kibana.requests == []


def test_a_partial_import_is_an_error_though_the_status_is_200(kibana: FakeKibana, settings: Make) -> None:
    kibana.refuse = {
        "search:newswire-headlines": {"type": "conflict"},
        "dashboard:newswire-newsroom-de": {"type": "unknown", "message": "too large", "statusCode": 400},
    }
    with pytest.raises(ImportRefused, match="search:newswire-headlines: conflict") as caught:
        run(settings())
    assert caught.value.failures == (
        Failure("search:newswire-headlines", "conflict"),
        Failure("dashboard:newswire-newsroom-de", "unknown", "too large"),
    )
    assert caught.value.exit_code == 4


def test_missing_references_are_named(kibana: FakeKibana, settings: Make) -> None:
    with connect(settings()) as http, pytest.raises(ImportRefused) as caught:
        Importer(Kibana(http, Deadline(5))).import_objects([item for item in objects() if item.type == "search"])
    assert caught.value.failures[0] == Failure(
        "search:newswire-headlines", "missing_references", "index-pattern:newswire-articles"
    )


def test_a_kibana_too_old_for_the_stamps_says_so(
    kibana: FakeKibana, settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fake_kibana.SUPPORTED_STAMPS, "dashboard", "7.9.3")
    with pytest.raises(ImportRefused, match="more recent version of Kibana"):
        run(settings())


@pytest.mark.parametrize(
    "answer",
    [
        {"success": True, "successCount": 1},
        {"success": False, "successCount": 5},
        {"successCount": 5},
        {"success": True, "successCount": 5, "errors": [{"id": "x", "type": "lens", "error": {"type": "conflict"}}]},
        [],
    ],
)
def test_only_an_answer_that_says_all_were_taken_is_success(
    httpserver: HTTPServer, settings: Make, answer: object
) -> None:
    httpserver.expect_request("/api/saved_objects/_import").respond_with_json(answer)
    with connect(settings()) as http, pytest.raises(ImportRefused):
        Importer(Kibana(http, Deadline(5))).import_objects(objects())


def test_a_base_path_is_kept(kibana: FakeKibana, settings: Make) -> None:
    kibana.base_path = "/kibana"
    report = run(settings(path="/kibana", space="desk"))
    assert report.dashboards[0] == f"{settings().url}/kibana/s/desk/app/dashboards#/view/newswire-newsroom"


def test_a_server_that_is_no_kibana_is_a_wrong_setting(httpserver: HTTPServer, settings: Make) -> None:
    httpserver.expect_request("/api/status").respond_with_data("<html>", 404)
    with pytest.raises(ConfigError, match="is no Kibana that we know: HTTP 404"):
        run(settings())


def test_a_web_page_in_place_of_the_status_is_a_wrong_setting(httpserver: HTTPServer, settings: Make) -> None:
    httpserver.expect_request("/api/status").respond_with_data("<html>Welcome</html>", content_type="text/html")
    with pytest.raises(ConfigError, match="is no Kibana"):
        run(settings())


def test_a_redirect_is_not_followed(httpserver: HTTPServer, settings: Make) -> None:
    httpserver.expect_request("/api/status").respond_with_data("", 302, {"Location": "http://192.0.2.1/login"})
    with pytest.raises(ConfigError, match="HTTP 302"):
        run(settings())


@pytest.mark.parametrize("url", ["kibana:5601", "", "ftp://host", "http://", "http://kibana:port", "127.0.0.1:5601"])
def test_an_address_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigError, match="address") as caught:
        setup(KibanaSettings(url=url))
    assert "NEWSWIRE_KIBANA__URL" in caught.value.hint


def test_an_authority_file_that_is_missing_is_a_wrong_setting(settings: Make) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        setup(settings(ca_certs="/nowhere/ca.pem"))
