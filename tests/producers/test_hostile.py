"""Texts made to take for ever are read in the time of any other."""

from __future__ import annotations

import time

import pytest

from contracts.errors import InputRefused
from producers.cleaning import clean
from producers.dateline import split_dateline
from producers.dates import zone
from producers.decoding import decode
from producers.feeds import parse_feed
from producers.layout import is_byline
from producers.textfile import parse

MILLION = 1_000_000
BERLIN = zone("Europe/Berlin")

TEXTS = {
    "spaces": " " * MILLION + "x",
    "spaces in a heading": "# a" + " " * MILLION + "b",
    "open comments": "<!--" * (MILLION // 4),
    "open scripts": "<script>" * (MILLION // 8),
    "open paragraphs": "<p " * (MILLION // 3),
    "ampersands": "&" * MILLION,
    "bold": "**a" + " *" * (MILLION // 2),
    "rules": "= " * (MILLION // 2) + "x",
    "one line": "Wort und noch ein Wort. " * (MILLION // 24),
    "wrapped lines": ("Ein Satz, der an der siebzigsten Stelle der Zeile umbricht und weiter\n" * (MILLION // 70)),
    "short lines": "Kurze Zeile\n\n" * (MILLION // 13),
    "quotes": '."' * (MILLION // 2),
    "labels": "Anzeige\n" * (MILLION // 8),
    "names": "Von " + "Aa-" * (MILLION // 3),
    "initials": "A.A." * (MILLION // 4),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_megabyte_is_read_in_seconds(text: str) -> None:
    began = time.process_time()
    parse(decode(text.encode(), "x").text, BERLIN)
    clean(text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "head",
    [
        "Aa-" * 46,
        "A" * 139,
        "Aa " * 46,
        "A.a." * 35,
        "Aa/" * 46,
        "St. " * 35,
        "Aa am Aa " * 15,
        "Aa (Aa) " * 17,
        "A'" * 70,
    ],
)
def test_datelines_and_bylines_are_told_in_milliseconds(head: str) -> None:
    began = time.process_time()
    for tail in ("", "(", "(dpa", "-", ". ", " – x"):
        split_dateline(head[: 140 - len(tail)] + tail)
        is_byline("Von " + head[: 136 - len(tail)] + tail)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("tail", ["<!--a-->" * 500 + "x", "<!--" * 1000, "</rss" + " " * 4000])
def test_the_end_of_a_feed_is_found_at_once(tail: str) -> None:
    feed = f'<rss version="2.0"><channel><item><title>a</title></item></channel></rss>{tail}'
    began = time.process_time()
    for data in (feed, tail + feed, tail):
        try:
            parse_feed(data.encode(), url="https://example.org/", assumed=BERLIN)
        except InputRefused as refused:
            assert refused.reason
    assert time.process_time() - began < 5
