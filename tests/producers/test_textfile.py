"""Text files beside what they must become, and the promise that no word is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.cleaning import clean
from producers.dates import zone
from producers.decoding import decode
from producers.labels import ad_label, header_line
from producers.textfile import ParsedText, parse

BERLIN = zone("Europe/Berlin")
TEXTS = Path(__file__).with_name("texts")


def as_plain(parsed: ParsedText) -> dict[str, object]:
    return {
        "headline": parsed.headline,
        "byline": parsed.byline,
        "description_text": parsed.description_text,
        "dateline": parsed.dateline,
        "dates": [[claim.value, claim.precision, claim.role] for claim in parsed.dates],
        "stripped": list(parsed.stripped),
        "blocks": [[block.kind, block.text] for block in parsed.blocks],
    } | ({"section": parsed.section} if parsed.section else {})


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_file_becomes_what_stands_beside_it(path: Path) -> None:
    parsed = parse(decode(path.read_bytes(), path.name).text, BERLIN)
    assert as_plain(parsed) == json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.stem)
def test_line_ends_and_invisible_characters_change_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    dirty = text.replace("en ", "e\u00adn\u00a0").replace("\n", "\r\n").replace("Mus", "M\u200bus")
    assert parse(dirty, BERLIN) == parse(text, BERLIN)


@pytest.mark.parametrize(
    ("line", "dates", "labels"),
    [
        (" date 2021-12 Anzeige", ["2021-12"], ["Anzeige"]),
        ("date 2021-12-30", ["2021-12-30"], []),
        ("Datum: 30.12.2021, 14:05 Uhr", ["2021-12-30T14:05+01:00"], []),
        ("Stand: 30. Dezember 2021", ["2021-12-30"], []),
        ("Donnerstag, 30. Dezember 2021 | Lesezeit: 3 Min.", ["2021-12-30"], ["Lesezeit: 3 Min."]),
        ("Veröffentlicht am 1.7.2021 um 9 Uhr", ["2021-07-01T09:00+02:00"], []),
        ("[ Anzeige ]", [], ["Anzeige"]),
        ("Published: 2021-12-30T14:05:00Z", ["2021-12-30T14:05:00+00:00"], []),
        ("Published 10:15 GMT, 13 March 2026 | Updated 2 hours ago", ["2026-03-13T10:15+00:00"], []),
        ("18:04 Uhr, 12.03.2026 - Aktualisiert vor 3 Stunden", ["2026-03-12T18:04+01:00"], []),
    ],
)
def test_header_lines_of_many_kinds_are_read(line: str, dates: list[str], labels: list[str]) -> None:
    read = header_line(line, BERLIN)
    assert read is not None
    assert [claim.value for claim in read.dates] == dates
    assert list(read.labels) == labels


@pytest.mark.parametrize(
    "line",
    [
        "Anzeige gegen Unbekannt",
        "Werbung wirkt",
        "Dating im Netz",
        "2021 war ein gutes Jahr",
        "Stand der Dinge",
        "Adele singt wieder",
        "Am 30.12.2021 schloss das Werk",
        "Update für Millionen Telefone",
        "2021",
        "September 2, 1933 – May 11, 2024",
    ],
)
def test_text_is_not_taken_for_a_header(line: str) -> None:
    assert header_line(line, BERLIN) is None
    assert ad_label(line) is None


def words(text: str) -> str:
    """The letters and digits of a text in order: what must not get lost, however lines are joined."""
    return "".join(re.findall(r"[^\W_]+", text))


def everything(parsed: ParsedText) -> str:
    in_header = sum(len(read.labels) for line in parsed.header if (read := header_line(line, BERLIN)))
    parts = [parsed.section, parsed.headline, parsed.description_text, parsed.byline, parsed.dateline]
    parts += [*parsed.header, *parsed.stripped[in_header:]]
    return " ".join([part for part in parts if part] + [block.text for block in parsed.blocks])


LINE = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=90),
    st.sampled_from(
        [
            "Anzeige",
            "date 2021-12 Anzeige",
            "Von Max Muster",
            "BERLIN (dpa) - Der Rat tagt.",
            "Wilmington. Zum zweiten Mal",
            "# Titel",
            "- Punkt",
            "1. FC Köln gewinnt",
            "2) Zweitens",
            "– so hieß es – und",
            "> Zitat",
            "====",
            "Stand: 30.12.2021",
            "Sport",
            "APA0123    2026-03-12/09:14",
            "Die Aktie legte zu./mis/he/jha/",
            "Startseite > Politik",
            "Eine kurze Zeile",
            "Ein ganzer Satz mit einem Punkt am Ende, der recht lang ist.",
            "Nah-",
            "verkehr und mehr",
            "Foto: dpa",
            "",
            "\f",
            "\x00",
        ]
    ),
)


@given(st.lists(LINE, max_size=25).map("\n".join), st.booleans())
def test_no_word_is_lost_and_nothing_raises(text: str, head: bool) -> None:
    parsed = parse(text, BERLIN, head=head)
    kept = sorted(words(everything(parsed)))
    assert kept == sorted(words(clean(text)))


@given(st.text(st.characters(codec="utf-8")))
def test_cleaning_is_stable_and_leaves_no_control_characters(text: str) -> None:
    once = clean(text, markup=False)
    assert clean(once, markup=False) == once
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u00ad\u00a0]", once)


def test_the_users_sample_is_read_as_it_is_meant(shared: Path) -> None:
    path = next((shared / "data" / "seed").glob("*.txt"))
    parsed = parse(decode(path.read_bytes(), path.name).text, BERLIN)
    assert parsed.headline is None
    assert parsed.dateline == "Wilmington"
    assert [(claim.value, claim.precision, claim.provenance) for claim in parsed.dates] == [
        ("2021-12", "month", "crawl-header")
    ]
    assert parsed.stripped == ("Anzeige",)
    assert [block.kind for block in parsed.blocks] == ["paragraph"] * 2 + ["subheading"] + ["paragraph"] * 3
    assert parsed.blocks[0].text.startswith("Zum zweiten Mal binnen weniger Wochen")
    assert parsed.blocks[2].text == "Deeskalation statt Eskalation"
