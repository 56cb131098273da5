from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Drop, Quarantine
from contracts.messages import DateClaim, Link
from indexer.document import Limits, merge, order_key, placement
from tests.indexer.enriched_samples import T0, claim, entity, observation, plain

NOW = T0 + timedelta(minutes=1)
LIMITS = Limits()


def fold(observations, limits=LIMITS):
    document = None
    for one in observations:
        try:
            document = merge(plain(document) if document else None, one, now=NOW, limits=limits)
        except Drop:
            continue
    return plain(document)


def without_writing_times(document):
    return {name: value for name, value in document.items() if name not in ("indexed_at", "updated_at")}


def test_a_new_article_has_its_text_facets_and_one_version():
    document = fold([observation()])
    assert document["headline"] == "Die Häuser der Präsidenten"
    assert document["people"] == ["Wladimir Putin"]
    assert document["organisations"] == ["Nato"]
    assert document["places"] == ["Ukraine"]
    assert document["entity_names"] == ["Wladimir Putin", "Putin", "Nato", "Ukraine"]
    assert document["entities"][0]["count"] == 2
    assert document["locations"] == [{"lat": 49.0, "lon": 32.0}]
    assert document["source"]["name"] == "tagesblatt"
    assert document["version_count"] == document["source_count"] == 1
    assert document["firstcreated"] == "2026-03-14T08:00:00.000000Z"


def test_the_same_observation_again_is_dropped():
    document = merge(None, observation(), now=NOW, limits=LIMITS)
    with pytest.raises(Drop):
        merge(plain(document), observation(), now=NOW + timedelta(hours=1), limits=LIMITS)


def test_a_newer_version_becomes_current_and_the_older_stays_in_the_history():
    later = claim("2026-03-14T10:00:00+00:00")
    document = fold([observation(0), observation(1, version="v2", versioncreated=later, headline="Neu")])
    assert (document["version_id"], document["headline"]) == ("v2", "Neu")
    assert [entry["version_id"] for entry in document["versions"]] == ["v1", "v2"]


def test_an_older_version_that_comes_late_is_only_recorded():
    later = claim("2026-03-14T10:00:00+00:00")
    document = fold([observation(0, version="v2", versioncreated=later), observation(1, version="v1", headline="Alt")])
    assert document["version_id"] == "v2"
    assert document["headline"] != "Alt"
    assert document["version_count"] == 2


def test_a_replay_of_an_older_version_is_dropped():
    later = claim("2026-03-14T10:00:00+00:00")
    document = fold([observation(0), observation(1, version="v2", versioncreated=later)])
    with pytest.raises(Drop):
        merge(document, observation(2), now=NOW, limits=LIMITS)


def test_a_newer_enrichment_of_the_same_version_replaces_the_older_one_only():
    better = observation(1, enriched=T0 + timedelta(days=1), entities=(entity("Joe Biden"),))
    document = fold([observation(0), better])
    assert document["people"] == ["Joe Biden"]
    assert document["version_count"] == 1
    assert without_writing_times(fold([better, observation(0)])) == without_writing_times(document)


def test_a_second_source_joins_the_first_and_seen_times_widen():
    document = fold([observation(0), observation(1, source="kurier", collected=T0 + timedelta(hours=2))])
    assert [entry["id"] for entry in document["sources"]] == ["tagesblatt", "kurier"]
    assert document["first_seen"] == "2026-03-14T09:00:00.000000Z"
    assert document["last_seen"] == "2026-03-14T11:00:00.000000Z"
    assert document["version_count"] == 1


def test_a_publication_date_that_somebody_names_wins_over_the_time_of_collection():
    unnamed = observation(0, created=claim(T0.isoformat(), provenance="collected"))
    named = observation(1, version="v2", created=claim("2026-03-13", "day"))
    assert fold([unnamed, named])["firstcreated_value"] == "2026-03-13"
    assert fold([named, unnamed])["firstcreated_value"] == "2026-03-13"


@pytest.mark.parametrize(
    "value", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2026-03-17T00:00:00Z", ""]
)
def test_an_unbelievable_date_is_kept_as_claimed_and_indexed_as_collected(value):
    document = fold([observation(0, created=claim(value))])
    assert document["firstcreated_value"] == value
    assert document["firstcreated"] == "2026-03-14T09:00:00.000000Z"
    assert document["firstcreated_doubted"] is True


def test_a_version_from_the_future_does_not_win_for_ever():
    future = observation(0, version="v1", versioncreated=claim("2026-03-16T08:00:00+00:00"))
    honest = observation(
        1, version="v2", collected=T0 + timedelta(hours=1), versioncreated=claim("2026-03-14T09:30:00Z")
    )
    assert fold([future, honest])["version_id"] == "v2"


@pytest.mark.parametrize(
    ("value", "precision"),
    [("31.12.2021", "day"), ("2021-13", "month"), ("0001-01-01T00:00:00+05:00", "second")],
)
def test_a_claim_that_is_no_date_is_quarantined(value, precision):
    with pytest.raises(Quarantine) as refusal:
        merge(
            None,
            observation(0, created=DateClaim(value=value, precision=precision, provenance="x")),
            now=NOW,
            limits=LIMITS,
        )
    assert refusal.value.reason == "bad-date"


