from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import BadRequestError
from pytest_httpserver import HTTPServer

import indexer.setup
from contracts.errors import ConfigError, Retry, ServiceUnavailable
from contracts.settings import ElasticsearchSettings
from indexer.bulk import ElasticsearchStore
from indexer.setup import connect, ensure_index
from indexer.template import PROPERTIES, index_template, lifecycle_policy, placements_index
from indexer.writing import BatchWriter
from tests.indexer.enriched_samples import T0, claim, entity, observation


@pytest.fixture
def chosen(elasticsearch: str) -> Iterator[ElasticsearchSettings]:
    alias = f"t{uuid.uuid4().hex[:10]}"
    yield ElasticsearchSettings(url=elasticsearch, alias=alias)
    client = connect(ElasticsearchSettings(url=elasticsearch))
    for name in client.indices.get(index=f"{alias}-*").body:
        client.indices.delete(index=name)
    client.indices.delete(index=placements_index(alias), ignore_unavailable=True)
    client.options(ignore_status=404).indices.delete_index_template(name=alias)


def test_setting_up_twice_changes_nothing(chosen: ElasticsearchSettings):
    client = connect(chosen)
    first = ensure_index(client, chosen)
    assert (first.template, first.placements) == ("created", "created")
    second = ensure_index(client, chosen)
    assert (second.template, second.placements, second.extended, second.drifted) == ("unchanged", "unchanged", [], {})
    assert client.indices.exists_alias(name=chosen.alias)


def test_the_placements_belong_to_no_article_pattern(chosen: ElasticsearchSettings):
    client = connect(chosen)
    ensure_index(client, chosen)
    assert placements_index(chosen.alias) not in client.indices.get(index=f"{chosen.alias}*").body
    assert placements_index(chosen.alias) not in client.indices.get(index="*").body


def test_a_changed_setting_updates_the_template(chosen: ElasticsearchSettings):
    client = connect(chosen)
    ensure_index(client, chosen)
    changed = chosen.model_copy(update={"refresh_interval": "7s"})
    assert ensure_index(client, changed).template == "updated"
    assert ensure_index(client, changed).template == "unchanged"


def test_indices_of_an_older_release_gain_the_new_fields(
    chosen: ElasticsearchSettings, monkeypatch: pytest.MonkeyPatch
):
    client = connect(chosen)
    old = {name: field for name, field in PROPERTIES.items() if name != "keyphrases"}
    monkeypatch.setattr(indexer.template, "PROPERTIES", old)
    ensure_index(client, chosen)
    monkeypatch.undo()
    report = ensure_index(client, chosen)
    assert report.template == "updated"
    (index,) = report.extended
    assert "keyphrases" in client.indices.get_mapping(index=index).body[index]["mappings"]["properties"]
    assert ensure_index(client, chosen).extended == []


def test_an_index_that_contradicts_the_mapping_is_reported(chosen: ElasticsearchSettings):
    client = connect(chosen)
    ensure_index(client, chosen)
    wrong = {"properties": {"language": {"type": "text"}}}
    client.indices.delete_index_template(name=chosen.alias)
    settings = index_template(chosen)["template"]["settings"]
    client.indices.create(index=f"{chosen.alias}-1999", mappings=wrong, settings=settings)
    report = ensure_index(client, chosen)
    assert "language" in report.drifted[f"{chosen.alias}-1999"]


def test_a_template_of_a_later_release_is_left_alone(chosen: ElasticsearchSettings):
    client = connect(chosen)
    newer = index_template(chosen) | {"version": 999}
    newer["meta"] = newer.pop("_meta")
    client.indices.put_index_template(name=chosen.alias, **newer)
    assert ensure_index(client, chosen).template == "newer"


def test_the_mapping_is_strict(chosen: ElasticsearchSettings):
    client = connect(chosen)
    ensure_index(client, chosen)
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
        client.index(index=f"{chosen.alias}-2026.03", document={"unknown": 1})


def test_the_largest_and_strangest_article_that_is_accepted_fits_the_mapping(chosen: ElasticsearchSettings):
    client = connect(chosen)
    ensure_index(client, chosen)
    long = "ü" * 40_000
    strange = observation(
        0,
        headline=long,
        body_text="x" * 1_000_000 + " \x00\x1f\ufffe " + "wort " * 100_000,
        byline=long,
        section=long,
        keywords=(long, ""),
        notes=(long,),
        url=f"https://a.example/{long}",
        language=long,
        entities=(entity(long, aliases=(long,)), entity("\x1f"), *(entity(f"Name {n}") for n in range(3000))),
        word_count=2**31 - 1,
    )
    writer = BatchWriter(ElasticsearchStore(client), chosen.alias, lambda: T0)
    assert writer.settle([strange]) == ["indexed"]


