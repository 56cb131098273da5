"""Requests to Elasticsearch as plain values. Pure; the fields are those of the index template."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from contracts.errors import UsageError
from contracts.text import composed

Json = dict[str, Any]

Sort = Literal["relevance", "newest", "oldest"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")

MAX_LIMIT = 1000
"""Elasticsearch's page limit is 10,000; a person reads fewer, and a program has ``tail``."""

MAX_QUERY_CHARS = 1000
MAX_QUERY_WORDS = 64
"""A query of 1,900 words kept a server busy for more than 30 s; 64 are a long sentence."""

MAX_BEGINNING = 200
"""Characters of a name's beginning: Lucene takes no pattern of more than 1,000."""

PLAIN_FIELDS = ("headline^3", "description_text", "body_text", "entity_names.words^2")
GERMAN_FIELDS = ("headline.de^3", "description_text.de", "body_text.de")
ENGLISH_FIELDS = ("headline.en^3", "description_text.en", "body_text.en")

HIGHLIGHTED = ("headline", "description_text", "body_text")

OPEN_TAG, CLOSE_TAG = "\ue000", "\ue001"
"""Marks of a highlight: private characters, so that no text of an article can be mistaken for one."""

LIST_FIELDS = (
    "id",
    "version_id",
    "headline",
    "headline_derived",
    "description_text",
    "summary",
    "url",
    "language",
    "source",
    "sources.id",
    "firstcreated",
    "firstcreated_value",
    "firstcreated_precision",
    "versioncreated",
    "version_count",
    "people",
    "organisations",
    "places",
    "subjects",
    "indexed_at",
)
"""What a list of hits needs of each document; the body stays on the server."""


@dataclass(frozen=True)
class Query:
    """What is looked for. Filters are joined by AND; several values of one filter by OR.

    Attributes:
        text: Elasticsearch's simple query syntax: words, "phrases", -without, pre*, a | b. Empty: everything.
        languages: BCP 47 codes; ``de`` finds ``de-AT`` too.
        sources: source ids or names, in any case.
        entities: names of people, organisations and places, or their aliases, in any case.
        topics: ``medtop:`` codes, their digits, or how a word of the name begins, in German or English, in any case.
        since, until: see ``instant``; both ends belong to the range.
    """

    text: str = ""
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None


def query_clause(query: Query) -> Json:
    """The bool query for ``query``.

    Raises:
        UsageError: a date or the text cannot be used.
    """
    words = clean(query.text)
    if len(words) > MAX_QUERY_CHARS or len(re.findall(r"\w+", words)) > MAX_QUERY_WORDS:
        raise UsageError(
            f"The query is too long: {MAX_QUERY_WORDS} words and {MAX_QUERY_CHARS} characters are the most.",
            hint="Leave out all but the words that matter.",
        )
    clauses: Json = {"filter": _filters(query)}
    if words:
        clauses["must"] = [{"dis_max": {"queries": _text_queries(words), "tie_breaker": 0.2}}]
    return {"bool": clauses}


def _text_queries(words: str) -> list[Json]:
    """The words as they stand, by German stems, by English stems: one query for each way.

    All words must be found one way. In one query over all fields a word that is a stop word in one language only
    would have to be found in the others' fields: "Haus der Kunst" would miss "Häuser für die Kunst".
    """
    return [
        {
            "simple_query_string": {
                "query": words,
                "fields": list(fields),
                "default_operator": "and",
                "lenient": True,
                "analyze_wildcard": True,
            }
        }
        for fields in (PLAIN_FIELDS, GERMAN_FIELDS, ENGLISH_FIELDS)
    ]


def _filters(query: Query) -> list[Json]:
    filters: list[Json] = []
    languages = [_language(language) for language in query.languages]
    if languages:
        prefixes: list[Json] = [{"prefix": {"language": {"value": f"{language}-"}}} for language in languages]
        filters.append(_any([{"terms": {"language": languages}}, *prefixes]))
    if sources := _cleaned(query.sources):
        filters.append(
            _any([{"terms": {"sources.id": sources}}, {"terms": {"sources.name.folded": [s.lower() for s in sources]}}])
        )
    if entities := _cleaned(query.entities):
        filters.append({"terms": {"entity_names": [entity.lower() for entity in entities]}})
    if topics := _cleaned(query.topics):
        folded = [topic.lower() for topic in topics]
        codes = [topic if topic.startswith("medtop:") else f"medtop:{topic}" for topic in folded]
        filters.append(
            _any(
                [
                    {"terms": {"subjects.code": codes}},
                    *(
                        _word_begins(f"subjects.{name}.folded", topic)
                        for name in ("name", "name_de")
                        for topic in folded
                    ),
                ]
            )
        )
    span: Json = {}
    if query.since:
        span["gte"] = _iso(instant(query.since, option="since"))
    if query.until:
        span["lte"] = _iso(instant(query.until, option="until", end=True))
    if len(span) == 2 and span["gte"] > span["lte"]:
        raise UsageError(f"Nothing can lie between {query.since} and {query.until}.", hint="Swap since and until.")
    if span:
        filters.append({"range": {"firstcreated": span}})
    return filters


