"""A lead summary taken from the text, keyphrases, word count and reading time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from contracts.messages import BlockSpan
from processors.enrichment.keyphrases import content_words, keyphrases
from processors.enrichment.textspans import Span, sentences, word_count

__all__ = ["keyphrases", "reading_time_s", "summarise", "word_count"]

WORDS_PER_MINUTE = {
    "de": 179,
    "en": 228,
    "fr": 195,
    "es": 218,
    "it": 188,
    "nl": 202,
    "sv": 199,
    "pl": 166,
    "pt": 181,
    "fi": 161,
}
"""Mean reading speeds of the IReST texts (Trauzettel-Klosinski and Dietz, Invest. Ophthalmol. Vis. Sci., 2012)."""

OTHER_LANGUAGES = 184
"""Mean over the 17 languages of the same study."""

LONGEST = 320
"""Characters of a summary; two sentences of news."""

SHORTEST_SENTENCE = 35
LOOK_AT = 10
"""Sentences from the beginning that may be taken; news says what matters first."""

_DATELINE = re.compile(
    r"(?:[A-ZÄÖÜÀ-Þ][\w.’'/-]*(?: (?:am|an der|im|bei|of|de|la|[A-ZÄÖÜÀ-Þ][\w.’'/-]*)){0,4}(?:, (?:[A-Z][\w.]*(?: "
    r"\d{1,2})?|\d{1,2}\. [A-Z]\w+)){0,2},? ?)?"
    r"(?:\([^()\n]{2,40}\) ?(?:[-–—:.]{1,2} |(?=[A-ZÄÖÜ„“\"]))|[-–—]{1,2} )"
)
_PLACE_STOP = re.compile(
    r"(?:[A-ZÄÖÜ][\w-]+(?: (?:am|an der|im|bei) [A-ZÄÖÜ][\w-]+| [A-ZÄÖÜ][\w-]+)?(?:/[A-ZÄÖÜ][\w-]+)?)\. (?=[A-ZÄÖÜ„])"
)
_DEPENDENT = re.compile(
    r"(?:Er|Sie|Es|Dies\w*|Das|Dabei|Dazu|Damit|Dadurch|Daher|Dort|Darin|Auch|Aber|Denn|Doch|Zudem|Außerdem|Ferner"
    r"|So|Deshalb"
    r"|He|She|It|They|This|That|These|Those|But|And|Also|However|Meanwhile|So|There)(?!\w)"
)
_QUOTATION = '„“»«"‚‘'


def reading_time_s(words: int, language: str) -> int:
    """Seconds that an adult takes to read so many words silently, rounded up; 0 for no words."""
    speed = WORDS_PER_MINUTE.get(language.partition("-")[0].lower(), OTHER_LANGUAGES)
    return -(-max(0, words) * 60 // speed)


def summarise(text: str, blocks: Sequence[BlockSpan], language: str) -> str | None:
    """One or two sentences of the article that say what it is about, without its dateline.

    Args:
        text: ``body_text``.
        blocks: its blocks; captions, lists and sub-headings are not taken from. Empty: paragraphs by blank lines.
        language: BCP 47; words are weighed in German and English, elsewhere the beginning decides.

    Returns:
        The sentences as they stand in the text, joined by a space; None if the text has no whole sentence.
    """
    candidates = _candidates(text, blocks)
    if not candidates:
        return None
    weights = _weights(text, language)
    scores = [_score(text[start:end], rank, weights) for rank, (start, end) in enumerate(candidates)]
    best = max(range(len(candidates)), key=lambda index: scores[index])
    chosen = [best]
    length = candidates[best][1] - candidates[best][0]
    for index in sorted(range(len(candidates)), key=lambda other: -scores[other]):
        start, end = candidates[index]
        near = index == best + 1 or (index > best and not _DEPENDENT.match(text, start))
        if index not in chosen and near and length + end - start + 1 <= LONGEST:
            chosen.append(index)
            break
    return " ".join(" ".join(text[slice(*candidates[index])].split()) for index in sorted(chosen))


def _candidates(text: str, blocks: Sequence[BlockSpan]) -> list[Span]:
    """The first whole sentences of the paragraphs, the dateline cut off."""
    spans = [(block.start, block.end) for block in blocks if block.kind == "paragraph"] or [(0, len(text))]
    found: list[Span] = []
    fallback: list[Span] = []
    for begin, finish in spans:
        part = text[begin:finish]
        offset = begin
        if not found:
            opening = _DATELINE.match(part) or _PLACE_STOP.match(part)
            if opening is not None:
                offset += opening.end()
                part = part[opening.end() :]
        for start, end in sentences(part[: LOOK_AT * 800]):
            whole = part[end - 1] in ".!?…" or part[end - 1] in _QUOTATION
            if whole and end - start >= SHORTEST_SENTENCE:
                found.append((offset + start, offset + end))
            elif whole:
                fallback.append((offset + start, offset + end))
            if len(found) >= LOOK_AT:
                return found
    return found or fallback[:1]


def _weights(text: str, language: str) -> Counter[str]:
    return Counter(content_words(text[:20_000], language))


def _score(sentence: str, rank: int, weights: Counter[str]) -> float:
    """Early sentences that speak of what the whole article speaks of."""
    words = sentence.split()
    central = sum(
        min(weights[word], 6) - 1
        for word in {word.strip('.,;:!?()„“”"»«').casefold() for word in words}
        if weights[word] > 1
    )
    score = 3.0 / (1 + rank) + central / (len(words) + 6)
    if _DEPENDENT.match(sentence) or sentence[0] in _QUOTATION or sentence[0] == "(":
        score -= 1.2
    if len(sentence) > LONGEST:
        score -= 1.0
    return score
