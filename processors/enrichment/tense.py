"""Does a sentence speak of what was or of what will be, at a given place in it?

A date expression without a year or with a bare weekday is resolved backwards or forwards by this. Cue words count
for less the farther they stand from the expression, and less again across a comma.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

PRESENT = 0.8
"""Weight of a verb in the present directly beside the expression."""

FRAME = -1.5
"""Weight of a perfect around the expression."""

_PARTICIPLE = re.compile(r"(?:be|ver|er|ent|zer|miss)\w+t$|\w*ge\w+t$")
_CLOSES_FRAME = re.compile(r"(?:be|ver|er|ent|zer|miss)\w+(?:t|en)$|[a-zäöü]*ge\w{2,}(?:t|en)$|\w+iert$")

REACH = 160
"""Characters looked at on each side."""

_TOKEN = re.compile(r"\d{1,2}\.(?= \w)|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|[,;:–—()\"“”„»«]|[.!?…]+|\n")
_BREAK = frozenset(',;:–—()"“”„»«')


@dataclass(frozen=True)
class Cues:
    """The words that tell one language's tense.

    Attributes:
        finite: how verbs in the present end; beside the expression they speak of what is to come.
        never_finite: words that end so and are no verbs.
        words: weight of a word (lower case): below 0 for the past, above 0 for the future.
        before: weight of a word that stands directly before the expression.
        after: weight of a word that stands directly after the expression.
        endings: the same for the ends of words in lower case.
        exempt: words that ``endings`` must not judge.
        after_share: what a cue after the expression counts, as a part of one before it.
        participles: how participles end that begin with „ge“, which speak of the past.
        frame: verbs that speak of the past with a participle at the end of their clause, where they stand before the
            expression or directly after it („Am Sonntag ist in Kiel ein Boot gekentert“).
    """

    words: Mapping[str, float]
    before: Mapping[str, float]
    after: Mapping[str, float]
    endings: tuple[tuple[str, float], ...]
    exempt: frozenset[str]
    participles: tuple[str, ...] = ()
    frame: frozenset[str] = frozenset()
    after_share: float = 1.0
    finite: tuple[str, ...] = ()
    never_finite: frozenset[str] = frozenset()


def _weight(cues: Cues, token: str) -> float:
    word = token.lower()
    weight = cues.words.get(word)
    if weight is not None:
        return weight
    if token == word and len(word) > 3 and word not in cues.exempt:
        for ending, value in cues.endings:
            if word.endswith(ending):
                return value
        if word.startswith("ge") and word.endswith(cues.participles):
            return -0.8
    return 0.0


def _is_present(cues: Cues, token: str) -> bool:
    """A verb in the present, as far as its ending tells: „tagt“, but not „vertagt“, „mitgeteilt“, „nicht“."""
    return (
        len(token) > 3
        and token.islower()
        and token.endswith(cues.finite)
        and token not in cues.words
        and token not in cues.never_finite
        and not _PARTICIPLE.match(token)
    )


def _side(cues: Cues, tokens: list[str], adjacent: Mapping[str, float]) -> float:
    """Sum of the cues of one side, nearest first, up to the end of the sentence."""
    total, faded = 0.0, 1.0
    for distance, token in enumerate(tokens):
        if token in _BREAK:
            faded *= 0.35
            continue
        if token[0] in ".!?…\n":
            break
        if distance == 0:
            total += adjacent.get(token.lower(), 0.0)
        if distance <= 1 and _is_present(cues, token):
            total += PRESENT
        total += _weight(cues, token) * faded / (1.0 + distance / 4.0)
    return total


def _clause(tokens: list[str]) -> list[str]:
    """The tokens up to the end of the clause."""
    return list(takewhile(lambda token: token not in _BREAK and token[0] not in ".!?…\n", tokens))


def _framed(cues: Cues, before: list[str], after: list[str]) -> bool:
    """Whether the expression stands in a clause in the perfect; ``before`` begins with the token nearest to it."""
    right = _clause(after)
    planned = before and cues.before.get(before[0].lower(), 0.0) > 0  # „hat für Februar einen Termin gegeben“
    if planned or not right or cues.frame.isdisjoint([*_clause(before), right[0]]):
        return False
    return (
        "zu" not in right[-2:-1]
        and right[-1] not in cues.exempt
        and cues.words.get(right[-1], 0.0) <= 0
        and _CLOSES_FRAME.match(right[-1]) is not None
    )


def direction(text: str, start: int, end: int, cues: Cues) -> float:
    """Tense around ``text[start:end]``: below 0 for the past, above 0 for the future, 0 where nothing tells."""
    left = _TOKEN.findall(text, max(0, start - REACH), start)
    for index in range(len(left) - 1, 0, -1):  # A dot after "Dr" ends no sentence.
        if left[index] == "." and len(left[index - 1]) <= 3:
            left[index] = ""
    right = _TOKEN.findall(text, end, min(len(text), end + REACH))
    left = [token for token in reversed(left) if token]
    if left[1:2] == ["Nacht"]:
        left = left[1:]  # „in der Nacht auf Sonntag“ is no plan for Sunday
    frame = FRAME if _framed(cues, left, right) else 0.0
    return _side(cues, left, cues.before) + cues.after_share * _side(cues, right, cues.after) + frame
