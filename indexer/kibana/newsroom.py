"""What a newsroom sees in Kibana: one data view, and in English and in German a list of headlines and a dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.kibana.charts import Column, Count, Metric, OverTime, Series, Table, Top, UniqueCount
from indexer.kibana.dashboard import Box, Control, Dashboard, DataView, Panel, SavedSearch
from indexer.kibana.saved import SavedObject

DEFAULT_ALIAS = "news-articles"

TIME_FIELD = "firstcreated"

HEADLINE_COLUMNS = ("headline", "source.name", "language", "people", "organisations", "places")
"""Beside the time, which Kibana puts first by itself."""

TOP_NAMES = 15
"""Names a panel lists: what can be read at its height without scrolling."""

TOP_SERIES = 8
"""Sources and languages told apart by colour; the rest are one series."""


@dataclass(frozen=True)
class Words:
    """The labels of one language's objects; ``topic_field`` holds the topics' names in it."""

    suffix: str
    topic_field: str
    headlines: str
    headlines_about: str
    newsroom: str
    newsroom_about: str
    articles: str
    sources: str
    source: str
    languages: str
    language: str
    people: str
    organisations: str
    places: str
    countries: str
    topics: str
    topic: str
    untagged: str
    time: str
    by_source: str
    by_language: str


ENGLISH = Words(
    suffix="",
    topic_field="subjects.name",
    headlines="Latest headlines",
    headlines_about="Articles, newest first, with the names they mention.",
    newsroom="Newsroom",
    newsroom_about="What is reported, by whom, about whom and where.",
    articles="Articles",
    sources="Sources",
    source="Source",
    languages="Languages",
    language="Language",
    people="People",
    organisations="Organisations",
    places="Places",
    countries="Countries",
    topics="Topics",
    topic="Topic",
    untagged="Articles without a topic",
    time="Time",
    by_source="Articles over time by source",
    by_language="Articles over time by language",
)

GERMAN = Words(
    suffix="-de",
    topic_field="subjects.name_de",
    headlines="Neueste Meldungen",
    headlines_about="Artikel, die neuesten zuerst, mit den Namen, die darin vorkommen.",
    newsroom="Nachrichtenraum",
    newsroom_about="Was berichtet wird, von wem, über wen und wo.",
    articles="Artikel",
    sources="Quellen",
    source="Quelle",
    languages="Sprachen",
    language="Sprache",
    people="Personen",
    organisations="Organisationen",
    places="Orte",
    countries="Länder",
    topics="Themen",
    topic="Thema",
    untagged="Artikel ohne Thema",
    time="Zeit",
    by_source="Artikel nach Zeit und Quelle",
    by_language="Artikel nach Zeit und Sprache",
)


def data_view(alias: str = DEFAULT_ALIAS) -> DataView:
    """The data view over the monthly indices of ``alias``."""
    return DataView("newswire-articles", f"{alias}*", "News articles", TIME_FIELD)


def objects(alias: str = DEFAULT_ALIAS) -> tuple[SavedObject, ...]:
    """Everything that is imported, each object after those it refers to."""
    view = data_view(alias)
    made = [view.saved()]
    for words in (ENGLISH, GERMAN):
        search = headlines(view, words)
        made += [search.saved(), newsroom(view, words, search).saved()]
    return tuple(made)


def headlines(view: DataView, words: Words) -> SavedSearch:
    """The list of headlines."""
    columns = (*HEADLINE_COLUMNS, words.topic_field, "url")
    return SavedSearch(
        f"newswire-headlines{words.suffix}", words.headlines, words.headlines_about, columns=columns, data_view=view
    )


def newsroom(view: DataView, words: Words, search: SavedSearch) -> Dashboard:
    """The dashboard, from the overview down to the single article."""
    count = Count("count", words.articles)
    panels = (
        Panel("articles", Box(0, 0, 12, 6), Metric(words.articles, (count,))),
        Panel("sources", Box(12, 0, 12, 6), _distinct(words.sources, "sources.id")),
        Panel("languages", Box(24, 0, 12, 6), _distinct(words.languages, "language")),
        Panel(
            "untagged",
            Box(36, 0, 12, 6),
            Metric(words.untagged, (Count("count", words.untagged, where="not subjects.code : *"),)),
        ),
        Panel("by-source", Box(0, 6, 24, 13), _over_time(words.by_source, "source.name", words.source, words)),
        Panel("by-language", Box(24, 6, 24, 13), _over_time(words.by_language, "language", words.language, words)),
        Panel("people", Box(0, 19, 16, 16), _ranking(words.people, "people", words)),
        Panel("organisations", Box(16, 19, 16, 16), _ranking(words.organisations, "organisations", words)),
        Panel("places", Box(32, 19, 16, 16), _ranking(words.places, "places", words)),
        Panel(
            "topics",
            Box(0, 35, 24, 14),
            Table(
                words.topics,
                (
                    Top("top", words.topic, words.topic_field, size=20),
                    count,
                    UniqueCount("sources", words.sources, "sources.id"),
                ),
            ),
        ),
        Panel("countries", Box(24, 35, 24, 14), _ranking(words.countries, "countries", words)),
        Panel("headlines", Box(0, 49, 48, 22), search),
    )
    controls = (
        Control("source", words.source, "source.name"),
        Control("language", words.language, "language"),
        Control("topic", words.topic, words.topic_field),
    )
    return Dashboard(f"newswire-newsroom{words.suffix}", words.newsroom, words.newsroom_about, view, panels, controls)


def _distinct(label: str, source: str) -> Metric:
    return Metric(label, (UniqueCount("distinct", label, source),))


def _over_time(title: str, source: str, label: str, words: Words) -> Series:
    # The split stands outside the time, so that the same values are on top in every bucket.
    columns: tuple[Column, ...] = (
        Top("split", label, source, size=TOP_SERIES, others=True),
        OverTime("time", words.time, TIME_FIELD),
        Count("count", words.articles),
    )
    return Series(title, columns, kind="bar_stacked", x="time", split="split")


def _ranking(title: str, source: str, words: Words) -> Series:
    columns: tuple[Column, ...] = (Top("top", title, source, size=TOP_NAMES), Count("count", words.articles))
    return Series(title, columns, kind="bar_horizontal", x="top")
