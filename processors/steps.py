"""What builds on the names: folding, places, dates, quotes, summary. Each step may fail or be left out by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from contracts.messages import BlockSpan, DateClaim, DateMention, Entity, Quote
from processors import entities
from processors.entities import Tagged
from processors.tokens import token_spans

log = structlog.get_logger()

LEXICON_VERSION = "0"

WORDS_A_SECOND = 240 / 60
"""Silent reading of prose: 238 words a minute in English (Brysbaert 2019), German lies within its spread."""


@dataclass(frozen=True)
class Input:
    """What is known of an article after its names were read."""

    tagged: Sequence[Tagged]
    headline: str
    body_text: str
    headline_derived: bool
    blocks: tuple[BlockSpan, ...]
    language: str
    reference: DateClaim


@dataclass(frozen=True)
class Found:
    """What the steps found."""

    entities: tuple[Entity, ...] = ()
    dates: tuple[DateMention, ...] = ()
    quotes: tuple[Quote, ...] = ()
    countries: tuple[str, ...] = ()
    keyphrases: tuple[str, ...] = ()
    summary: str | None = None
    word_count: int = 0
    reading_time_s: int = 0
    warnings: tuple[str, ...] = ()


Step = Callable[[Input, Found], Found]


def count_words(known: Input, found: Found) -> Found:
    """Words of the body, and how long they take to read."""
    body = known.body_text
    words = sum(body[start].isalnum() for start, _ in token_spans(body))
    return replace(found, word_count=words, reading_time_s=round(words / WORDS_A_SECOND))


STEPS: tuple[tuple[str, Step], ...] = (("words", count_words),)
"""In order; a later one sees what the earlier ones found."""


def run(known: Input, *, deadline: float, timer: Callable[[], float]) -> Found:
    """All steps; one that fails leaves a warning ``NAME-failed``, those after the deadline one ``time-budget``."""
    found = Found(entities=entities.group(known.tagged))
    for name, step in STEPS:
        if timer() > deadline:
            return replace(found, warnings=(*found.warnings, "time-budget"))
        try:
            found = step(known, found)
        except Exception as error:
            log.warning("step.failed", step=name, error=repr(error))
            found = replace(found, warnings=(*found.warnings, f"{name}-failed"))
    return found
