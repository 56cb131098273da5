"""Text cleaned of its carrier: invisible characters, HTML leftovers and control characters; the words stay."""

from __future__ import annotations

import html
import re

from contracts.text import composed

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SILENT = ("script", "style", "noscript", "template")
_BREAK = re.compile(r"<\s?(?:br|hr)\b[^<>]{0,200}>", re.IGNORECASE)
_PARAGRAPH = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|blockquote|table|tr|section|article|header|footer|figure|figcaption|aside|main)"
    r"(?:\s[^<>]{0,1000})?/?>",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|big|cite|code|del|em|font|i|img|ins|mark|q|s|small|span|strong|sub|sup|time|tt|u|wbr|td|th"
    r"|html|head|body|meta|link|title|tbody|thead|picture|source|iframe|o:p)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028]")
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Soft hyphens, zero-width spaces and marks of direction, which can also disguise a text."""
_LATIN_JOINERS = re.compile(r"(?<=[\u0020-\u024f])[\u200c\u200d]|[\u200c\u200d](?=[\u0020-\u024f])")
"""Zero-width joiners mean something in Persian and Hindi, nothing beside Latin letters."""
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def clean(text: str, *, markup: bool = True) -> str:
    """``text`` in NFC with plain spaces and ``\\n`` line ends, without invisible and control characters.

    Args:
        markup: HTML leftovers are taken off too: entities are resolved, tags that structure become line ends.
    """
    text = _SURROGATES.sub("\ufffd", text)
    text = _LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n")
    if markup:
        text = strip_markup(text)
    text = _LATIN_JOINERS.sub("", _INVISIBLE.sub("", text))
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", _SPACES.sub(" ", text)))
    return composed(text)


def strip_markup(text: str) -> str:
    """HTML tags and entities resolved; a ``<`` that opens no tag of HTML stays what it is."""
    if "<" in text:
        text = cut_between(text, "<!--", "-->")
        lowered = text.lower()
        for tag in _SILENT:
            if f"<{tag}" in lowered:
                text = cut_between(text, f"<{tag}", f"</{tag}>")
        text = _BREAK.sub("\n", text)
        text = _PARAGRAPH.sub("\n\n", text)
        text = _INLINE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    return text


def cut_between(text: str, start: str, end: str) -> str:
    """``text`` without what stands from each ``start`` to the next ``end``; a ``start`` without end stays.

    By plain searching, for the regular expression takes quadratic time on a text full of starts.
    """
    kept: list[str] = []
    position = 0
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = text
    while (begin := lowered.find(start, position)) >= 0:
        close = lowered.find(end, begin + len(start))
        if close < 0:
            break
        kept += [text[position:begin], " "]
        position = close + len(end)
    return "".join([*kept, text[position:]])


def one_line(text: str, *, limit: int | None = None) -> str:
    """``text`` cleaned and on one line, cut at a word to ``limit`` characters."""
    line = " ".join(clean(text).split())
    if limit is not None and len(line) > limit:
        line = line[:limit].rsplit(" ", 1)[0].rstrip() + " …"
    return line


def squeeze(line: str) -> str:
    """One line without blanks around it and without runs of them."""
    return _BLANKS.sub(" ", line).strip()


def language_code(value: object) -> str | None:
    """``value`` as a BCP 47 code, ``de_AT`` too; None for what cannot be one."""
    code = value.strip().replace("_", "-") if isinstance(value, str) else ""
    return code if _LANGUAGE.fullmatch(code) else None
