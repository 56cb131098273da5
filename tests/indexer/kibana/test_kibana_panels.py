"""Every panel's own request, on a real Elasticsearch with the real template and documents of the real indexer."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from contracts.messages import DateClaim, EnrichedArticle, Enrichment, Source, Subject
from contracts.settings import ElasticsearchSettings
from indexer.content import Observation
from indexer.document import Limits, encode, first_document
from indexer.kibana import build, lens
from indexer.kibana.newsroom import HEADLINE_COLUMNS, TIME_FIELD, data_view
from indexer.setup import connect, ensure_index
from tests.indexer.enriched_samples import entity

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

SOURCES = (("tagesblatt", "Tagesblatt", "de"), ("wochenpost", "Wochenpost", "de"), ("herald", "The Herald", "en"))

TOPICS = (
    Subject(code="medtop:11000000", name="Politics", name_de="Politik", score=0.9),
    Subject(code="medtop:04000000", name="Economy", name_de="Wirtschaft", score=0.7),
)

PEOPLE = ("Annalena Baerbock", "Emmanuel Macron", "Ursula von der Leyen", "Olaf Scholz")


def articles() -> list[EnrichedArticle]:
    """Forty articles of five days; every fifth has no topic, and two names stand above the rest."""
    made = []
    for number in range(40):
        source, name, language = SOURCES[number % 3]
        created = START + timedelta(hours=3 * number)
        claim = DateClaim(value=created.isoformat(), precision="minute", provenance="feed")
        url = f"https://{source}.example/{number}"
        made.append(
            EnrichedArticle(
                id=f"{number:032x}",
                version_id=f"v{number}",
                source=Source(id=source, kind="feed", name=name, url=url, collected_at=created + timedelta(minutes=4)),
                headline=f"Meldung {number}",
                body_text="Der Text.",
                language=language,
                firstcreated=claim,
                versioncreated=claim,
                enrichment=Enrichment(at=created + timedelta(minutes=5), pipeline="test", model_version="0"),
                url=url,
                entities=(
                    entity(PEOPLE[0] if number % 2 else PEOPLE[1 + number % 3]),
                    entity("Nato" if number % 4 else "Bundestag", "ORG"),
                    entity("Berlin", "LOC"),
                ),
                subjects=() if number % 5 == 0 else (TOPICS[number % 2],),
                countries=("DE", "FR") if number % 2 else ("DE",),
            )
        )
    return made


@dataclass(frozen=True)
class Seeded:
    client: Elasticsearch
    alias: str
    articles: list[EnrichedArticle]

    def run(self, panel: dict[str, Any]) -> dict[str, Any]:
        """The aggregations of a panel's answer."""
        span = {"range": {TIME_FIELD: {"gte": "2026-03-01", "lt": "2026-04-01"}}}
        attributes = panel["embeddableConfig"]["attributes"]
        (body,) = lens.requests(attributes, interval="1d", query=span).values()
        answer = self.client.search(index=data_view(self.alias).pattern, **body)
        assert not answer["timed_out"]
        assert answer["_shards"]["failed"] == 0
        assert answer["hits"]["total"]["value"] == len(self.articles)
        return dict(answer.get("aggregations", {}))


@pytest.fixture(scope="module")
def seeded(elasticsearch: str) -> Iterator[Seeded]:
    alias = f"kibana-{uuid.uuid4().hex[:8]}"
    settings = ElasticsearchSettings(url=elasticsearch, alias=alias)  # type: ignore[call-arg]
    client = connect(settings)
    ensure_index(client, settings)
    seeds = articles()
    actions = [
        {
            "_op_type": "create",
            "_index": f"{alias}-2026.03",
            "_id": article.id,
            "_source": json.loads(
                encode(first_document(Observation(article, "news.enriched", 0, at), limits=Limits()))
            ),
        }
        for at, article in enumerate(seeds)
    ]
    bulk(client, actions, refresh="wait_for")
    yield Seeded(client, alias, seeds)
    made = client.indices.get(index=f"{alias}-*,placements-{alias}", expand_wildcards="all")
    client.indices.delete(index=list(made))
    client.indices.delete_index_template(name=alias)
    client.close()


def lens_panels() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for line in build.FILE.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item["type"] == "dashboard":
            for panel in json.loads(item["attributes"]["panelsJSON"]):
                if panel["type"] == "lens":
                    found.append((f"{item['id']}/{panel['panelIndex']}", panel))
    return found


PANELS = dict(lens_panels())


