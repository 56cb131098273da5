"""An article out of a text file as crawlers leave it: header, headline, byline, standfirst, dateline, body."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import tzinfo

from contracts.messages import Block, BlockKind, DateClaim
from producers.cleaning import clean
from producers.dateline import split_dateline
from producers.furniture import SECTIONS, split_signature
from producers.labels import header_line
from producers.layout import Piece, ends_sentence, pieces

HEAD_LINES = 12
"""Lines with text among which a crawl header is looked for."""

TAIL_LINES = 5
"""The same at the end, where the head has no date."""

MAX_HEADLINE_CHARS = 160
MAX_STANDFIRST_CHARS = 600
MAX_SUBHEADING_CHARS, MAX_SUBHEADING_WORDS = 90, 14

_NOT_FINAL = re.compile(r"[.,;:…!][\"'“”»«’)\]]*$")
_OPENS = re.compile(r"[\"'„“»«‚‘(\[]*[A-ZÄÖÜÀ-Þ\d]|[\"'„“»«‚‘(\[]*[^\W\d_a-zäöüß]")


@dataclass(frozen=True)
class ParsedText:
    """What a text file says about its article; every word of the file is in one of these.

    Attributes:
        header: the lines of the crawl header, as they stood.
        stripped: labels that were removed.
    """

    blocks: tuple[Block, ...]
    headline: str | None = None
    description_text: str | None = None
    byline: str | None = None
    dateline: str | None = None
    dates: tuple[DateClaim, ...] = ()
    stripped: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    section: str | None = None


def parse(text: str, assumed: tzinfo, *, head: bool = True) -> ParsedText:
    """Take the text of one article apart.

    Args:
        assumed: the time zone of dates that name none.
        head: look for a crawl header, headline, byline and standfirst; off for a text that is body only.
    """
    lines = clean(text).split("\n")
    dates: tuple[DateClaim, ...] = ()
    stripped: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    if head:
        lines, dates, stripped, header = _take_header(lines, assumed)
        if not dates:
            lines, dates, marks, tail = _take_tail(lines, assumed)
            stripped, header = (*stripped, *marks), (*header, *tail)
    found, labels = pieces(lines)
    parsed = ParsedText((), dates=dates, stripped=(*stripped, *labels), header=header)
    if head:
        found, parsed = _take_headline(found, parsed)
    return _with_body(parsed, found)


def _take_header(
    lines: list[str], assumed: tzinfo
) -> tuple[list[str], tuple[DateClaim, ...], tuple[str, ...], tuple[str, ...]]:
    kept = list(lines)
    dates: list[DateClaim] = []
    labels: list[str] = []
    header: list[str] = []
    seen = 0
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        read = header_line(line, assumed)
        if read is not None:
            dates += read.dates
            labels += read.labels
            header.append(line[: read.end])
            kept[index] = line[read.end :].lstrip()
        seen += 1
        if seen >= HEAD_LINES or (kept[index] and _is_prose(kept[index])):
            break
    return kept, tuple(dates), tuple(labels), tuple(header)


def _take_tail(
    lines: list[str], assumed: tzinfo
) -> tuple[list[str], tuple[DateClaim, ...], tuple[str, ...], tuple[str, ...]]:
    """Dates on one of the last lines, where agencies and some sites have theirs."""
    filled = [index for index, line in enumerate(lines) if line.strip()][1:][-TAIL_LINES:]
    for index in reversed(filled):
        read = header_line(lines[index], assumed)
        if read is not None and read.dates and read.end == len(lines[index]):
            return [*lines[:index], "", *lines[index + 1 :]], read.dates, read.labels, (lines[index],)
    return lines, (), (), ()


def _is_prose(line: str) -> bool:
    return len(line) > MAX_HEADLINE_CHARS or (len(line.split()) >= 8 and ends_sentence(line))


def _take_headline(found: list[Piece], parsed: ParsedText) -> tuple[list[Piece], ParsedText]:
    rest = list(found)
    if len(rest) > 2 and rest[0].kind == "text" and rest[0].text.casefold() in SECTIONS:
        parsed = replace(parsed, section=rest.pop(0).text)
    if rest and rest[0].kind == "byline" and len(rest) > 1:
        parsed = replace(parsed, byline=rest.pop(0).text)
    if len(rest) > 1 and _is_headline(rest[0], rest[1:]):
        parsed = replace(parsed, headline=rest.pop(0).text)
    limit = 4 if parsed.headline else 1
    at = next((index for index, piece in enumerate(rest[:limit]) if piece.kind == "byline"), None)
    if at is not None and parsed.byline is None and len(rest) > 1:
        parsed = replace(parsed, byline=rest[at].text)
        before, rest = rest[:at], rest[at + 1 :]
        if before and rest and parsed.headline and _fits_standfirst(before):
            return rest, replace(parsed, description_text=" ".join(piece.text for piece in before))
        rest = before + rest
    if parsed.headline is None or len(rest) < 2:
        return rest, parsed
    taken = _standfirst(rest)
    if taken:
        parsed = replace(parsed, description_text=" ".join(piece.text for piece in rest[:taken]))
    return rest[taken:], parsed


def _is_headline(piece: Piece, following: list[Piece]) -> bool:
    if piece.kind not in {"text", "heading"} or len(piece.text) > MAX_HEADLINE_CHARS:
        return False
    if not any(later.kind in {"text", "list-item"} for later in following):
        return False
    if piece.kind == "heading":
        return True
    final = _NOT_FINAL.search(piece.text)
    if final and not final.group().startswith("!"):
        return False
    return split_dateline(piece.text + " X")[0] is None


def _fits_standfirst(found: list[Piece]) -> bool:
    return all(piece.kind == "text" for piece in found) and sum(len(p.text) for p in found) <= MAX_STANDFIRST_CHARS


def _standfirst(rest: list[Piece]) -> int:
    """How many pieces under the headline are its standfirst: a line without full stop, or all before a dateline."""
    if rest[0].kind == "text" and _is_short_line(rest[0]) and rest[1].kind == "text" and not _is_short_line(rest[1]):
        return 1
    for count in (1, 2):
        if count < len(rest) and _fits_standfirst(rest[:count]) and rest[count].kind == "text":
            others = " ".join(piece.text for piece in rest[count + 1 :])
            if split_dateline(rest[count].text, others)[0] and not split_dateline(rest[0].text, others)[0]:
                return count
    return 0


def _is_short_line(piece: Piece) -> bool:
    return (
        len(piece.text) <= MAX_SUBHEADING_CHARS
        and len(piece.text.split()) <= MAX_SUBHEADING_WORDS
        and not _NOT_FINAL.search(piece.text)
        and _OPENS.match(piece.text) is not None
    )


def _with_body(parsed: ParsedText, found: list[Piece]) -> ParsedText:
    byline = parsed.byline
    marks: list[str] = []
    blocks: list[Block] = []
    dateline: str | None = None
    seen_paragraph = False
    for index, piece in enumerate(found):
        text = piece.text
        kind: BlockKind = "paragraph"
        if piece.kind in {"list-item", "quote", "caption"}:
            kind = piece.kind
        elif piece.kind == "heading":
            kind = "subheading"
        elif piece.kind == "byline" and byline is None and not seen_paragraph and index + 1 < len(found):
            byline = text
            continue
        elif piece.kind == "text" and not seen_paragraph:
            dateline, text = split_dateline(text, " ".join(later.text for later in found[index + 1 :]))
            seen_paragraph = True
        elif piece.kind == "text" and _is_subheading(found, index):
            kind = "subheading"
        text, mark = split_signature(text)
        marks += [mark] if mark else []
        blocks.append(Block(text=text, kind=kind))
    stripped = (*parsed.stripped, *marks)
    return replace(parsed, blocks=tuple(blocks), dateline=dateline, byline=byline, stripped=stripped)


def _is_subheading(found: list[Piece], index: int) -> bool:
    """A short line without full stop between paragraphs; two such lines in a row are not headings but a list."""
    if not _is_short_line(found[index]) or index + 1 >= len(found):
        return False
    before, after = found[index - 1], found[index + 1]
    return (
        after.kind in {"text", "list-item", "quote"}
        and not (after.kind == "text" and _is_short_line(after))
        and not (before.kind == "text" and _is_short_line(before) and index > 1)
    )
