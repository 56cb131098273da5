"""Text to the tokens and sentences that the encoder was trained on, as spans of code points."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

Span = tuple[int, int]

_TOKEN = re.compile(
    r"""(?<![\w'’])(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|dell|all|dall|nell|sull|coll|un|quest|quell)['’](?=[^\W\d_])
    | (?<![\w'’])L['’](?=[^\W\d_])
    | \w+(?:[-‐'’.]\w+)*
    | [^\w\s]""",
    re.VERBOSE,
)
"""A run of word characters joined by inner hyphens, apostrophes or dots, or one other character: as in training.

Beyond that, a French or Italian word that lost its vowel stands alone („l'Union“, „dell'Italia“); a capital one may
belong to a name („D'Angelo“, „N'Djamena“), so of those only the article does.
"""

_BREAK = re.compile(
    r"""\n\s*                                  # a block ends
    | (?<=[.!?…:])(?<![\s(][.:])               # or a sentence does,
      [»«”“"'’›‹)\]]*                          # its closing quotation marks with it,
      [\ \t\u00a0]+                            # before a space
      (?=[»«„“"‚'‘›‹(\[–-]*[^\W_a-zßäöü])      # and something that can open one
    """,
    re.VERBOSE,
)

_ABBREVIATIONS = frozenset(
    "dr prof med jur phil dipl ing st nr abs bzw ca evtl ggf vgl sog geb gest verh hrsg jh mio mrd tsd tel str usw "
    "mr mrs ms sen rep gov gen lt col capt sgt rev hon pres jr sr inc corp ltd co bros dept univ vs jan feb mär apr "
    "jun jul aug sep sept okt oct nov dez dec mt ft ave blvd pp ed eds approx est op cit u.a z.b d.h i.d.r u.s u.k "
    "u.n e.g i.e a.m p.m o.ä s.o v.a".split()
)
"""Words whose full stop does not end a sentence, German and English, lower-cased."""


@lru_cache(maxsize=2)  # the tokenizer asks for each text, and so does the encoder
def token_spans(text: str) -> tuple[Span, ...]:
    """Start and end of every token, in order."""
    return tuple(match.span() for match in _TOKEN.finditer(text))


@lru_cache(maxsize=2)  # both components of the model ask
def sentence_spans(text: str) -> tuple[Span, ...]:
    """Start and end of every sentence, without the white space around it; a line break always ends one.

    A rule for news, not for prose in general: an ordinal („am 10. Januar“), an initial („J. R. Smith“) and the usual
    abbreviations keep their sentence together.
    """
    spans: list[Span] = []
    start = 0
    for match in _BREAK.finditer(text):
        if "\n" not in match.group() and _abbreviates(text, match.start()):
            continue
        end = match.start() + len(match.group().rstrip())
        _add(spans, text, start, end)
        start = match.end()
    _add(spans, text, start, len(text))
    return tuple(spans)


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def _abbreviates(text: str, end: int) -> bool:
    """Whether the full stop before ``end`` belongs to its word."""
    mark = text[end - 1]
    if mark == ":":
        return True
    if mark != ".":
        return False
    start = end - 1
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == ".") and end - start < 12:
        start -= 1
    word = text[start : end - 1].lower()
    return (word.isdigit() and len(word) <= 2) or len(word) == 1 or word in _ABBREVIATIONS


def group(tokens: Sequence[Span], sentences: Sequence[Span]) -> list[Span]:
    """For every sentence the range of ``tokens`` that lie in it; sentences without a token are left out."""
    starts = [start for start, _ in tokens]
    ranges = []
    for start, end in sentences:
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        if first < last:
            ranges.append((first, last))
    return ranges