def leaves(aggregations: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every aggregation that has no bucket in it, and every innermost bucket."""
    for made in aggregations.values():
        if not isinstance(made, dict):
            continue
        if "buckets" not in made:
            yield made
            continue
        assert made["buckets"], "an aggregation without buckets"
        for bucket in made["buckets"]:
            inner = {name: value for name, value in bucket.items() if isinstance(value, dict)}
            yield from leaves(inner) if inner else [bucket]


def column(panel: dict[str, Any], aggregations: dict[str, Any], name: str) -> dict[str, int]:
    """Keys and document counts of a bucketed column."""
    return {bucket["key"]: bucket["doc_count"] for bucket in aggregations[name]["buckets"]}


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_finds_something(seeded: Seeded, name: str) -> None:
    aggregations = seeded.run(PANELS[name])
    if name.endswith("/articles"):
        # A plain count is the number of hits, which ``run`` holds.
        assert aggregations == {}
        return
    found = list(leaves(aggregations))
    assert found
    assert any(leaf.get("doc_count") or leaf.get("value") for leaf in found)


def test_articles_are_counted_by_source_and_day(seeded: Seeded) -> None:
    panel = PANELS["newswire-newsroom/by-source"]
    aggregations = seeded.run(panel)
    assert column(panel, aggregations, "split") == Counter(article.source.name for article in seeded.articles)
    for source in aggregations["split"]["buckets"]:
        days = {bucket["key_as_string"][:10]: bucket["doc_count"] for bucket in source["time"]["buckets"]}
        wanted = Counter(
            article.firstcreated.value[:10] for article in seeded.articles if article.source.name == source["key"]
        )
        assert days == wanted


def test_articles_are_counted_by_language(seeded: Seeded) -> None:
    panel = PANELS["newswire-newsroom/by-language"]
    assert column(panel, seeded.run(panel), "split") == {"de": 27, "en": 13}


def test_the_most_named_person_stands_first(seeded: Seeded) -> None:
    panel = PANELS["newswire-newsroom/people"]
    found = column(panel, seeded.run(panel), "top")
    assert next(iter(found.items())) == ("Annalena Baerbock", 20)
    assert set(found) == set(PEOPLE)


def test_countries_count_an_article_in_each_of_them(seeded: Seeded) -> None:
    panel = PANELS["newswire-newsroom/countries"]
    assert column(panel, seeded.run(panel), "top") == {"DE": 40, "FR": 20}


@pytest.mark.parametrize(
    ("dashboard", "names"),
    [("newswire-newsroom", {"Politics", "Economy"}), ("newswire-newsroom-de", {"Politik", "Wirtschaft"})],
)
def test_topics_have_the_names_of_the_dashboards_language(seeded: Seeded, dashboard: str, names: set[str]) -> None:
    aggregations = seeded.run(PANELS[f"{dashboard}/topics"])
    assert {bucket["key"] for bucket in aggregations["top"]["buckets"]} == names
    assert all(bucket["sources"]["value"] == 3 for bucket in aggregations["top"]["buckets"])


def test_articles_without_a_topic_are_counted(seeded: Seeded) -> None:
    assert seeded.run(PANELS["newswire-newsroom/untagged"])["count"]["doc_count"] == 8


def test_sources_and_languages_are_counted(seeded: Seeded) -> None:
    assert seeded.run(PANELS["newswire-newsroom/sources"])["distinct"]["value"] == 3
    assert seeded.run(PANELS["newswire-newsroom/languages"])["distinct"]["value"] == 2


def test_the_list_of_headlines_is_newest_first_and_every_column_has_values(seeded: Seeded) -> None:
    searches = [
        json.loads(line) for line in build.FILE.read_text(encoding="utf-8").splitlines() if '"type":"search"' in line
    ]
    searches = [item for item in searches if item["type"] == "search"]
    assert len(searches) == 2
    for item in searches:
        attributes = item["attributes"]
        answer = seeded.client.search(
            index=data_view(seeded.alias).pattern,
            sort=[{field: direction} for field, direction in attributes["sort"]],
            fields=attributes["columns"],
            source=False,
            size=5,
        )
        hits = answer["hits"]["hits"]
        assert [hit["_id"] for hit in hits] == [f"{number:032x}" for number in (39, 38, 37, 36, 35)]
        assert set(HEADLINE_COLUMNS) < set(attributes["columns"])
        for name in attributes["columns"]:
            assert any(name in hit["fields"] for hit in hits), name


def test_every_ordering_that_the_translation_knows_is_one_that_elasticsearch_takes(seeded: Seeded) -> None:
    (panel,) = [json.loads(json.dumps(panel)) for name, panel in PANELS.items() if name == "newswire-newsroom/topics"]
    columns = panel["embeddableConfig"]["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]["articles"][
        "columns"
    ]
    # The minimal distribution lacks top_metrics, so the order by a last value is held by its text only.
    measured = [
        {"operationType": "unique_count", "sourceField": "sources.id"},
        {"operationType": "median", "sourceField": "word_count"},
        {"operationType": "percentile", "sourceField": "word_count", "params": {"percentile": 95}},
        {"operationType": "max", "sourceField": "word_count"},
        {
            "operationType": "count",
            "sourceField": "___records___",
            "filter": {"language": "kuery", "query": "people:*"},
        },
        {
            "operationType": "average",
            "sourceField": "word_count",
            "filter": {"language": "kuery", "query": 'language:"de"'},
        },
    ]
    for change in measured:
        columns["sources"].update(change)
        columns["top"]["params"]["orderBy"] = {"type": "column", "columnId": "sources"}
        assert seeded.run(panel)["top"]["buckets"], change
        columns["sources"].pop("filter", None)
    columns["top"]["params"]["orderBy"] = {"type": "rare", "maxDocCount": 50}
    assert seeded.run(panel)["top"]["buckets"]
