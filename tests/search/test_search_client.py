"""Against a real Elasticsearch, with documents as the indexer writes them."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import AuthorizationException, Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import NotFound, ServiceUnavailable, UsageError
from contracts.messages import Subject
from contracts.settings import ElasticsearchSettings
from indexer import setup
from indexer.bulk import ElasticsearchStore
from indexer.writing import BatchWriter
from search.client import SearchClient, connect
from search.queries import CLOSE_TAG, OPEN_TAG, Query
from search.results import to_json
from tests.indexer.enriched_samples import T0, claim, entity, observation


@dataclass
class Newsroom:
    settings: ElasticsearchSettings
    search: SearchClient

    def write(self, *observations, at: datetime | None = None, refresh: bool = True) -> None:
        store = ElasticsearchStore(self.search.client)
        results = BatchWriter(store, self.settings.alias, lambda: at or datetime.now(UTC)).settle(observations)
        assert all(isinstance(result, str) for result in results), results
        if refresh:
            self.search.client.indices.refresh(index=self.settings.alias)


def newsroom_at(url: str) -> Newsroom:
    chosen = ElasticsearchSettings(url=url, alias=f"t{uuid.uuid4().hex[:10]}")
    setup.ensure_index(setup.connect(chosen), chosen)
    return Newsroom(chosen, connect(chosen))


def remove(room: Newsroom) -> None:
    client, alias = room.search.client, room.settings.alias
    for name in client.indices.get_alias(index=f"{alias}-*").body:
        client.indices.delete(index=name)
    client.indices.delete(index=f"placements-{alias}", ignore_unavailable=True)
    client.indices.delete_index_template(name=alias)


@pytest.fixture
def newsroom(elasticsearch: str) -> Iterator[Newsroom]:
    room = newsroom_at(elasticsearch)
    yield room
    remove(room)


@pytest.fixture(scope="module")
def archive(elasticsearch: str) -> Iterator[Newsroom]:
    """Three articles, read only."""
    room = newsroom_at(elasticsearch)
    politics = Subject(code="medtop:11000000", name="politics", name_de="Politik", score=0.9)
    sport = Subject(code="medtop:15000000", name="sport", name_de="Sport", score=0.8)
    room.write(
        observation(
            0,
            "houses",
            created=claim("2021-12", "month", "crawl-header"),
            headline="Neue Häuser für die Kunst",
            body_text="Putin und Biden sprachen über die alten Gebäude. Das Museum bleibt geschlossen.",
            subjects=(politics,),
        ),
        observation(
            1,
            "war",
            source="courier",
            headline="The war in the cities",
            body_text="The President's houses were damaged.",
            language="en-GB",
            entities=(entity("Joe Biden", aliases=("Biden",)), entity("NATO", "ORG")),
            subjects=(politics, sport),
        ),
        observation(
            2,
            "sport",
            source="kurier",
            headline="Sieg in Köln",
            body_text="<b>Köln</b> gewann das Spiel. " * 3,
            language="de",
            entities=(entity("Köln", "LOC"),),
            subjects=(sport,),
            created=claim("2026-03-14T10:00:00+00:00"),
        ),
    )
    yield room
    remove(room)


def ids(room: Newsroom, text: str = "", **filters) -> set[str]:
    query = Query(text, **{k: (v,) if k not in ("since", "until") else v for k, v in filters.items()})
    return {hit.id for hit in room.search.search(query).hits}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Haus", {"houses"}),
        ("haeuser", {"houses"}),
        ("Häuser", {"houses"}),
        ("house", {"war"}),
        ("Haus der Kunst", {"houses"}),
        ("war in cities", {"war"}),
        ("war", {"war"}),
        ("koeln", {"sport"}),
        ("koln", {"sport"}),
        ('"alten Gebäude"', {"houses"}),
        ('"Gebäude alten"', set()),
        ("Köln -gewann", set()),
        ("Putin | Spiel", {"houses", "sport"}),
        ("Wladimir Putin", {"houses"}),
        ("Häus*", {"houses"}),
        ("Einhorn", set()),
        ("", {"houses", "war", "sport"}),
    ],
)
def test_words_are_found_in_their_forms(archive, text, expected):
    assert ids(archive, text) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"languages": "de"}, {"houses", "sport"}),
        ({"languages": "EN"}, {"war"}),
        ({"sources": "kurier"}, {"sport"}),
        ({"sources": "Kurier"}, {"sport"}),
        ({"entities": "joe biden"}, {"war"}),
        ({"entities": "BIDEN"}, {"war"}),
        ({"entities": "köln"}, {"sport"}),
        ({"entities": "nato"}, {"houses", "war"}),
        ({"topics": "medtop:15000000"}, {"war", "sport"}),
        ({"topics": "15000000"}, {"war", "sport"}),
        ({"topics": "politik"}, {"houses", "war"}),
        ({"topics": "Politics"}, {"houses", "war"}),
        ({"topics": "Poli"}, {"houses", "war"}),
        ({"topics": "olitik"}, set()),
        ({"topics": "*"}, set()),
        ({"since": "2026-03-14"}, {"war", "sport"}),
        ({"until": "2021"}, {"houses"}),
        ({"since": "2021-12", "until": "2021-12"}, {"houses"}),
        ({"since": "2022", "until": "2025"}, set()),
    ],
)
def test_filters_fold_case_and_know_names_and_codes(archive, filters, expected):
    assert ids(archive, **filters) == expected


def test_highlights_mark_what_was_found_and_no_text_can_forge_them(archive):
    (hit,) = archive.search.search(Query("Haus")).hits
    assert hit.highlights["headline"] == (f"Neue {OPEN_TAG}Häuser{CLOSE_TAG} für die Kunst",)
    (hit,) = archive.search.search(Query("Köln")).hits
    assert "<b>\ue000Köln\ue001</b>" in hit.highlights["body_text"][0]


def test_dates_keep_the_precision_of_their_claim(archive):
    (hit,) = archive.search.search(Query("Haus")).hits
    assert (hit.firstcreated_value, hit.firstcreated_precision) == ("2021-12", "month")


def test_sorting_and_paging(archive):
    by_age = [hit.id for hit in archive.search.search(Query(), sort="oldest").hits]
    assert by_age == ["houses", "war", "sport"]
    assert [hit.id for hit in archive.search.search(Query(), sort="newest", limit=1, offset=1).hits] == ["war"]
    assert archive.search.search(Query(), limit=0).total == 3


def test_counts_and_tops(archive):
    counts = archive.search.counts()
    assert (counts.documents, counts.versions) == (3, 3)
    assert counts.languages == {"de": 2, "en-GB": 1}
    assert counts.sources == {"tagesblatt": 1, "courier": 1, "kurier": 1}
    tops = archive.search.tops(Query(languages=("de",)))
    assert tops.documents == 2
    assert {(top.value, top.name, top.name_de, top.documents) for top in tops.topics} == {
        ("medtop:11000000", "politics", "Politik", 1),
        ("medtop:15000000", "sport", "Sport", 1),
    }
    assert {top.value for top in tops.people} == {"Wladimir Putin"}


def test_results_are_one_line_of_json(archive):
    for result in (archive.search.search(Query("Haus")), archive.search.counts(), archive.search.tops()):
        line = to_json(result)
        assert "\n" not in line
        assert json.loads(line)
    hit = json.loads(to_json(archive.search.search(Query("Haus"))))["hits"][0]
    assert hit["people"] == ["Wladimir Putin"]
    assert hit["topics"] == ["Politik"]


HOSTILE = [
    '"',
    "((((",
    ")" * 50,
    "*",
    "a*",
    "~99999999999999",
    "\\",
    "+ - |",
    '"a"~99999999999',
    "{}[]^:/",
    "\x00",
    "\ud800",
    "a " * 1900,
    "a " * 64,
    "(" * 1000,
    "(" * 999 + "a",
    "*" * 1000,
    " ".join(f"w{i}*" for i in range(64)),
    "|".join(f"w{i}" for i in range(64)),
    '"' + "a " * 64 + '"~999',
    "-",
    "?" * 100,
    "headline:value",
    "🦄" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_answered_or_refused_in_a_sentence(archive, text):
    try:
        archive.search.search(Query(text))
        archive.search.tops(Query(text))
    except UsageError as error:
        assert str(error)
    for name in ("sources", "entities", "topics"):
        archive.search.search(Query(**{name: (text,)}))
    with pytest.raises(UsageError, match="no language"):
        archive.search.search(Query(languages=(text,)))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.sampled_from('ab "()*|+-~\\/:^!?<>{}[]&äß\n'), max_size=80))
def test_no_query_syntax_is_an_error(archive, text):
    archive.search.search(Query(text), limit=1)


def test_a_huge_filter_is_refused_or_answered(archive):
    assert archive.search.search(Query(entities=tuple(f"name {i}" for i in range(5000)))).total == 0


def test_an_article_is_there_before_it_can_be_searched(newsroom):
    newsroom.write(observation(0, "fresh"), refresh=False)
    assert newsroom.search.get("fresh")["headline"] == "Die Häuser der Präsidenten"
    for missing in ("stale", "", "x" * 600, "a/b?c#d", "\ud800"):
        with pytest.raises(NotFound):
            newsroom.search.get(missing)


def test_a_reader_who_may_not_see_the_placements_finds_what_can_be_searched(archive, monkeypatch):
    real = Elasticsearch.get

    def guarded(self, *, index: str, id: str):
        if index.startswith("placements-"):
            meta = ApiResponseMeta(403, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "127.0.0.1", 9))
            raise AuthorizationException("security_exception", meta, {})
        return real(self, index=index, id=id)

    monkeypatch.setattr(Elasticsearch, "get", guarded)
    assert archive.search.get("houses")["headline"] == "Neue Häuser für die Kunst"
    with pytest.raises(NotFound):
        archive.search.get("unwritten")


def test_before_anything_was_set_up_there_is_nothing(elasticsearch):
    nowhere = connect(ElasticsearchSettings(url=elasticsearch, alias=f"t{uuid.uuid4().hex[:10]}"))
    assert nowhere.search(Query("x")).total == 0
    assert nowhere.counts().documents == 0
    assert nowhere.tops().people == ()
    with pytest.raises(NotFound):
        nowhere.get("a")


def test_a_server_that_is_away_is_named():
    away = connect(ElasticsearchSettings(url="http://127.0.0.1:9", request_timeout_s=2))
    for ask in (lambda: away.search(Query()), away.counts, away.tops, lambda: away.get("a")):
        with pytest.raises(ServiceUnavailable, match=r"127\.0\.0\.1:9"):
            ask()


def test_tail_yields_each_article_once_however_late_it_becomes_searchable(newsroom):
    start = datetime.now(UTC)
    seen: list[str] = []
    rounds = 0

    def wait() -> bool:
        # Between the rounds: late ones with earlier stamps than what was seen, versions of known ones, many at once.
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            newsroom.write(observation(0, "second"), at=start + timedelta(seconds=9))
        elif rounds == 2:
            newsroom.write(observation(0, "late"), at=start + timedelta(seconds=3))
        elif rounds == 3:
            later = T0 + timedelta(hours=1)
            newsroom.write(observation(1, "late", version="v2", collected=later), at=start + timedelta(seconds=12))
        elif rounds == 4:
            many = [observation(i, f"many-{i}") for i in range(450)]
            newsroom.write(*many, at=start + timedelta(seconds=12))
        return rounds < 6

    newsroom.write(observation(0, "before"), at=start - timedelta(seconds=1))
    newsroom.write(observation(0, "first"), at=start)
    for hit in newsroom.search.tail(since=start, wait=wait):
        seen.append(hit.id)
    assert seen[:3] == ["first", "second", "late"]
    assert sorted(seen[3:]) == sorted(f"many-{i}" for i in range(450))


def test_tail_follows_a_writer_at_work(newsroom):
    start = datetime.now(UTC)
    done = threading.Event()

    def write() -> None:
        for number in range(20):
            newsroom.write(*(observation(i, f"{number}-{i}") for i in range(10)), refresh=False)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    deadline = time.monotonic() + 60
    seen: list[str] = []

    def wait() -> bool:
        done.wait(0.05)
        return len(seen) < 200 and time.monotonic() < deadline

    for hit in newsroom.search.tail(since=start, wait=wait):
        seen.append(hit.id)
    writer.join()
    assert len(seen) == len(set(seen)) == 200


def test_what_was_indexed_is_found_by_id_after_a_refresh_and_nothing_else_is(newsroom: Newsroom) -> None:
    newsroom.write(observation(0, "one"), observation(1, "two"), refresh=False)
    newsroom.search.refresh()
    known = newsroom.search.existing(["one", "two", "three", *(f"absent-{number}" for number in range(1_500))])
    assert known == {"one", "two"}
    assert newsroom.search.existing([]) == set()
