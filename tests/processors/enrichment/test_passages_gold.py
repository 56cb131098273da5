"""The gold passages: names, dates, countries and quotations of 120 German and 60 English passages, held by floors."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from contracts.messages import DateClaim, Entity
from processors.enrichment.namerepair import repair_mentions
from processors.enrichment.names import fold_entities
from processors.enrichment.places import countries, link_places
from processors.enrichment.quotes import find_quotes
from processors.enrichment.textdates import find_dates
from tests.processors.enrichment.enrichment_gold import Counts, Marked, days, load, unmark

LANGUAGES = ("de", "en")
FEWEST = {"de": 120, "en": 60}
FLOORS = {
    "names": {"de": 0.97, "en": 0.97},
    "dates": {"de": 0.95, "en": 0.95},
    "countries": {"de": 0.95, "en": 0.95},
    "quotes": {"de": 0.90, "en": 0.85},
}
QUOTE_PRECISION = 0.95

TOPICS = {f"{number:02d}000000" for number in range(1, 18) if number != 11} | {"11000000"}


def _reference(day: Any) -> DateClaim:
    value = day.isoformat() if isinstance(day, date) else str(day)
    precision = {4: "year", 7: "month", 10: "day"}[len(value)]
    return DateClaim(value=value, precision=precision, provenance="feed")  # type: ignore[arg-type]


def _named(text: str) -> tuple[str, str, str | None, int]:
    match = re.fullmatch(r"(\w+) (.+?)(?: \(([^)]+)\))?(?: (\d+))?", text)
    assert match, text
    return match[1], match[2], match[3], int(match[4] or 1)


def _entities(marked: Marked, language: str) -> tuple[Entity, ...]:
    texts: Any = {"body_text": marked.text}
    return link_places(
        fold_entities(repair_mentions(marked.mentions, texts, language), texts, language), language, texts
    )


def _tally(counts: Counts, expected: Counter[Any], got: Counter[Any], text: str) -> None:
    hits = sum((expected & got).values())
    counts.right += hits
    counts.wrong += sum(got.values()) - hits
    counts.missed += sum(expected.values()) - hits
    if expected != got:
        counts.notes.append(f"{sorted(map(str, expected - got))} but {sorted(map(str, got - expected))}: {text}")


def judge(language: str) -> dict[str, Counts]:
    """Names with label, role and count; dates with span and value; countries; quotations with kind, speaker and cue."""
    counts = {part: Counts() for part in FLOORS}
    for case in load(f"passages-{language}.yaml"):
        marked = unmark(case["text"])
        entities = _entities(marked, language)
        texts: Any = {"body_text": marked.text}
        if "names" in case:
            found = Counter((e.label, e.name, e.role, e.count) for e in entities)
            _tally(counts["names"], Counter(map(_named, case["names"])), found, marked.text)
        dates = find_dates(marked.text, "body_text", language, _reference(case["day"]))
        outside = [m for _, m in marked.mentions]
        got = Counter(
            (d.mention.start, d.mention.end, days(d.value))
            for d in dates
            if not any(m.start < d.mention.end and d.mention.start < m.end for m in outside)
        )
        wanted = Counter((start, end, days(value)) for (start, end), value in marked.dates.items())
        _tally(counts["dates"], wanted, got, marked.text)
        if "countries" in case:
            shown = Counter(countries(entities, texts, language))
            _tally(counts["countries"], Counter(case["countries"]), shown, marked.text)
        if "quotes" in case:
            expected = Counter(tuple(quote.split(" ", 1)) for quote in case["quotes"])
            said = Counter(
                (q.kind, f"{q.speaker or '-'} {q.cue or '-'}") for q in find_quotes(marked.text, language, entities)
            )
            _tally(counts["quotes"], expected, said, marked.text)
    return counts


@pytest.mark.parametrize("language", LANGUAGES)
def test_passages_cover_all_topics(language):
    cases = load(f"passages-{language}.yaml")
    assert len(cases) >= FEWEST[language]
    assert {case["topic"] for case in cases} == TOPICS


@pytest.mark.parametrize("language", LANGUAGES)
def test_passages_are_enriched_as_expected(language):
    counts = judge(language)
    low = [part for part, floors in FLOORS.items() if counts[part].f1 < floors[language]]
    assert not low, "\n".join(f"{part}: {counts[part]}" for part in low)
    assert counts["quotes"].precision >= QUOTE_PRECISION, str(counts["quotes"])
