"""What builds on the names: folding, places, dates, quotes, summary. Each step may fail or be left out by itself."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from math import inf
from pathlib import Path

import structlog

from contracts.messages import BlockSpan, DateClaim, DateMention, Entity, Field, Mention, Quote
from processors import entities
from processors.enrichment import keyphrases, namerepair, names, places, quotes, summary, textdates
from processors.enrichment.lexicon import Lexicon
from processors.entities import Tagged

log = structlog.get_logger()

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Input:
    """What is known of an article after its names were read.

    Attributes:
        texts: what was read, by field; no headline where it was derived from the body.
        reference: when it was published; None if nobody says so.
        lexicon: the well-known names; the packaged ones if None.
    """

    tagged: Sequence[Tagged]
    texts: Mapping[Field, str]
    blocks: tuple[BlockSpan, ...]
    language: str
    reference: DateClaim | None
    lexicon: Lexicon | None = None

    @property
    def body_text(self) -> str:
        """The body as far as it was read."""
        return self.texts["body_text"]


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


def where(error: BaseException) -> str:
    """The line that raised ``error``, for logs: a whole traceback shows what stands in the variables."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _names(known: Input, found: Found) -> Found:
    mended = namerepair.repair_mentions(known.tagged, known.texts, known.language, known.lexicon)
    return replace(found, entities=names.fold_entities(mended, known.texts, known.language, known.lexicon))


def _places(known: Input, found: Found) -> Found:
    linked = places.link_places(found.entities, known.language, known.texts)
    return replace(found, entities=linked, countries=places.countries(linked, known.texts, known.language))


def _dates(known: Input, found: Found) -> Found:
    dates = [
        date
        for field, text in known.texts.items()
        for date in textdates.find_dates(text, field, known.language, known.reference)
    ]
    # „Jan Marsalek“ is no January, and the „Platz des 18. März“ no day.
    spans = {
        (mention.field, position)
        for entity in found.entities
        if entity.label in ("PER", "LOC")
        for mention in entity.mentions
        for position in range(mention.start, mention.end)
    }
    dates = [date for date in dates if (date.mention.field, date.mention.start) not in spans]
    return replace(found, dates=tuple(dates))


def _quotes(known: Input, found: Found) -> Found:
    return replace(found, quotes=quotes.find_quotes(known.body_text, known.language, found.entities))


def _words(known: Input, found: Found) -> Found:
    words = summary.word_count(known.body_text)
    return replace(found, word_count=words, reading_time_s=summary.reading_time_s(words, known.language))


def _summary(known: Input, found: Found) -> Found:
    blocks = [block for block in known.blocks if block.end <= len(known.body_text)]
    return replace(found, summary=summary.summarise(known.body_text, blocks, known.language))


def _keyphrases(known: Input, found: Found) -> Found:
    return replace(found, keyphrases=keyphrases.keyphrases(known.body_text, known.language, found.entities))


STEPS: tuple[tuple[str, Step], ...] = (
    ("names", _names),
    ("words", _words),
    ("places", _places),
    ("dates", _dates),
    ("quotes", _quotes),
    ("summary", _summary),
    ("keyphrases", _keyphrases),
)
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
            log.warning("step.failed", step=name, error=repr(error), at=where(error))
            found = replace(found, warnings=(*found.warnings, f"{name}-failed"))
    return found


def warm(lexicon: Lexicon | None = None) -> None:
    """Read the tables that the steps need, so that no article's time budget pays for it."""
    for language, text in (
        ("de", "Anna Berg sagte am Montag in Berlin: „Ja.“"),
        ("en", "“Yes,” Ann Hill said in Rome."),
    ):
        name = Mention(field="body_text", start=0, end=4, surface=text[:4])
        reference = DateClaim(value="2026-01-05", precision="day", provenance="feed")
        known = Input(
            tagged=[("LOC", name)],
            texts={"body_text": text},
            blocks=(),
            language=language,
            reference=reference,
            lexicon=lexicon,
        )
        run(known, deadline=inf, timer=lambda: 0.0)
    lexicon_version(lexicon)


@cache
def lexicon_version(lexicon: Lexicon | None = None) -> str:
    """Digest of the curated tables, a user's own included, so that documents made with older ones can be found."""
    state = blake2b(digest_size=6)
    state.update((lexicon.version if lexicon is not None else "").encode())
    for path in sorted(_DATA.iterdir()):
        state.update(path.name.encode())
        state.update(path.read_bytes())
    return state.hexdigest()
