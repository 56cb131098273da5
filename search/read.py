"""Elasticsearch's answers as results. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search.queries import CLOSE_TAG, HIGHLIGHTED, OPEN_TAG, TOPS
from search.results import Counts, Found, Hit, Top, Tops

Json = Mapping[str, Any]


def found(answer: Json) -> Found:
    """The answer to ``search_body``."""
    hits = answer["hits"]
    return Found(total=hits["total"]["value"], took_ms=answer["took"], hits=tuple(hit(one) for one in hits["hits"]))


def hit(one: Json) -> Hit:
    """One entry of a list of hits."""
    source = one["_source"]
    language = source.get("language", "")
    german = language.split("-")[0] == "de"
    subjects = source.get("subjects", [])
    return Hit(
        id=source["id"],
        headline=source.get("headline", ""),
        headline_derived=source.get("headline_derived", False),
        language=language,
        source=source["source"]["id"],
        source_name=source["source"]["name"],
        sources=tuple(entry["id"] for entry in source.get("sources", [])),
        firstcreated=source["firstcreated"],
        firstcreated_value=source["firstcreated_value"],
        firstcreated_precision=source["firstcreated_precision"],
        versioncreated=source["versioncreated"],
        version_count=source["version_count"],
        indexed_at=source["indexed_at"],
        url=source.get("url"),
        summary=source.get("summary"),
        description_text=source.get("description_text"),
        people=tuple(source.get("people", ())),
        organisations=tuple(source.get("organisations", ())),
        places=tuple(source.get("places", ())),
        topics=tuple(subject["name_de" if german else "name"] for subject in subjects),
        topic_codes=tuple(subject["code"] for subject in subjects),
        score=one.get("_score"),
        highlights=_highlights(one.get("highlight", {}), language),
    )


def _highlights(fields: Mapping[str, list[str]], language: str) -> dict[str, tuple[str, ...]]:
    """For each text the way of looking at it that found the most, the article's own language if several did."""
    chosen: dict[str, tuple[str, ...]] = {}
    for name in HIGHLIGHTED:
        ways = [(f"{name}{suffix}", suffix) for suffix in ("", ".de", ".en") if f"{name}{suffix}" in fields]
        if ways:
            best, _ = max(
                ways, key=lambda way: (_marks(fields[way[0]]), way[1] == f".{language.split('-')[0]}", way[1] == "")
            )
            chosen[name] = tuple(_join_marks(fragment) for fragment in fields[best])
    return chosen


def _marks(fragments: list[str]) -> int:
    return sum(fragment.count(OPEN_TAG) for fragment in fragments)


def _join_marks(fragment: str) -> str:
    """A phrase is marked word by word; one mark reads better."""
    return fragment.replace(f"{CLOSE_TAG} {OPEN_TAG}", " ")


def counts(answer: Json) -> Counts:
    """The answer to ``counts_body``."""
    found = answer.get("aggregations")
    if found is None:  # there is no index yet
        return Counts(0, 0, {}, {})
    return Counts(
        documents=answer["hits"]["total"]["value"],
        versions=int(found["versions"]["value"]),
        languages={bucket["key"]: bucket["doc_count"] for bucket in found["languages"]["buckets"]},
        sources={bucket["key"]: bucket["doc_count"] for bucket in found["sources"]["buckets"]},
    )


def tops(answer: Json) -> Tops:
    """The answer to ``tops_body``."""
    found = answer.get("aggregations")
    if found is None:
        return Tops(0, (), (), (), (), (), ())
    return Tops(
        documents=answer["hits"]["total"]["value"],
        **{name: tuple(_top(bucket) for bucket in found[name]["buckets"]) for name in TOPS},
    )


def _top(bucket: Json) -> Top:
    value = bucket["key"]
    name = name_de = value
    if "example" in bucket:
        for subject in bucket["example"]["hits"]["hits"][0]["_source"]["subjects"]:
            if subject["code"] == value:
                name, name_de = subject["name"], subject["name_de"]
    return Top(value=value, name=name, name_de=name_de, documents=bucket["doc_count"])