def _language(code: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", code.strip()):
        raise UsageError(f"{code[:40]!r} is no language.", hint="Write a code such as de, en or de-AT.")
    first, *rest = code.strip().split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def search_body(query: Query, *, limit: int, offset: int = 0, sort: Sort = "relevance") -> Json:
    """The whole search request.

    Args:
        limit: hits, 0 to ``MAX_LIMIT``.
        sort: by relevance, or by ``firstcreated``; an empty text is always sorted by date.

    Raises:
        UsageError: something in it cannot be used.
    """
    if not 0 <= limit <= MAX_LIMIT or not 0 <= offset <= 10_000 - MAX_LIMIT:
        raise UsageError(f"The limit is 0 to {MAX_LIMIT}, the offset 0 to {10_000 - MAX_LIMIT}.")
    if sort not in SORTS:
        raise UsageError(f"There is no order {sort!r}.", hint=f"Choose of {', '.join(SORTS)}.")
    by_date = {"firstcreated": {"order": "asc" if sort == "oldest" else "desc"}}
    order: list[Any] = [by_date, {"id": "asc"}]
    if sort == "relevance" and clean(query.text):
        order.insert(0, "_score")
    return {
        "query": query_clause(query),
        "size": limit,
        "from": offset,
        "sort": order,
        "track_total_hits": True,
        "source": list(LIST_FIELDS),
        "highlight": _highlight(),
    }


def _highlight() -> Json:
    """Fragments of every text in which its plain or a stemmed form was found."""
    fields = {
        f"{name}{suffix}": {"number_of_fragments": 0 if name == "headline" else 2, "fragment_size": 160}
        for name in HIGHLIGHTED
        for suffix in ("", ".de", ".en")
    }
    return {
        "pre_tags": [OPEN_TAG],
        "post_tags": [CLOSE_TAG],
        "fields": fields,
        "max_analyzed_offset": 999_999,
    }


def instant(value: str, *, option: str, end: bool = False) -> datetime:
    """A point in time that a person typed: a year, month, day, or an ISO instant; UTC where no zone is named.

    Args:
        option: names the value in the error.
        end: the last instant that ``value`` covers in place of the first one: 2021-12 ends with December.

    Raises:
        UsageError: it is none of these.
    """
    text = value.strip()
    try:
        if re.fullmatch(r"\d{4}", text):
            first = date(int(text), 1, 1)
            last = date(int(text), 12, 31)
        elif re.fullmatch(r"\d{4}-\d{2}", text):
            year, month = int(text[:4]), int(text[5:])
            first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            first = last = date.fromisoformat(text)
        else:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option}: {value!r} is no date.", hint="Write 2021, 2021-12, 2021-12-30 or 2021-12-30T10:00+01:00."
        ) from error
    if end:
        return datetime.combine(last, time.max, UTC)
    return datetime.combine(first, time.min, UTC)


def counts_body() -> Json:
    """Documents, versions, and both by language and source."""
    return {
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            "versions": {"sum": {"field": "version_count"}},
            "languages": {"terms": {"field": "language", "size": 100}},
            "sources": {"terms": {"field": "source.id", "size": 1000}},
        },
    }


TOPS: dict[str, str] = {
    "people": "people",
    "organisations": "organisations",
    "places": "places",
    "topics": "subjects.code",
    "languages": "language",
    "sources": "source.id",
}


def tops_body(query: Query, *, size: int) -> Json:
    """The most frequent values of each of ``TOPS`` among the articles that ``query`` finds."""
    if not 1 <= size <= MAX_LIMIT:
        raise UsageError(f"A list of the most frequent has 1 to {MAX_LIMIT} entries.")
    aggregations: Json = {name: {"terms": {"field": field, "size": size}} for name, field in TOPS.items()}
    aggregations["topics"]["aggs"] = {"example": {"top_hits": {"size": 1, "_source": ["subjects"]}}}
    return {"size": 0, "query": query_clause(query), "track_total_hits": True, "aggs": aggregations}


def tail_body(query: Query, *, since: str, after: tuple[Any, ...] | None, size: int) -> Json:
    """The documents that were first written at or after ``since``, in the order of their writing.

    Args:
        since: instant in UTC.
        after: sort values of the last document of the page before.
    """
    found = query_clause(query)
    found["bool"]["filter"].append({"range": {"indexed_at": {"gte": since}}})
    body: Json = {
        "query": found,
        "size": size,
        "sort": [{"indexed_at": "asc"}, {"id": "asc"}],
        "source": list(LIST_FIELDS),
        "track_total_hits": False,
    }
    if after is not None:
        body["search_after"] = list(after)
    return body


def clean(text: str) -> str:
    """One line of composed characters without control characters."""
    whole = composed(text.encode("utf-8", "replace").decode())
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in whole).split())


def _cleaned(values: tuple[str, ...]) -> list[str]:
    return [cleaned for value in values if (cleaned := clean(value))]


def _any(clauses: list[Json]) -> Json:
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _word_begins(field: str, text: str) -> Json:
    """Whether the keyword has ``text`` at its start or after a space: "Politik" finds "Politik und Regierung"."""
    if len(text) > MAX_BEGINNING:
        return {"term": {field: text}}
    literal = re.sub(r"([\\*?])", r"\\\1", text)
    return _any([{"prefix": {field: {"value": text}}}, {"wildcard": {field: {"value": f"* {literal}*"}}}])


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def shifted(stamp: str, back: timedelta) -> str:
    """The instant in UTC that lies ``back`` before the stamp."""
    return _iso(datetime.fromisoformat(stamp).astimezone(UTC) - back)
