"""An article's page to its text and what the page claims about it."""

from __future__ import annotations

import codecs
import re
from datetime import tzinfo
from typing import Any

import cchardet
import trafilatura
from htmldate import find_date
from lxml import html

from contracts.errors import InputRefused
from contracts.messages import Block, BlockKind, DateClaim
from producers.articles import Draft
from producers.cleaning import clean, language_code, one_line
from producers.dateline import split_dateline
from producers.furniture import leftover
from producers.layout import is_byline
from producers.metadata import page_metadata
from producers.textfile import parse as parse_text

_META_CHARSET = re.compile(rb"<meta\b[^<>]*charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)

MAX_TREE_ELEMENTS = 200_000
"""A page with more elements is no article; extraction would take minutes."""

_KINDS: dict[str, BlockKind] = {"head": "subheading", "item": "list-item", "quote": "quote", "p": "paragraph"}


def read_page(data: bytes, *, url: str, content_type: str = "", assumed: tzinfo) -> Draft:
    """The article on the page.

    Args:
        url: the page's address.
        content_type: as the server said, for the encoding.
        assumed: the time zone of dates that name none.

    Raises:
        InputRefused: ``not-html``, ``too-large`` or ``no-text``: there is no article's text to be found.
    """
    kind = content_type.split(";")[0].strip().lower()
    if kind and kind not in {"text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml"}:
        raise InputRefused(url, "not-html", f"the page is {kind}, not HTML.")
    text = page_text(data, content_type)
    try:
        tree = html.document_fromstring(
            _without_declaration(text), parser=html.HTMLParser(no_network=True, huge_tree=False, remove_pis=True)
        )
    except (ValueError, AssertionError, html.etree.LxmlError) as error:
        raise InputRefused(url, "not-html", "the page cannot be read as HTML.") from error
    if sum(1 for _ in tree.iter()) > MAX_TREE_ELEMENTS:
        raise InputRefused(url, "too-large", "the page has more elements than an article can have.")
    metadata = page_metadata(tree, assumed)
    dates = metadata.dates or _guessed_date(tree, url)
    blocks, stripped = _blocks(tree, url, metadata.headline)
    notes = []
    if not blocks and metadata.text:
        blocks = list(parse_text(metadata.text, assumed, head=False).blocks)
        notes.append("text-from-json-ld")
    if not blocks:
        raise InputRefused(url, "no-text", "no article's text is found on the page.")
    byline = metadata.byline
    if blocks[0].kind == "paragraph" and is_byline(blocks[0].text) and len(blocks) > 1:
        printed = blocks.pop(0).text
        if byline is None:
            byline = printed
        else:
            stripped.append(printed)
    dateline, blocks = _without_dateline(blocks)
    return Draft(
        blocks=tuple(blocks),
        headline=metadata.headline or _heading(tree),
        description_text=metadata.description,
        byline=byline,
        dateline=dateline,
        language=language_code(metadata.language),
        dates=tuple(dates),
        section=metadata.section,
        keywords=metadata.keywords,
        stripped=tuple(stripped),
        notes=tuple(notes),
    )


def page_text(data: bytes, content_type: str) -> str:
    """The page decoded: byte order mark, then the server's word, then the page's own, then a guess."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    header = _HEADER_CHARSET.search(content_type)
    meta = _META_CHARSET.search(data[:8192])
    named = [header.group(1) if header else "", meta.group(1).decode("ascii") if meta else "", "utf-8"]
    for name in named:
        # browsers read what calls itself latin-1 as cp1252, and pages mean that
        name = "cp1252" if name.lower() in {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"} else name
        try:
            return data.decode(name) if name else data.decode("utf-8")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    guess = cchardet.detect(data)["encoding"] or "cp1252"
    try:
        return data.decode(guess, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")


def _without_declaration(text: str) -> str:
    """lxml refuses text that names its encoding."""
    return re.sub(r"^\s*<\?xml[^<>]*\?>", "", text.replace("\x00", ""), count=1) or " "


def _guessed_date(tree: html.HtmlElement, url: str) -> tuple[DateClaim, ...]:
    try:
        found = find_date(tree, extensive_search=False, original_date=True, url=url, outputformat="%Y-%m-%d")
    except Exception:  # whatever a page makes htmldate raise, it is only one claim that is missing
        return ()
    return (DateClaim(value=found, precision="day", provenance="htmldate"),) if found else ()


def _blocks(tree: html.HtmlElement, url: str, headline: str | None) -> tuple[list[Block], list[str]]:
    try:
        document = trafilatura.bare_extraction(
            tree, url=url, include_comments=False, include_tables=False, include_formatting=True, favor_recall=True
        )
    except Exception as error:  # trafilatura maps nothing; the feed's own text is the way out
        raise InputRefused(url, "no-text", f"the page's text cannot be extracted: {error}.") from error
    blocks: list[Block] = []
    labels: list[str] = []
    body = getattr(document, "body", None)
    for element in body.iter() if body is not None else ():
        kind = _kind(element)
        if kind is None:
            continue
        for line in clean("".join(_own_text(element)), markup=False).split("\n"):
            text = " ".join(line.split())
            if not text:
                continue
            if leftover(text) is not None:
                labels.append(text)
            elif not (kind == "subheading" and not blocks and (_same(text, headline) or element.get("rend") == "h1")):
                blocks.append(Block(text=text, kind=kind))
    return blocks, labels


def _kind(element: Any) -> BlockKind | None:
    """The kind of block an element of trafilatura's tree is; None if its text belongs to another's block."""
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag not in _KINDS or any(parent.tag in {"item", "quote"} for parent in element.iterancestors()):
        return None
    return _KINDS[tag]


def _own_text(element: Any) -> list[str]:
    parts = [element.text or ""]
    for child in element:
        parts.append("\n" if child.tag in {"lb", "p", "list", "item", "quote"} else "")
        parts += _own_text(child)
        parts.append(child.tail or "")
    return parts


def _same(text: str, headline: str | None) -> bool:
    return headline is not None and text.casefold() == headline.casefold()


def _heading(tree: html.HtmlElement) -> str | None:
    for path in (".//h1", ".//title"):
        element = tree.find(path)
        if element is not None and (line := one_line(str(element.text_content()))):
            return line
    return None


def _without_dateline(blocks: list[Block]) -> tuple[str | None, list[Block]]:
    """The dateline of the first or, under a standfirst, of the second paragraph."""
    paragraphs = [index for index, block in enumerate(blocks) if block.kind == "paragraph"][:2]
    for index in paragraphs:
        rest = " ".join(block.text for block in blocks[index + 1 :])
        dateline, text = split_dateline(blocks[index].text, rest)
        if dateline is not None:
            return dateline, [*blocks[:index], Block(text=text), *blocks[index + 1 :]]
    return None, blocks
