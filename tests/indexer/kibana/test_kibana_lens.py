from __future__ import annotations

import json
from typing import Any

import pytest

from indexer.kibana.charts import Chart, Column, Count, OverTime, Series, Table, Top, UniqueCount
from indexer.kibana.lens import Untranslatable, kql, requests


def chart(*columns: Column) -> dict[str, Any]:
    return Table("t", columns).attributes("view")


def layer(attributes: dict[str, Any]) -> dict[str, Any]:
    layer_: dict[str, Any] = attributes["state"]["datasourceStates"]["formBased"]["layers"]["articles"]
    return layer_


def aggregations(attributes: dict[str, Any], **options: Any) -> dict[str, Any]:
    (body,) = requests(attributes, **options).values()
    assert body["size"] == 0
    return dict(body["aggs"])


def test_buckets_nest_in_order_and_the_metric_is_innermost() -> None:
    made = aggregations(
        chart(
            Top("by", "By", "source.id", size=3, by="people"),
            OverTime("time", "Time", "firstcreated"),
            UniqueCount("people", "People", "people"),
        ),
        interval="1h",
    )
    people = {"cardinality": {"field": "people"}}
    assert made == {
        "by": {
            "terms": {"field": "source.id", "size": 3, "order": {"people": "desc"}},
            "aggs": {
                "people": people,
                "time": {
                    "date_histogram": {"field": "firstcreated", "fixed_interval": "1h", "min_doc_count": 0},
                    "aggs": {"people": people},
                },
            },
        }
    }


def test_a_count_is_the_buckets_own() -> None:
    made = aggregations(chart(Top("by", "By", "people"), Count("count", "N")))
    assert made == {"by": {"terms": {"field": "people", "size": 10, "order": {"_count": "desc"}}}}


def test_a_filtered_count_is_a_filter_and_orders_by_its_documents() -> None:
    made = aggregations(
        chart(Top("by", "By", "people", by="n"), Count("n", "N", where='language : "de" and not places : *'))
    )
    assert made["by"]["terms"]["order"] == {"n": "desc"}
    assert made["by"]["aggs"]["n"] == {
        "filter": {
            "bool": {
                "filter": [
                    {"term": {"language": "de"}},
                    {"bool": {"must_not": [{"exists": {"field": "places"}}]}},
                ]
            }
        }
    }


@pytest.mark.parametrize(
    ("change", "made", "path"),
    [
        ({"operationType": "median"}, {"percentiles": {"field": "n", "percents": [50]}}, "value.50"),
        (
            {"operationType": "percentile", "params": {"percentile": 95}},
            {"percentiles": {"field": "n", "percents": [95]}},
            "value.95",
        ),
        (
            {"operationType": "last_value", "params": {"sortField": "firstcreated"}},
            {"top_metrics": {"metrics": {"field": "n"}, "size": 1, "sort": {"firstcreated": "desc"}}},
            "value[n]",
        ),
        ({"operationType": "average"}, {"avg": {"field": "n"}}, "value"),
        ({"operationType": "sum"}, {"sum": {"field": "n"}}, "value"),
    ],
)
def test_every_known_metric_translates_and_orders(change: dict[str, Any], made: dict[str, Any], path: str) -> None:
    attributes = chart(Top("by", "By", "people", by="value"), UniqueCount("value", "V", "n"))
    layer(attributes)["columns"]["value"].update(change)
    (by,) = aggregations(attributes).values()
    assert by["aggs"] == {"value": made}
    assert by["terms"]["order"] == {path: "desc"}


def test_alphabetical_and_rare_orders_translate() -> None:
    attributes = chart(Top("by", "By", "people"), Count("count", "N"))
    params = layer(attributes)["columns"]["by"]["params"]
    params["orderBy"] = {"type": "alphabetical"}
    params["orderDirection"] = "asc"
    assert aggregations(attributes)["by"]["terms"]["order"] == {"_key": "asc"}
    params["orderBy"] = {"type": "rare", "maxDocCount": 2}
    assert aggregations(attributes)["by"] == {"rare_terms": {"field": "people", "max_doc_count": 2}}


def test_missing_values_are_a_bucket_if_asked_for() -> None:
    attributes = chart(Top("by", "By", "people"), Count("count", "N"))
    layer(attributes)["columns"]["by"]["params"]["missingBucket"] = True
    assert aggregations(attributes)["by"]["terms"]["missing"] == "__missing__"


@pytest.mark.parametrize(
    ("interval", "made"),
    [("1d", "calendar_interval"), ("1M", "calendar_interval"), ("12h", "fixed_interval"), ("2d", "fixed_interval")],
)
def test_uneven_intervals_are_calendar_ones(interval: str, made: str) -> None:
    (time,) = aggregations(
        chart(OverTime("time", "T", "firstcreated"), Count("count", "N")), interval=interval
    ).values()
    assert time["date_histogram"][made] == interval


def test_the_dashboards_query_is_added() -> None:
    (body,) = requests(chart(Count("count", "N")), query={"term": {"language": "de"}}).values()
    assert body["query"]["bool"]["filter"] == [{"match_all": {}}, {"term": {"language": "de"}}]


def _set(attributes: dict[str, Any], path: str, value: object) -> None:
    node: Any = attributes
    *parents, last = path.split("/")
    for part in parents:
        node = node[part]
    node[last] = value


COLUMNS = "state/datasourceStates/formBased/layers/articles"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{COLUMNS}/columns/count/operationType", "formula"),
        (f"{COLUMNS}/columns/count/operationType", "counter_rate"),
        (f"{COLUMNS}/columns/count/timeShift", "1d"),
        (f"{COLUMNS}/columns/count/reducedTimeRange", "1h"),
        (f"{COLUMNS}/columns/count/timeScale", "h"),
        (f"{COLUMNS}/columns/count/filter", {"language": "lucene", "query": "a:b"}),
        (f"{COLUMNS}/columns/by/operationType", "significant_terms"),
        (f"{COLUMNS}/columns/by/operationType", "ranges"),
        (f"{COLUMNS}/columns/by/params/orderBy", {"type": "column", "columnId": "gone"}),
        (f"{COLUMNS}/columns/by/params/orderBy", {"type": "custom"}),
        (f"{COLUMNS}/columns/by/params/include", ["a"]),
        (f"{COLUMNS}/columns/by/params/secondaryFields", ["b"]),
        (f"{COLUMNS}/columns/time/params/interval", "fortnight"),
        (f"{COLUMNS}/columnOrder", ["by", "time"]),
        ("state/filters", [{"meta": {}}]),
        ("state/query", {"language": "kuery", "query": "a:b or c:d"}),
        ("state/datasourceStates/textBased", {"layers": {"x": {}}}),
    ],
)
def test_what_is_not_known_raises(path: str, value: object) -> None:
    made = Series(
        "t", (Top("by", "By", "people"), OverTime("time", "T", "firstcreated"), Count("count", "N")), split="by"
    ).attributes("view")
    assert requests(json.loads(json.dumps(made)))
    _set(made, path, value)
    with pytest.raises(Untranslatable):
        requests(made)


@pytest.mark.parametrize("query", ["a", "a:b*", "a:>3", "a:(b or c)", "a:{b:c}", 'a:"x" or b:*', "and", "a : * and"])
def test_more_of_the_query_language_than_is_known_raises(query: str) -> None:
    with pytest.raises(Untranslatable):
        kql({"language": "kuery", "query": query})


def test_a_chart_without_a_kind_cannot_be_drawn() -> None:
    with pytest.raises(NotImplementedError):
        Chart("t", ()).attributes("view")
