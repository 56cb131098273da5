"""A raw article out of what was read: identity, clean texts and the limits that every input keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from contracts.errors import InputRefused
from contracts.identity import article_id, canonical_url, version_id
from contracts.messages import Block, DateClaim, Lane, RawArticle, Source

MAX_HEADLINE_CHARS = 1_000
MAX_DESCRIPTION_CHARS = 10_000
"""Longer ones are no headline and no summary; cut at a word and noted as ``truncated:…``."""

MAX_KEYWORDS = 100

_SURROGATE = re.compile("[\ud800-\udfff]")

_Value = TypeVar("_Value")

_PREFERENCE = ("wire", "json-ld", "meta", "feed", "jsonl", "crawl-header", "htmldate", "dateline")
"""Who is believed first about a date, for each role."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a parser found, before it is an article. The fields are those of ``RawArticle``."""

    blocks: tuple[Block, ...] = ()
    headline: str | None = None
    description_text: str | None = None
    byline: str | None = None
    dateline: str | None = None
    language: str | None = None
    url: str | None = None
    dates: tuple[DateClaim, ...] = ()
    section: str | None = None
    keywords: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    stripped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def build(draft: Draft, source: Source, *, origin: str, lane: Lane, max_text_chars: int) -> RawArticle:
    """The article.

    Args:
        origin: names the input in an error.

    Raises:
        InputRefused: ``no-text`` or ``too-large``.
    """
    blocks = tuple(block for block in draft.blocks if block.text.strip())
    length = sum(len(block.text) for block in blocks)
    if not blocks and not draft.headline:
        raise InputRefused(origin, "no-text", "there is no text of an article in it.")
    if length > max_text_chars:
        raise InputRefused(
            origin,
            "too-large",
            f"its text has {length:,} characters, more than the {max_text_chars:,} that are accepted.",
            hint="Split it into articles, or raise producer.max_text_chars.",
        )
    notes = list(draft.notes)
    headline = _cut(draft.headline, MAX_HEADLINE_CHARS, "headline", notes)
    description = _cut(draft.description_text, MAX_DESCRIPTION_CHARS, "description", notes)
    url = _canonical(draft.url, notes)
    text = "\n\n".join([headline or "", *(block.text for block in blocks)])
    article = RawArticle(
        id=article_id(url=url, source_id=source.id, item_id=source.item_id, text=text),
        version_id=version_id(headline, blocks, description),
        source=source,
        blocks=blocks,
        lane=lane,
        url=url,
        headline=headline,
        description_text=description,
        byline=draft.byline or None,
        dateline=draft.dateline or None,
        language=draft.language or None,
        dates=best_first(draft.dates),
        section=draft.section or None,
        keywords=tuple(unique(draft.keywords))[:MAX_KEYWORDS],
        subjects=tuple(unique(draft.subjects))[:MAX_KEYWORDS],
        stripped=draft.stripped,
        notes=tuple(unique(notes)),
    )
    return sound(article)


def sound(value: _Value) -> _Value:
    """``value`` with U+FFFD in place of lone surrogates, which no message can carry.

    They come with the names of files that are not UTF-8 and with escapes in JSON.
    """
    found: object = value
    if isinstance(value, str):
        found = _SURROGATE.sub("\ufffd", value)
    elif isinstance(value, tuple):
        found = tuple(map(sound, value))
    elif isinstance(value, msgspec.Struct):
        fields = {name: sound(getattr(value, name)) for name in value.__struct_fields__}
        found = msgspec.structs.replace(value, **fields)
    return found  # type: ignore[return-value]  # of the same type in each case


def best_first(dates: Iterable[DateClaim]) -> tuple[DateClaim, ...]:
    """The claims without repetitions: published before modified, the more trusted and then the more exact first."""
    exact = ("second", "minute", "day", "month", "year")

    def rank(claim: DateClaim) -> tuple[int, int, int]:
        trust = _PREFERENCE.index(claim.provenance) if claim.provenance in _PREFERENCE else len(_PREFERENCE)
        return (claim.role != "published", trust, exact.index(claim.precision))

    return tuple(sorted(dict.fromkeys(dates), key=rank))


def unique(values: Iterable[str]) -> list[str]:
    """The values in order, once each, empty ones left out."""
    return list(dict.fromkeys(value for value in values if value))


def _cut(text: str | None, limit: int, name: str, notes: list[str]) -> str | None:
    if not text or len(text) <= limit:
        return text or None
    notes.append(f"truncated:{name}")
    return text[:limit].rsplit(" ", 1)[0]


def _canonical(url: str | None, notes: list[str]) -> str | None:
    if not url:
        return None
    try:
        return canonical_url(url)
    except ValueError:
        notes.append("url-unusable")
        return None