def test_completion_suggests_names(chosen: ElasticsearchSettings):
    client = connect(chosen)
    ensure_index(client, chosen)
    BatchWriter(ElasticsearchStore(client), chosen.alias, lambda: T0).settle([observation()])
    client.indices.refresh(index=chosen.alias)
    answer = client.search(index=chosen.alias, suggest={"s": {"prefix": "wladi", "completion": {"field": "suggest"}}})
    assert [option["text"] for option in answer.body["suggest"]["s"][0]["options"]] == ["Wladimir Putin"]


def test_a_server_that_is_away_or_lacks_the_filters_is_told_apart(httpserver: HTTPServer):
    with pytest.raises(ServiceUnavailable, match=r"127\.0\.0\.1:9"):
        away = ElasticsearchSettings(url="http://127.0.0.1:9", request_timeout_s=1)
        ensure_index(connect(away), away)
    head = {"X-Elastic-Product": "Elasticsearch"}
    httpserver.expect_request("/_ilm/policy").respond_with_json({"error": "no handler"}, 400, head)
    httpserver.expect_request("/_index_template/x", method="GET").respond_with_json({}, 404, head)
    cause = {"type": "illegal_argument_exception", "reason": "Unknown filter type [german_normalization]"}
    refusal = {"error": cause | {"root_cause": [cause]}, "status": 400}
    httpserver.expect_request("/_index_template/x", method="PUT").respond_with_json(refusal, 400, head)
    bare = ElasticsearchSettings(url=httpserver.url_for("/"), alias="x")
    with pytest.raises(ConfigError, match=r"german_normalization.*plugin"):
        ensure_index(connect(bare), bare)


def test_a_cluster_with_life_cycles_gets_one_policy_and_the_template_names_it(httpserver: HTTPServer):
    """Written after Elasticsearch's documentation of ILM: the minimal distribution has none."""
    put: list[dict[str, Any]] = []
    head = {"X-Elastic-Product": "Elasticsearch"}
    server = httpserver
    server.expect_request("/_ilm/policy").respond_with_json({}, 200, head)
    for path in ("/_ilm/policy/x", "/_index_template/x"):
        server.expect_request(path, method="PUT").respond_with_json({"acknowledged": True}, 200, head)
    server.expect_request("/_index_template/x", method="GET").respond_with_json({}, 404, head)
    server.expect_request("/x-*/_mapping").respond_with_json({}, 200, head)
    server.expect_request("/x-*/_settings").respond_with_json({}, 200, head)
    for name in ("placements-x", f"x-{datetime.now(UTC):%Y.%m}"):
        server.expect_request(f"/{name}", method="HEAD").respond_with_data("", 200, head)
    full = ElasticsearchSettings(url=server.url_for("/"), alias="x", retention_days=365)
    assert ensure_index(connect(full), full).lifecycle == "x"
    put = [json.loads(request.get_data()) for request, _ in server.log if request.method == "PUT"]
    assert put[0] == {"policy": lifecycle_policy(full)}
    assert put[0]["policy"]["phases"]["delete"]["min_age"] == "365d"
    assert put[1]["template"]["settings"]["index"]["lifecycle"] == {"name": "x"}


def test_indexers_at_work_on_the_same_articles_at_once_make_one_document_of_each(chosen: ElasticsearchSettings):
    ensure_index(connect(chosen), chosen)
    months = ["2026-01-05", "2026-02-05", "2026-03-05", "2025-11-05"]

    def work(worker: int) -> None:
        writer = BatchWriter(ElasticsearchStore(connect(chosen)), chosen.alias, lambda: T0)
        for n in range(5):
            version = worker * 5 + n
            left = [
                observation(
                    version,
                    f"id-{number}",
                    version=f"v{version:02}",
                    created=claim(months[(worker + number) % 4], "day"),
                    versioncreated=claim("2026-03-10", "day"),
                    collected=T0 + timedelta(minutes=version),
                )
                for number in range(10)
            ]
            for _ in range(50):
                results = writer.settle(left)
                left = [one for one, result in zip(left, results, strict=True) if isinstance(result, Retry)]
                if not left:
                    break
            assert not left

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, worker) for worker in range(4)]:
            done.result()
    client = connect(chosen)
    client.indices.refresh(index=chosen.alias)
    hits = client.search(index=chosen.alias, size=1000).body["hits"]["hits"]
    assert sorted(hit["_id"] for hit in hits) == sorted(f"id-{number}" for number in range(10))
    assert {hit["_source"]["version_count"] for hit in hits} == {20}
    assert {hit["_source"]["version_id"] for hit in hits} == {"v19"}
