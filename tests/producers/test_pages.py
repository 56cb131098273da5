"""Pages beside the drafts they must become."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.errors import InputRefused
from producers.articles import Draft
from producers.dates import zone
from producers.pages import page_text, read_page

PAGES = Path(__file__).with_name("pages")
BERLIN = zone("Europe/Berlin")


def as_plain(draft: Draft) -> dict[str, object]:
    return {
        "headline": draft.headline,
        "description_text": draft.description_text,
        "byline": draft.byline,
        "dateline": draft.dateline,
        "language": draft.language,
        "section": draft.section,
        "keywords": list(draft.keywords),
        "dates": [[claim.provenance, claim.role, claim.value] for claim in draft.dates],
        "stripped": list(draft.stripped),
        "blocks": [[block.kind, block.text] for block in draft.blocks],
    }


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem)
def test_a_page_becomes_what_stands_beside_it(path: Path) -> None:
    draft = read_page(path.read_bytes(), url="https://example.org/artikel/1", content_type="text/html", assumed=BERLIN)
    assert as_plain(draft) == json.loads(path.with_suffix(".json").read_text("utf-8"))


def test_reading_a_page_again_and_again_gives_the_same() -> None:
    data = (PAGES / "artikel.html").read_bytes()
    drafts = [read_page(data, url="https://example.org/1", assumed=BERLIN) for _ in range(6)]
    assert all(draft == drafts[0] for draft in drafts)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("<p>Größe</p>".encode(), ""),
        ("<p>Größe</p>".encode(), "text/html; charset=utf-8"),
        ("<p>Größe</p>".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("<p>Größe</p>".encode("utf-16"), "text/html"),
        ('<meta charset="iso-8859-1"><p>Größe</p>'.encode("latin-1"), ""),
        ("<p>Größe</p>".encode(), "text/html; charset=nonsense"),
        ("<p>Größe</p>".encode(), "text/html; charset=us-ascii"),
    ],
)
def test_a_page_is_decoded(data: bytes, content_type: str) -> None:
    assert "Größe" in page_text(data, content_type) or content_type.endswith("us-ascii")


@pytest.mark.parametrize(
    ("data", "content_type", "reason"),
    [
        (b"%PDF-1.7", "application/pdf", "not-html"),
        (b"", "text/html", "not-html"),
        (b"<html><body></body></html>", "text/html", "no-text"),
        (b"\x00\x01\x02", "text/html", "no-text"),
        (b"<p>" * 300_000, "text/html", "too-large"),
    ],
)
def test_a_page_without_article_is_refused(data: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_page(data, url="https://example.org/1", content_type=content_type, assumed=BERLIN)
    assert refused.value.reason == reason
