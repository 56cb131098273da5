"""One suite for both stores: the fake must behave as Elasticsearch does. Then what only the real one can show."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from contracts.errors import Quarantine, Retry
from contracts.settings import ElasticsearchSettings
from indexer.bulk import ElasticsearchStore, outcome
from indexer.setup import connect
from indexer.store import Conflict, Done, FakeStore, Operation, Store

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


@pytest.fixture
def index() -> str:
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture(params=["fake", "elasticsearch"])
def store(request: pytest.FixtureRequest, index: str) -> Iterator[Store]:
    if request.param == "fake":
        yield FakeStore()
        return
    client = connect(ElasticsearchSettings(url=request.getfixturevalue("elasticsearch")))
    yield ElasticsearchStore(client)
    client.indices.delete(index=index, ignore_unavailable=True)


def test_a_document_is_created_once_and_read_at_once(store: Store, index: str):
    assert store.write([Operation(index, "a", b'{"n":1}'), Operation(index, "b", b'{"n":2}')]) == [Done(), Done()]
    assert store.write([Operation(index, "a", b'{"n":3}')]) == [Conflict()]
    found = store.read([(index, "b"), (index, "a"), (index, "c"), (f"{index}-none", "a")])
    assert [one and one.source for one in found] == [{"n": 2}, {"n": 1}, None, None]


def test_a_document_is_replaced_only_as_it_was_read(store: Store, index: str):
    store.write([Operation(index, "a", b'{"n":1}')])
    (read,) = store.read([(index, "a")])
    assert read is not None
    replace = Operation(index, "a", b'{"n":2}', read.seq_no, read.primary_term)
    assert store.write([replace]) == [Done()]
    assert store.write([replace]) == [Conflict()]
    assert store.write([Operation(index, "new", b"{}", 0, 1)]) == [Conflict()]
    (read,) = store.read([(index, "a")])
    assert read is not None
    assert read.source == {"n": 2}


def test_the_same_document_twice_in_one_request_is_one(store: Store, index: str):
    assert store.write([Operation(index, "a", b'{"n":1}'), Operation(index, "a", b'{"n":2}')]) == [Done(), Conflict()]


def test_many_documents_are_read_in_their_order(store: Store, index: str):
    ids = [str(number) for number in range(40)]
    store.write([Operation(index, id, b'{"n": %d}' % int(id)) for id in ids[::2]])
    found = store.read([(index, id) for id in ids])
    assert [stored.source["n"] if stored else None for stored in found] == [
        number if number % 2 == 0 else None for number in range(40)
    ]


def test_nothing_in_gives_nothing_out(store: Store):
    assert store.write([]) == []
    assert store.read([]) == []


@pytest.fixture
def strict(elasticsearch: str, index: str) -> Iterator[Elasticsearch]:
    client = connect(ElasticsearchSettings(url=elasticsearch))
    client.indices.create(index=index, mappings={"dynamic": "strict", "properties": {"n": {"type": "integer"}}})
    yield client
    client.indices.delete(index=index)


def test_what_the_mapping_refuses_is_quarantined_with_the_servers_reason(strict: Elasticsearch, index: str):
    operations = [
        Operation(index, "good", b'{"n":1}'),
        Operation(index, "strange", b'{"m":1}'),
        Operation(index, "text", b'{"n":"one"}'),
        Operation(index, "broken", b'{"n":'),
    ]
    done, *refused = ElasticsearchStore(strict).write(operations)
    assert done == Done()
    assert all(isinstance(one, Quarantine) for one in refused)
    assert "dynamic introduction of [m]" in str(refused[0])
    assert "failed to parse field [n]" in str(refused[1])


def test_an_id_that_fails_the_whole_request_is_found_and_the_others_are_written(strict: Elasticsearch, index: str):
    operations = [Operation(index, id, b'{"n":1}') for id in ("a", "b", "x" * 600, "c", "d")]
    outcomes = ElasticsearchStore(strict).write(operations)
    assert [isinstance(one, Quarantine) for one in outcomes] == [False, False, True, False, False]


def test_a_closed_index_is_worth_waiting_for(strict: Elasticsearch, index: str):
    strict.indices.close(index=index)
    (one,) = ElasticsearchStore(strict).write([Operation(index, "a", b'{"n":1}')])
    assert isinstance(one, Retry)
    with pytest.raises(Retry):
        ElasticsearchStore(strict).read([(index, "a")])


def test_requests_are_cut_by_bytes(strict: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch):
    sizes = []
    real = ElasticsearchStore._request
    monkeypatch.setattr(
        ElasticsearchStore, "_request", lambda self, chunk: sizes.append(len(chunk)) or real(self, chunk)
    )
    operations = [Operation(index, str(n), b'{"n":%d}' % n) for n in range(25)]
    assert ElasticsearchStore(strict, batch_bytes=80).write(operations) == [Done()] * 25
    assert len(sizes) == 3
    assert max(sizes) <= 80


def server_that_takes(server: HTTPServer, most_bytes: int) -> ElasticsearchStore:
    """Answers as Elasticsearch does when ``http.max_content_length`` is ``most_bytes``."""

    def handle(request: Request) -> Response:
        head = {
            "X-Elastic-Product": "Elasticsearch",
            "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8",
        }
        body = request.get_data()
        if len(body) > most_bytes:
            return Response('{"error":"too large"}', 413, head)
        count = len(body.splitlines()) // 2
        return Response(json.dumps({"items": [{"create": {"status": 201}}] * count}), 200, head)

    server.expect_request("/_bulk").respond_with_handler(handle)
    return ElasticsearchStore(connect(ElasticsearchSettings(url=server.url_for("/"))))


def test_a_request_that_is_too_large_is_halved_until_the_one_document_is_found(httpserver: HTTPServer):
    store = server_that_takes(httpserver, 1000)
    bodies = [b'{"n":"%s"}' % (b"x" * size) for size in (100, 300, 2000, 400, 300)]
    outcomes = store.write([Operation("i", str(n), body) for n, body in enumerate(bodies)])
    assert [type(one) for one in outcomes] == [Done, Done, Quarantine, Done, Done]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
def test_a_request_that_fails_as_a_whole_is_worth_another_try(httpserver: HTTPServer, status: int):
    httpserver.expect_request("/_bulk").respond_with_json(
        {"error": "x"}, status, {"X-Elastic-Product": "Elasticsearch"}
    )
    store = ElasticsearchStore(connect(ElasticsearchSettings(url=httpserver.url_for("/"))))
    first, second = store.write([Operation("i", "a", b"{}"), Operation("i", "b", b"{}")])
    assert isinstance(first, Retry)
    assert isinstance(second, Retry)


def test_a_server_that_is_away_is_worth_another_try():
    store = ElasticsearchStore(connect(ElasticsearchSettings(url="http://127.0.0.1:9", request_timeout_s=1)))
    (one,) = store.write([Operation("i", "a", b"{}")])
    assert isinstance(one, Retry)
    with pytest.raises(Retry):
        store.read([("i", "a")])


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (200, "", Done),
        (201, "", Done),
        (409, "version_conflict_engine_exception", Conflict),
        (429, "es_rejected_execution_exception", Retry),
        (429, "cluster_block_exception", Retry),
        (503, "unavailable_shards_exception", Retry),
        (403, "cluster_block_exception", Retry),
        (404, "index_not_found_exception", Retry),
        (400, "validation_exception", Retry),
        (400, "document_parsing_exception", Quarantine),
        (400, "illegal_argument_exception", Quarantine),
        (413, "", Quarantine),
    ],
)
def test_every_status_of_an_item_has_its_meaning(status, kind, expected):
    assert isinstance(outcome({"status": status, "error": {"type": kind, "reason": "why"}}), expected)
