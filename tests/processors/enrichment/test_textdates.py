"""Date expressions: what is resolved, what is honestly left out, and how well on news marked by hand."""

from __future__ import annotations

import re

import pytest

from contracts.messages import DateClaim
from processors.enrichment import dategrammar_de, dategrammar_en
from processors.enrichment.daterules import Grammar
from processors.enrichment.textdates import MOST_MENTIONS, find_dates
from tests.processors.enrichment.enrichment_gold import Counts, days, unmark

DAY = DateClaim(value="2021-12-31", precision="day", provenance="feed")  # A Friday.
MONTH = DateClaim(value="2021-12", precision="month", provenance="crawl-header")
YEAR = DateClaim(value="2021", precision="year", provenance="crawl-header")

FLOORS = {"de": 0.92, "en": 0.915}
"""F1 of exact span and value on the half of the marked news that the grammar was not tuned on."""


def found(text: str, reference: DateClaim | None = DAY, language: str = "de") -> dict[str, str]:
    return {d.mention.surface: d.value for d in find_dates(text, "body_text", language, reference)}


@pytest.mark.parametrize(
    ("text", "surface", "value"),
    [
        ("Sie sprachen am Donnerstag.", "Donnerstag", "2021-12-30"),
        ("Am Montag soll der Rat entscheiden.", "Montag", "2022-01-03"),
        ("Der Rat will am Montag entscheiden.", "Montag", "2022-01-03"),
        ("Der Rat hat am Montag entschieden.", "Montag", "2021-12-27"),
        ("Seit Dienstag wird gestreikt.", "Dienstag", "2021-12-28"),
        ("am Mittwochabend kam er an", "Mittwochabend", "2021-12-29"),
        ("In der Nacht zum Sonntag brannte es.", "Sonntag", "2021-12-26"),
        ("In der Nacht zum Sonntag ist vor Lampedusa ein Boot gekentert.", "Sonntag", "2021-12-26"),
        ("Am Sonntag sind bei Köln zwei Züge zusammengestoßen, wie die Bahn mitteilte.", "Sonntag", "2021-12-26"),
        ("Truppen haben in der Nacht auf Dienstag erneut die Stadt beschossen.", "Dienstag", "2021-12-28"),
        ("In der Nacht auf Dienstag brannte es.", "Dienstag", "2021-12-28"),
        ("Sie ist am Montagmorgen auf der A65 tödlich verunglückt.", "Montagmorgen", "2021-12-27"),
        ("Die Behörde hat ihr für Februar einen Termin gegeben.", "Februar", "2022-02"),
        ("Am Sonntag ist die Brücke gesperrt.", "Sonntag", "2022-01-02"),
        ("Am Sonntag ist nichts zu erwarten.", "Sonntag", "2022-01-02"),
        ("Am Montag ist eine Demonstration geplant.", "Montag", "2022-01-03"),
        ("Spätestens nächsten Montag", "nächsten Montag", "2022-01-03"),
        ("Freitag kommender Woche", "Freitag kommender Woche", "2022-01-07"),
        ("Die Gespräche sind für den 10. Januar geplant.", "10. Januar", "2022-01-10"),
        ("Erst am 7. Dezember hatte er gedroht.", "7. Dezember", "2021-12-07"),
        ("am Montag, dem 3. Mai 2021", "Montag, dem 3. Mai 2021", "2021-05-03"),
        ("vom 10. bis 12. August 2020", "10. bis 12. August 2020", "2020-08-10/2020-08-12"),
        ("bis Ende März", "Ende März", "2022-03"),
        ("im März 2014", "März 2014", "2014-03"),
        ("Moskau hat 2014 die Krim annektiert", "2014", "2014"),
        ("in den 1990er Jahren", "1990er Jahren", "1990/1999"),
        ("vor zwei Wochen", "vor zwei Wochen", "2021-12-17"),
        ("vor einem Jahr", "vor einem Jahr", "2020"),
        ("in drei Tagen", "in drei Tagen", "2022-01-03"),
        ("gestern", "gestern", "2021-12-30"),
        ("Morgen ist frei.", "Morgen", "2022-01-01"),
        ("im vergangenen Monat", "vergangenen Monat", "2021-11"),
        ("diese Woche", "diese Woche", "2021-12-27/2022-01-02"),
        ("im dritten Quartal 2021", "dritten Quartal 2021", "2021-07/2021-09"),
        ("am 24.12.2020", "24.12.2020", "2020-12-24"),
        ("Ostern 2022", "Ostern 2022", "2022-04-15/2022-04-18"),
        ("Am ersten Advent", "ersten Advent", "2021-11-28"),
    ],
)
def test_german_expressions(text, surface, value):
    assert found(text) == {surface: value}


@pytest.mark.parametrize(
    ("text", "surface", "value"),
    [
        ("They met last Thursday.", "last Thursday", "2021-12-30"),
        ("The trial begins on Monday.", "Monday", "2022-01-03"),
        ("He died on Monday.", "Monday", "2021-12-27"),
        ("after the riot of Jan. 6", "Jan. 6", "2022-01-06"),
        ("The riot was on Jan. 6, 2021.", "Jan. 6, 2021", "2021-01-06"),
        ("It happened two weeks ago.", "two weeks ago", "2021-12-17"),
        ("on May 3, 2025", "May 3, 2025", "2025-05-03"),
        ("on Wednesday 21 February 2024", "Wednesday 21 February 2024", "2024-02-21"),
        ("by the 14th", "the 14th", "2022-01-14"),
        ("in the 1970s", "1970s", "1970/1979"),
        ("next year", "next year", "2022"),
        ("He may march in May.", "May", "2022-05"),
        ("The Fourth of July parade is on the Fourth of July 2022", "Fourth of July 2022", "2022-07-04"),
        ("on Thanksgiving 2021", "Thanksgiving 2021", "2021-11-25"),
    ],
)
def test_english_expressions(text, surface, value):
    assert found(text, language="en")[surface] == value


