"""Language, topics, dates, datelines, labels: what each concludes from what it is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from contracts.messages import DateClaim, Dateline, RawArticle, Source
from processors import dateline, dates
from processors.labels import ours
from processors.language import LanguageDetector
from processors.topics import OPENING, TopicTable, combine, of_windows

DETECTOR = LanguageDetector(("de", "en", "fr", "es", "it", "nl"))
TABLE = TopicTable()


def raw(**changes: Any) -> RawArticle:
    source = Source(id="test", kind="feed", collected_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    return RawArticle(**({"id": "1" * 32, "version_id": "2" * 32, "source": source} | changes))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bundestag beschließt den Haushalt für das kommende Jahr", "de"),
        ("Storm hits the coast of Florida, thousands without power", "en"),
        ("El presidente dijo el jueves que no habrá más impuestos", "es"),
        ("Le président a déclaré jeudi que le gouvernement démissionne", "fr"),
        ("Il presidente ha detto giovedì che il governo si dimette", "it"),
        ("De premier zei donderdag dat het kabinet niet zal vallen", "nl"),
        ("Premier Donald Tusk spotkał się w Warszawie z kanclerzem Niemiec", "und"),
        ("Президент России Владимир Путин выступил в Москве в четверг", "und"),
        ("12.30 +++ 4:1 +++ 88", "und"),
        ("", "und"),
    ],
)
def test_language_is_found_or_left_open(text: str, language: str) -> None:
    assert DETECTOR.detect(text)[0] == language


def test_a_hint_decides_what_the_text_leaves_open_but_not_against_it() -> None:
    assert DETECTOR.detect("Merz trifft Macron", "de-DE") == ("de", pytest.approx(0.93, abs=0.07))
    assert DETECTOR.detect("Der Bundestag beschließt den Haushalt für das Jahr", "en")[0] == "de"


@pytest.mark.parametrize(
    ("text", "places", "agencies", "date"),
    [
        ("BERLIN (dpa)", ("Berlin",), ("dpa",), None),
        ("Wilmington", ("Wilmington",), (), None),
        ("PARIS/NEW YORK (AFP/Reuters)", ("Paris", "New York"), ("AFP", "Reuters"), None),
        ("Genf, 10. Januar (dpa) -", ("Genf",), ("dpa",), "10. Januar"),
        ("WASHINGTON, Jan 5 (Reuters)", ("Washington",), ("Reuters",), "Jan 5"),
        ("Frankfurt (Oder)", ("Frankfurt (Oder)",), (), None),
        ("USA", ("USA",), (), None),
    ],
)
def test_datelines_are_taken_apart(text: str, places: tuple[str, ...], agencies: tuple[str, ...], date: str) -> None:
    parsed = dateline.parse(text)
    assert parsed is not None
    assert (parsed.places, parsed.agencies, parsed.date) == (places, agencies, date)
    assert isinstance(parsed, Dateline)


def test_no_dateline_is_none() -> None:
    assert dateline.parse(None) is None
    assert dateline.parse(" - ") is None


def claim(value: str, role: Any = "published") -> DateClaim:
    return DateClaim(value=value, precision="day", provenance="feed", role=role)


def test_the_first_claims_win_and_without_any_the_collection_is_named_as_such() -> None:
    created, changed, warnings = dates.created_and_changed(raw(dates=(claim("2025-12-30"), claim("2025-12-29"))))
    assert (created.value, changed.value, warnings) == ("2025-12-30", "2025-12-30", ())
    created, changed, _ = dates.created_and_changed(raw(dates=(claim("2025-12-30"), claim("2026-01-01", "modified"))))
    assert (created.value, changed.value) == ("2025-12-30", "2026-01-01")
    created, changed, _ = dates.created_and_changed(raw(dates=(claim("2021-12-30", "modified"),)))
    assert (created.value, created.role, changed.value) == ("2021-12-30", "published", "2021-12-30")
    created, _, _ = dates.created_and_changed(raw())
    assert (created.provenance, created.value) == ("collected", "2026-01-02T03:04:05+00:00")


def test_unreadable_claims_and_changes_before_publication_are_passed_over() -> None:
    created, changed, warnings = dates.created_and_changed(
        raw(dates=(claim("30.12.2025"), claim("2025-12-30"), claim("2024-01-01", "modified")))
    )
    assert (created.value, changed.value, warnings) == ("2025-12-30", "2025-12-30", ("date-unreadable",))


def test_all_seventeen_topics_have_both_names() -> None:
    top = [topic for topic in TABLE.topics.values() if topic.root == topic.code]
    assert [topic.code for topic in top] == [f"medtop:{number:02d}000000" for number in range(1, 18)]
    assert all(topic.name[0].isupper() and topic.name_de[0].isupper() for topic in top)


def test_the_publisher_declares_topics_by_code_section_keyword_and_address() -> None:
    article = raw(
        subjects=("medtop:20000082", "subj:15000000", "medtop:99999999", "x:1"),
        section="Wirtschaft",
        keywords=("Bildung",),
        url="https://example.org/kultur/musik/artikel-uber-sport",
    )
    found = {subject.code: subject for subject in TABLE.declared(article)}
    assert found["medtop:20000082"].score == 1.0
    assert found["medtop:02000000"].score == 1.0
    assert {"medtop:15000000", "medtop:04000000", "medtop:05000000", "medtop:01000000"} <= found.keys()
    assert len(found) == 6
    assert {subject.provenance for subject in found.values()} == {"publisher"}


def test_the_model_adds_topics_above_the_threshold_and_the_best_below_it() -> None:
    declared = TABLE.declared(raw(section="Politik"))
    scores = {"medtop:11000000": 0.95, "medtop:16000000": 0.5, "medtop:04000000": 0.1}
    assert [(s.code, s.score, s.provenance) for s in combine(TABLE, declared, scores)] == [
        ("medtop:11000000", 0.95, "publisher"),
        ("medtop:16000000", 0.5, "model"),
    ]
    unsure = {"medtop:15000000": 0.24, "medtop:11000000": 0.22}
    assert [subject.code for subject in combine(TABLE, [], unsure)] == ["medtop:15000000"]
    assert combine(TABLE, [], {"medtop:15000000": 0.05}) == ()


def test_labels_of_other_pipelines_are_ours_or_dropped() -> None:
    assert [ours(label) for label in ("PERSON", "GPE", "FAC", "ORG", "WORK_OF_ART", "NORP", "DATE", "CARDINAL")] == [
        *("PER", "LOC", "LOC", "ORG", "MISC"),
        *(None, None, None),
    ]


def test_the_opening_of_a_text_says_most_of_its_topics() -> None:
    opening, rest = np.array([2.0, -2.0], np.float32), np.array([-1.0, 1.0], np.float32)
    assert np.allclose(of_windows([opening], [40]), opening)
    expected = (OPENING * 30 * opening + 60 * rest) / (OPENING * 30 + 60)
    assert np.allclose(of_windows([opening, rest], [30, 60]), expected)
