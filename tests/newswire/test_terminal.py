"""What strangers wrote reaches a terminal as text and never as a command to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.console import Console

from contracts.messages import Quarantined
from newswire import console
from newswire.live import render
from newswire.quarantine import table
from newswire.search import hit_view
from newswire.show import document_view
from newswire.state import Server, State
from search.results import Hit

HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b2J\x08\r"


def shown(view: object) -> str:
    """What a terminal would get, less the sequences of our own styles."""
    terminal = Console(width=200, color_system=None, force_terminal=False)
    with terminal.capture() as capture:
        terminal.print(view)
    return capture.get()


def hit() -> Hit:
    words = dict.fromkeys(("id", "headline", "language", "source", "source_name", "summary"), HOSTILE)
    stamps = dict.fromkeys(("firstcreated", "firstcreated_value", "versioncreated", "indexed_at"), HOSTILE)
    return Hit(
        **words,
        **stamps,
        headline_derived=False,
        sources=(HOSTILE,),
        firstcreated_precision="day",
        version_count=1,
        people=(HOSTILE,),
        topics=(HOSTILE,),
    )


def quarantined() -> Quarantined:
    return Quarantined(
        id=HOSTILE,
        stage="processor",
        reason=HOSTILE,
        error=HOSTILE,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        attempts=1,
        topic=HOSTILE,
        partition=0,
        offset=0,
        value=b"",
    )


DOCUMENT = dict.fromkeys(
    (
        "headline",
        "firstcreated_value",
        "firstcreated_precision",
        "firstcreated_provenance",
        "byline",
        "url",
        "body_text",
    ),
    HOSTILE,
)

VIEWS = {
    "a hit": lambda: hit_view(hit()),
    "an article": lambda: document_view(DOCUMENT),
    "the quarantine": lambda: table([quarantined()]),
    "the status": lambda: render(State("data", (), (Server("kafka", "127.0.0.1:1", False, HOSTILE),), None)),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_no_view_passes_on_what_a_terminal_would_obey(view):
    said = shown(view())
    assert "owned" in said
    assert [character for character in said if not character.isprintable() and character != "\n"] == []


def test_an_error_that_quotes_a_stranger_is_printed_as_text(capfd):
    console.report_error("InputRefused", 3, f"{HOSTILE}: no text", HOSTILE)
    said = capfd.readouterr().err
    assert "owned" in said and "no text" in said
    assert [character for character in said if not character.isprintable() and character != "\n"] == []


def test_the_subheadings_of_an_article_are_bold_and_its_paragraphs_are_not():
    body = "Der Rat tagt.\n\nStreit\x1b um Geld\n\nEs wird spät."
    start, end = body.index("Streit"), body.index("Geld") + 4
    blocks = [
        {"kind": "paragraph", "start": 0, "end": 13},
        {"kind": "subheading", "start": start, "end": end},
        {"kind": "paragraph", "start": end + 2, "end": len(body)},
    ]
    view = document_view(DOCUMENT | {"body_text": body, "blocks": blocks})
    bold = [view.plain[span.start : span.end] for span in view.spans if span.style == "bold"]
    assert bold[1:] == ["Streit  um Geld"]
