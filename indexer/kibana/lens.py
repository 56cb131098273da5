"""What a Lens chart asks of Elasticsearch, so that a panel can be run where Kibana cannot.

Follows Kibana's form-based data source: the bucketed columns nest in the order of ``columnOrder``, metrics go
innermost, and a metric that orders a bucket also stands beside it. Only what our charts use is known; anything else
raises, so that no panel passes unproven. Kibana's second request for the „Other“ bucket is left out.
"""

from __future__ import annotations

import re
from typing import Any

from indexer.kibana.charts import RECORDS

CALENDAR = re.compile(r"1[dwMqy]")
"""Intervals of uneven length, which Elasticsearch wants as ``calendar_interval``."""

FIXED = re.compile(r"\d+(ms|[smhd])")

COUNT_ALL = "_count"


class Untranslatable(ValueError):
    """A chart uses something that this translation does not know."""


def requests(
    attributes: dict[str, Any], *, interval: str = "1d", query: dict[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """The search body of every layer, by layer id.

    Args:
        attributes: of a Lens object, or of a panel that holds one by value.
        interval: bucket width in place of ``auto``, which Kibana works out from the time range on screen.
        query: what the dashboard adds, for instance its time range.

    Raises:
        Untranslatable: an operation, an option or a condition that is not known here.
    """
    state = attributes["state"]
    if state["filters"]:
        raise Untranslatable("filters of a chart")
    conditions = [kql(state["query"])] + ([query] if query else [])
    sources = state["datasourceStates"]
    if any(other.get("layers") for name, other in sources.items() if name != "formBased"):
        raise Untranslatable("a data source other than formBased")
    return {
        name: {"size": 0, "query": {"bool": {"filter": conditions}}, "aggs": _aggregations(layer, interval)}
        for name, layer in sources["formBased"]["layers"].items()
    }


def _aggregations(layer: dict[str, Any], interval: str) -> dict[str, Any]:
    columns: dict[str, dict[str, Any]] = layer["columns"]
    order: list[str] = layer["columnOrder"]
    if sorted(order) != sorted(columns):
        raise Untranslatable(f"columnOrder {order} is not the columns {sorted(columns)}")
    buckets = [name for name in order if columns[name]["isBucketed"]]
    metrics = [name for name in order if not columns[name]["isBucketed"]]
    innermost = {name: made for name in metrics if (made := _metric(columns[name])) is not None}
    for name in reversed(buckets):
        made, ordering = _bucket(columns[name], columns, interval)
        beside = {column: innermost_of for column in ordering if (innermost_of := _metric(columns[column]))}
        if nested := beside | innermost:
            made["aggs"] = nested
        innermost = {name: made}
    return innermost


def _bucket(
    column: dict[str, Any], columns: dict[str, dict[str, Any]], interval: str
) -> tuple[dict[str, Any], list[str]]:
    """The aggregation of a bucketed column, and the columns that it is ordered by."""
    params = column["params"]
    match column["operationType"]:
        case "date_histogram":
            return {"date_histogram": _histogram(column, interval)}, []
        case "terms":
            terms: dict[str, Any] = {"field": column["sourceField"], "size": params["size"]}
            if params.get("include") or params.get("exclude") or params.get("secondaryFields"):
                raise Untranslatable("terms with include, exclude or several fields")
            if params["missingBucket"]:
                terms["missing"] = "__missing__"
            by, direction = params["orderBy"], params["orderDirection"]
            match by["type"]:
                case "alphabetical":
                    return {"terms": terms | {"order": {"_key": direction}}}, []
                case "rare":
                    rare = {"field": column["sourceField"], "max_doc_count": by["maxDocCount"]}
                    return {"rare_terms": rare}, []
                case "column" if by["columnId"] in columns:
                    path = _order_path(by["columnId"], columns[by["columnId"]])
                    return {"terms": terms | {"order": {path: direction}}}, [by["columnId"]]
                case other:
                    raise Untranslatable(f"terms ordered by {other} {by}")
        case other:
            raise Untranslatable(f"bucket operation {other}")


def _histogram(column: dict[str, Any], interval: str) -> dict[str, Any]:
    params = column["params"]
    width = interval if params["interval"] == "auto" else params["interval"]
    if CALENDAR.fullmatch(width):
        kind = "calendar_interval"
    elif FIXED.fullmatch(width):
        kind = "fixed_interval"
    else:
        raise Untranslatable(f"interval {width}")
    return {
        "field": column["sourceField"],
        kind: width,
        "min_doc_count": 0 if params["includeEmptyRows"] else 1,
    }


def _metric(column: dict[str, Any]) -> dict[str, Any] | None:
    """The aggregation of a metric column; None for a plain count, which every bucket carries."""
    for unknown in ("timeShift", "reducedTimeRange", "timeScale"):
        if column.get(unknown):
            raise Untranslatable(f"{unknown} of a column")
    made = _measure(column)
    if condition := column.get("filter"):
        limited: dict[str, Any] = {"filter": kql(condition)}
        return limited | ({"aggs": {"value": made}} if made else {})
    return made


def _measure(column: dict[str, Any]) -> dict[str, Any] | None:
    field, params = column["sourceField"], column.get("params", {})
    match column["operationType"]:
        case "count":
            return None if field == RECORDS else {"value_count": {"field": field}}
        case "unique_count":
            return {"cardinality": {"field": field}}
        case "median":
            return {"percentiles": {"field": field, "percents": [50]}}
        case "percentile":
            return {"percentiles": {"field": field, "percents": [params["percentile"]]}}
        case "last_value":
            return {"top_metrics": {"metrics": {"field": field}, "size": 1, "sort": {params["sortField"]: "desc"}}}
        case "min" | "max" | "sum" | "average" as plain:
            return {"avg" if plain == "average" else plain: {"field": field}}
        case other:
            raise Untranslatable(f"operation {other}")


def _order_path(name: str, column: dict[str, Any]) -> str:
    """How a terms aggregation names the value of a column that it is ordered by."""
    made = _metric(column)
    if made is None:
        return COUNT_ALL
    if "filter" in made:
        return f"{name}>value" if "aggs" in made else name
    if "percentiles" in made:
        return f"{name}.{made['percentiles']['percents'][0]}"
    if "top_metrics" in made:
        return f"{name}[{made['top_metrics']['metrics']['field']}]"
    return name


KQL_CLAUSE = re.compile(
    r"""(?P<not>not\s+)?(?P<field>[\w.]+)\s*:\s*(?:(?P<any>\*)|"(?P<quoted>[^"\\]*)"|(?P<word>[\w.-]+))"""
)


def kql(condition: dict[str, Any]) -> dict[str, Any]:
    """The part of Kibana's query language that our charts use: ``[not] field : value`` and ``field : *``, with ``and``.

    Raises:
        Untranslatable: anything more.
    """
    text = condition["query"].strip()
    if condition["language"] != "kuery":
        raise Untranslatable(f"query language {condition['language']}")
    if not text:
        return {"match_all": {}}
    clauses = []
    for part in re.split(r"\s+and\s+", text):
        match = KQL_CLAUSE.fullmatch(part)
        if match is None:
            raise Untranslatable(f"KQL {part!r}")
        field, value = match["field"], match["quoted"] or match["word"]
        clause: dict[str, Any] = {"exists": {"field": field}} if match["any"] else {"term": {field: value}}
        clauses.append({"bool": {"must_not": [clause]}} if match["not"] else clause)
    return clauses[0] if len(clauses) == 1 else {"bool": {"filter": clauses}}