@pytest.mark.parametrize("id", ["", "x" * 513, "ü" * 257])
def test_an_id_that_the_server_cannot_hold_is_quarantined(id):
    with pytest.raises(Quarantine) as refusal:
        merge(None, observation(0, id), now=NOW, limits=LIMITS)
    assert refusal.value.reason == "bad-id"


def test_hostile_names_do_not_reach_the_completion():
    names = ("\x1f\x1e\x00", " ", "\tMax\nMuster ", "ok")
    document = fold([observation(0, entities=tuple(entity(name) for name in names))])
    assert sorted(entry["input"] for entry in document["suggest"]) == ["MaxMuster", "ok"]


def test_coordinates_off_the_globe_are_left_out():
    broken = entity("Nirgendwo", "LOC", link=Link(id="x:1", lat=91.0, lon=0.0))
    assert "locations" not in fold([observation(0, entities=(broken,))])


def test_mentions_are_bounded_and_counted():
    document = fold([observation(0, entities=(entity("A", count=7), entity("B", count=7)))], Limits(mentions=10))
    assert [len(one["mentions"]) for one in document["entities"]] == [7, 3]
    assert document["mention_count"] == 14


@pytest.mark.parametrize(
    ("value", "index"),
    [
        ("2021-12", "news-2021.12"),
        ("2021-12-31T23:30:00-02:00", "news-2022.01"),
        ("2000-01-01", "news-2000.01"),
        ("1999-12-31", "news-archive"),
        ("1970-01-01", "news-archive"),
        ("1450", "news-archive"),
        ("1449-12-31", "news-2026.03"),
        ("0001-01-01", "news-2026.03"),
        ("2026-03-15", "news-2026.03"),
        ("2027-01-01", "news-2026.03"),
        ("9999-12-31", "news-2026.03"),
    ],
)
def test_an_article_is_placed_by_its_month_and_hostile_dates_make_no_indices(value, index):
    document = merge(None, observation(0, created=claim(value, "day")), now=NOW, limits=LIMITS)
    assert placement(document, alias="news", now=NOW) == index


def test_a_collection_time_from_the_future_places_in_the_present_month():
    far = datetime(2400, 1, 1, tzinfo=UTC)
    document = merge(None, observation(0, collected=far, created=claim("2399-12-31", "day")), now=NOW, limits=LIMITS)
    assert placement(document, alias="news", now=NOW) == "news-2026.03"


# Observations whose every part may coincide with, or contradict, that of another one.
moments = st.integers(0, 4).map(lambda hours: T0 + timedelta(hours=hours))
claims = st.builds(
    claim,
    st.sampled_from(["2026-03", "2026-03-13", "2026-03-14T07:00:00+00:00", "2026-03-14T11:00:00+00:00", "9999-01-01"]),
    st.sampled_from(["second", "day", "month"]),
    st.sampled_from(["feed", "collected", "json-ld"]),
)


@st.composite
def observation_sets(draw):
    count = draw(st.integers(1, 6))
    return [
        observation(
            offset,
            version=draw(st.sampled_from(["v1", "v2", "v3"])),
            collected=draw(moments),
            created=draw(claims),
            versioncreated=draw(claims),
            source=draw(st.sampled_from(["one", "two"])),
            enriched=draw(moments),
            headline=f"from offset {offset}",
        )
        for offset in range(count)
    ]


@settings(deadline=None, max_examples=300)
@given(observation_sets(), st.data())
def test_order_and_repetition_do_not_matter(observations, data):
    shuffled = data.draw(st.permutations(observations))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(observations), max_size=4))
    expected = without_writing_times(fold(observations))
    assert without_writing_times(fold(repeated)) == expected
    newest = max(observations, key=lambda one: order_key(fold([one])))
    assert expected["headline"] == newest.article.headline
    assert expected["version_count"] == len({one.article.version_id for one in observations})
    assert {entry["id"] for entry in expected["sources"]} == {one.article.source.id for one in observations}


@settings(deadline=None, max_examples=100)
@given(st.permutations(range(8)))
def test_bounded_lists_keep_the_newest_versions_and_the_earliest_sources_in_any_order(order):
    observations = [
        observation(
            number,
            version=f"v{number}",
            versioncreated=claim(f"2026-03-14T0{number}:00:00+00:00"),
            collected=T0 + timedelta(minutes=number),
            source=f"s{number}",
        )
        for number in order
    ]
    document = fold(observations, Limits(versions=3, sources=2))
    assert [entry["version_id"] for entry in document["versions"]] == ["v5", "v6", "v7"]
    assert [entry["id"] for entry in document["sources"]] == ["s0", "s1"]
    assert document["versions_truncated"] and document["sources_truncated"]
    assert (document["version_count"], document["source_count"], document["version_id"]) == (3, 2, "v7")


def test_an_article_without_names_makes_a_document_without_empty_fields():
    document = fold([observation(0, entities=(), subjects=(), countries=(), url=None)])
    assert document["entity_count"] == 0
    assert not {"people", "suggest", "subjects", "countries", "url"} & set(document)