@pytest.mark.parametrize("text", ["It came a day after Washington imposed tariffs.", "He left the day after the vote."])
def test_a_day_that_only_another_event_tells_is_left_open(text):
    assert found(text, language="en") == {}


@pytest.mark.parametrize(
    "text",
    ["1500 Euro", "2000 Menschen kamen", "im Alter von 2014 Tagen", "Windows 2000", "Guten Morgen!", "§ 1984", "3.2.1"],
)
def test_numbers_and_mornings_are_no_dates(text):
    assert found(text) == {}


def test_a_month_resolves_a_day_of_the_year_but_no_weekday():
    text = "Am Donnerstag hieß es, die Gespräche seien für den 10. Januar geplant; am 7. Dezember hatte er gedroht."
    assert found(text, MONTH) == {"10. Januar": "2022-01-10", "7. Dezember": "2021-12-07"}


def test_a_year_resolves_only_what_all_its_days_agree_on():
    assert found("Im vergangenen Jahr, am 10. Januar, gestern, 2014", YEAR) == {
        "vergangenen Jahr": "2020",
        "2014": "2014",
    }


def test_without_a_reference_only_absolute_dates_are_found():
    assert found("gestern, am 3. Mai, am 3. Mai 2020, 1989", None) == {"3. Mai 2020": "2020-05-03", "1989": "1989"}


def test_an_instant_in_utc_is_dated_in_german_time():
    late = DateClaim(value="2024-03-14T23:30:00+00:00", precision="second", provenance="feed")
    assert found("heute", late) == {"heute": "2024-03-15"}
    assert found("today", late, "en") == {"today": "2024-03-14"}


def test_an_unreadable_reference_is_no_reference():
    assert found("gestern und 1989", DateClaim(value="neulich", precision="day", provenance="meta")) == {"1989": "1989"}


def test_other_languages_yield_iso_days_only():
    assert found("le 2021-05-03, jeudi", language="fr") == {"2021-05-03": "2021-05-03"}


def test_mentions_stand_where_they_say_and_tell_whether_they_are_relative():
    text = "Gestern, am 3. Mai 2020."
    first, second = find_dates(text, "headline", "de", DAY)
    assert [text[m.mention.start : m.mention.end] for m in (first, second)] == ["Gestern", "3. Mai 2020"]
    assert (first.relative, second.relative) == (True, False)
    assert (first.precision, first.mention.field) == ("day", "headline")


def test_a_day_that_no_calendar_has_is_at_most_a_month():
    assert found("am 31. Februar 2020 und am 99.99.2020") == {"Februar 2020": "2020-02"}


def test_a_table_of_dates_is_cut():
    assert len(find_dates("am Montag " * 2 * MOST_MENTIONS, "body_text", "de", DAY)) == MOST_MENTIONS


def _articles(folder, language, half):
    files = sorted((folder / "data" / "news").glob("*.txt"))
    parts = [part for file in files for part in re.split(r"(?m)^## id: ", file.read_text(encoding="utf-8"))[1:]]
    for number, part in enumerate(parts):
        head, _, text = part.partition("\ntext:\n")
        meta = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        if meta["lang"] == language and number % 2 == half:
            yield meta, (meta["headline"], meta["standfirst"], text.strip())


def judge(folder, language: str, half: int) -> Counts:
    """Exact span and value; what lies in a name is not judged, as the marks do not nest."""
    counts = Counts()
    for meta, texts in _articles(folder, language, half):
        reference = DateClaim(value=meta["published"], precision="minute", provenance="feed")
        for marked in map(unmark, texts):
            got = {
                (d.mention.start, d.mention.end): days(d.value)
                for d in find_dates(marked.text, "body_text", language, reference)
                if not any(m.start < d.mention.end and d.mention.start < m.end for _, m in marked.mentions)
            }
            wanted = {span: days(value) for span, value in marked.dates.items()}
            hits = len(got.items() & wanted.items())
            counts.right += hits
            counts.wrong += len(got) - hits
            counts.missed += len(wanted) - hits
    return counts


@pytest.mark.parametrize("language", FLOORS)
def test_the_half_of_the_marked_news_that_was_not_tuned_on(shared, language):
    counts = judge(shared, language, half=1)
    assert counts.f1 >= FLOORS[language], str(counts)


@pytest.mark.parametrize("language", FLOORS)
def test_no_expression_begins_otherwise_than_the_scanner_thinks(shared, language):
    grammar = {"de": dategrammar_de.GRAMMAR, "en": dategrammar_en.GRAMMAR}[language]
    letters = tuple("abcdefghijklmnopqrstuvwxyzäöüABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ’'")
    patient = Grammar(rules=grammar.rules, cues=grammar.cues, starts=letters)
    for half in (0, 1):
        for _, texts in _articles(shared, language, half):
            text = "\n".join(unmark(marked).text for marked in texts)
            assert _matches(grammar, text) == _matches(patient, text)


def _matches(grammar: Grammar, text: str) -> list[str]:
    found, position = [], 0
    while (hit := grammar.next_match(text, position)) is not None:
        found.append(hit[1][0])
        position = hit[1].end()
    return found
