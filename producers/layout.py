"""Lines of a text file to the pieces its author meant: paragraphs, headings, list items and quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from producers.cleaning import squeeze
from producers.furniture import leftover

PieceKind = Literal["text", "heading", "list-item", "quote", "caption", "byline"]

MAX_HEADING_CHARS = 300
"""A longer line is no heading, whatever it is marked with."""

WRAP_LIMIT = 100
"""Characters; a longer line was not wrapped by hand or by a mail program."""

MIN_WRAP = 40
"""Characters; nobody wraps text more narrowly."""

WRAP_SLACK = 3
"""Characters by which a wrapped line may be shorter than it had to be."""

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>\S.*?)\s*#*\s*$")
_BOLD = re.compile(r"\s*(\*\*|__)(?P<text>[^*_]\S.*?\S|\S)\1\s*$")
_ITEM = re.compile(r"\s*[-*•‣▪●–]\s+(?P<text>\S.*)$")
_NUMBERED = re.compile(r"\d{1,2}[.)]\s+\S")
_QUOTE = re.compile(r"\s{0,3}>+\s?(?P<text>\S.*)$")
_RULE = re.compile(r"\s*(?:[=\-_*~#+·•]\s?){3,}\s*$")
_CAPTION = re.compile(r"(?:Foto|Fotos|Bild|Bildquelle|Grafik|Photo|Photograph|Image|Picture|File photo)s?\s?:\s*\S")
_TITLE_RULE = re.compile(r"\s{0,3}(?:={3,}|-{3,})\s*$")

_NAME = r"(?:(?:Dr|Prof|St)\.\s)?[A-ZÄÖÜÀ-Þ][\w'’.-]+"
_PARTICLE = r"(?:von der|von|van der|van den|van|vom|zu|zur|de la|de|del|di|da|dos|al|el|bin|ter|ten|Mc)"
_PERSON = rf"{_NAME}(?:\s(?:{_PARTICLE}\s)?{_NAME}){{1,3}}"
_PERSONS = rf"{_PERSON}(?:\s?(?:,|und|and|&|/|\+)\s?{_PERSON}){{0,5}}"
_BYLINE = re.compile(
    rf"(?:(?:Von|VON|By|BY)\s+{_PERSONS}|(?:Von|By)\s+(?:unserem|unserer|our)\s[\w\s]{{4,40}}"
    rf"|(?:Autor(?:in|en)?|Author|Text|Written by|Reported by|(?:Ein )?(?:Bericht|Kommentar|Gastbeitrag) von)"
    rf"\s?:?\s+{_PERSONS})"
    rf"(?:\s?[,|·–-]\s?[\w\s.,/-]{{2,40}}|\s(?:in|aus)\s{_NAME}(?:\s{_NAME})?)?"
)

_TERMINAL = re.compile(r"[.!?…:;][\"'“”»«’)\]]*$")
_CONTINUING = frozenset("und oder bzw bis sowie and or to".split())


@dataclass(frozen=True)
class Piece:
    """A paragraph or the like, on one line.

    Attributes:
        lines: of the file that it takes.
    """

    text: str
    kind: PieceKind = "text"
    lines: int = 1


def is_byline(line: str) -> bool:
    """Whether the line names the article's author and nothing else: ``Von Max Mustermann``."""
    return len(line) <= 140 and _BYLINE.fullmatch(line) is not None


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does."""
    return _TERMINAL.search(text) is not None


def pieces(lines: list[str]) -> tuple[list[Piece], list[str]]:
    """The pieces in ``lines``, and what a site put on lines of their own among them: labels, buttons, links.

    Lines of a paragraph wrapped at a fixed width are joined; a paragraph a line stays as it is.
    """
    labels: list[str] = []
    groups: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            groups.append([])
        elif (label := leftover(line)) is not None and _stands_alone(groups[-1]):
            labels.append(label)
            groups.append([])
        else:
            groups[-1].append(line)
    width = _wrap_width(groups)
    found: list[Piece] = []
    for group in groups:
        found += _group(group, width)
    return found, labels


def _stands_alone(group: list[str]) -> bool:
    """A label within a paragraph is one only after the end of a sentence: else it is the last word of a line."""
    return not group or ends_sentence(group[-1].rstrip()) or len(group) == 1


def _wrap_width(groups: list[list[str]]) -> int | None:
    lengths = [len(line.rstrip()) for group in groups for line in group[:-1]]
    longest = max((len(line.rstrip()) for group in groups for line in group), default=0)
    return max(lengths) if lengths and max(lengths) >= MIN_WRAP and longest <= WRAP_LIMIT else None


def _group(lines: list[str], width: int | None) -> list[Piece]:
    found: list[_Open] = []
    open_line = ""
    for index, line in enumerate(lines):
        if _TITLE_RULE.match(line) and index == 1 and found and found[-1].kind == "text":
            found[-1].kind, open_line = "heading", ""
            continue
        if _RULE.match(line):
            open_line = ""
            continue
        piece = _marked(line)
        last = found[-1] if found else None
        if piece.kind == "list-item" and last is not None and last.kind == "text" and not ends_sentence(open_line):
            piece = Piece(squeeze(line))  # a dash at the start of a wrapped line belongs to its sentence
        if last is not None and open_line and _belongs(piece, last.kind, open_line, width):
            last.add(piece.text)
        else:
            found.append(_Open(piece.kind, [piece.text]))
        open_line = squeeze(line)
    return [Piece("".join(piece.parts), piece.kind, piece.lines) for piece in found if any(piece.parts)]


@dataclass
class _Open:
    """A piece that may take further lines."""

    kind: PieceKind
    parts: list[str]
    lines: int = 1

    def add(self, text: str) -> None:
        """Join a line, without its hyphen where a word was divided."""
        last = self.parts[-1]
        if _hyphenated(last, text) and text.split(" ", 1)[0].strip(".,") not in _CONTINUING:
            self.parts[-1] = last[:-1]
        else:
            self.parts.append(" ")
        self.parts.append(text)
        self.lines += 1


def _belongs(piece: Piece, last: PieceKind, open_line: str, width: int | None) -> bool:
    if piece.kind == last == "quote":
        return True
    return piece.kind == "text" and last not in {"heading", "byline"} and _continues(open_line, piece.text, width)


def _marked(line: str) -> Piece:
    for pattern, kind in ((_HEADING, "heading"), (_BOLD, "heading"), (_QUOTE, "quote"), (_ITEM, "list-item")):
        match = pattern.match(line) if kind != "heading" or len(line) <= MAX_HEADING_CHARS else None
        if match:
            return Piece(squeeze(match["text"]), kind)  # type: ignore[arg-type]  # the table's second column
    text = squeeze(line)
    if _CAPTION.match(text):
        return Piece(text, "caption")
    return Piece(text, "byline" if is_byline(text) else "text")


def _continues(line: str, following: str, width: int | None) -> bool:
    if _hyphenated(line, following):
        return True
    if _NUMBERED.match(following) and (ends_sentence(line) or _NUMBERED.match(line)):
        return False
    if width is not None and len(line) + 1 + len(following.split(" ", 1)[0]) > width - WRAP_SLACK:
        return True
    return not ends_sentence(line) and following[:1].islower()


def _hyphenated(line: str, following: str) -> bool:
    return len(line) > 2 and line[-1] == "-" and line[-2].isalpha() and following[:1].islower()
