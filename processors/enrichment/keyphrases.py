"""Keyphrases: the nouns and short noun phrases that an article keeps coming back to, names apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from contracts.messages import Entity

MOST_KEYPHRASES = 8
LONGEST_TEXT = 20_000
"""Characters looked at; what an article is about it has said by then."""

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*|[^\w\s]|\d+")
_GERMAN_ENDINGS = ("innen", "en", "es", "er", "n", "s", "e")

_VERBAL = re.compile(r"(?:ed|ing|ly|est|ive|ous)$")
"""Endings of English words that are no nouns."""

_LIGHT_WORDS = frozenset(
    """
    jahr jahre jahren jahres monat monate monaten woche wochen tag tage tagen uhr prozent euro dollar franken million
    millionen milliarde milliarden montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz
    april mai juni juli august september oktober november dezember angaben ende anfang mitte teil zahl mal zeit
    stunden minuten herr frau sprecher sprecherin beispiel rahmen fall grund seite meter kilometer abend morgen
    nachmittag nacht vormittag menschen leute mann mehr worten hintergrund bereich stelle sicht zuge blick dank folge
    laufe wochenende year years month months week weeks day days time times percent people man men woman women monday
    tuesday wednesday thursday friday saturday sunday january february march may june july november december october
    morning afternoon evening night part number way thing things mr mrs ms spokesman spokeswoman spokesperson million
    billion hours minutes today yesterday tomorrow said says told added according including made make taken took last
    next first second one two three four five six seven
    """.split()
)


@lru_cache(maxsize=4)
def _stop_words(language: str) -> frozenset[str]:
    if language == "de":
        from spacy.lang.de.stop_words import STOP_WORDS

        return frozenset(STOP_WORDS) | _LIGHT_WORDS
    if language == "en":
        from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH

        return frozenset(ENGLISH) | _LIGHT_WORDS
    return frozenset()


def content_words(text: str, language: str) -> Iterator[str]:
    """The words that carry meaning, in lower case; nothing in languages other than German and English."""
    stop = _stop_words(language.partition("-")[0].lower())
    if not stop:
        return
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        if len(word) > 3 and word not in stop and word[0].isalpha():
            yield word


def keyphrases(text: str, language: str, entities: Sequence[Entity]) -> tuple[str, ...]:
    """Up to eight keyphrases, the most important first; none in languages other than German and English.

    Args:
        text: ``body_text``.
        language: BCP 47.
        entities: whose names are left out, as they are found as such.
    """
    primary = language.partition("-")[0].lower()
    if primary not in ("de", "en"):
        return ()
    text = text[:LONGEST_TEXT]
    masked = _masked(text, entities)
    if primary == "de":
        return _best(list(_german(masked)), len(masked) or 1, alone=0.6)
    return _best(list(_english(masked)), len(masked) or 1, alone=1.0)


def _masked(text: str, entities: Sequence[Entity]) -> str:
    """The text with its names blanked out by a full stop, so that no phrase runs across them."""
    pieces: list[str] = []
    position = 0
    spans = sorted((m.start, m.end) for e in entities for m in e.mentions if m.field == "body_text")
    for start, end in spans:
        if start < position or end > len(text):
            continue
        pieces += (text[position:start], "." * (end - start))
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _german(text: str) -> Iterator[tuple[str, int]]:
    """Nouns by their capital, with a declined adjective before them."""
    stop = _stop_words("de")
    previous, sentence_start = "", True
    for match in _WORD.finditer(text):
        word = match[0]
        if not word[0].isalpha():
            sentence_start = word in '.!?:„»"“'
            previous = ""
            continue
        noun = word[0].isupper() and len(word) > 3 and word.casefold() not in stop and not word.isupper()
        if noun and not sentence_start:
            adjective = (
                previous[:1].islower() and previous.endswith(("e", "en", "er", "es", "em")) and previous not in stop
            )
            if adjective and len(previous) > 5:
                yield f"{previous} {word}", match.start()
            yield word, match.start()
        previous, sentence_start = word, False


def _english(text: str) -> Iterator[tuple[str, int]]:
    """Runs of one to three words that are no stop words, in lower case."""
    stop = _stop_words("en")
    run: list[str] = []
    begin = 0
    for match in _WORD.finditer(text + " ."):
        word = match[0].casefold().removesuffix("’s").removesuffix("'s")
        if word[0].isalpha() and word not in stop and len(word) > 2:
            if not run:
                begin = match.start()
            run.append(word)
            continue
        verbal = any(_VERBAL.search(each) for each in run)
        if 2 <= len(run) <= 3 and not verbal:
            yield " ".join(run), begin
        for single in run:
            if len(single) > 3 and not _VERBAL.search(single):
                yield single, begin
        run = []


def _stem(word: str) -> str:
    for ending in _GERMAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _best(phrases: Sequence[tuple[str, int]], length: int, alone: float) -> tuple[str, ...]:
    """The best phrases, inflected forms counted as one; ``alone`` weighs a phrase that stands but once."""
    counts: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], int] = {}
    forms: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for phrase, position in phrases:
        stem = tuple(_stem(word.casefold()) for word in phrase.split())
        counts[stem] += 1
        first.setdefault(stem, position)
        forms[stem][phrase] += 1

    def score(stem: tuple[str, ...]) -> float:
        early = 1.0 + 0.7 * (1.0 - first[stem] / length)
        weight = 1.0 + 0.35 * (len(stem) - 1) if counts[stem] > 1 or len(stem) == 1 else alone
        return counts[stem] * early * weight * (1.0 + min(len(stem[-1]), 16) / 30)

    chosen: list[tuple[str, ...]] = []
    for stem in sorted(counts, key=lambda other: (-score(other), first[other])):
        if any(set(stem) <= set(other) or set(other) <= set(stem) for other in chosen):
            continue
        chosen.append(stem)
        if len(chosen) == MOST_KEYPHRASES:
            break
    return tuple(max(forms[stem], key=lambda form: (forms[stem][form], -len(form))) for stem in chosen)
