"""Exact-span scores and the two ways of reading tags off logits."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.labels import TAGS, Span, spans_of

NAMED = ("PER", "LOC", "ORG")
"""The types that count towards the micro figure."""


def f1(gold: Iterable[Sequence[Span]], found: Iterable[Sequence[Span]]) -> dict[str, float]:
    """F1 in per cent by type and, as ``all``, over PER, LOC and ORG; sentences pair up in order."""
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for true, guess in zip(gold, found, strict=True):
        wanted.update(label for *_, label in true)
        given.update(label for *_, label in guess)
        right.update(label for *_, label in set(true) & set(guess))
    scores = {}
    for name in ("all", *sorted(wanted | given)):
        labels = NAMED if name == "all" else (name,)
        hit, all_wanted, all_given = (sum(c[label] for label in labels) for c in (right, wanted, given))
        scores[name] = round(200 * hit / max(1, all_wanted + all_given), 2)
    return scores


def argmax(logits: NDArray[np.float32]) -> list[Span]:
    """Spans of the likeliest tag of each token; ``logits`` are (tokens, tags)."""
    return spans_of(logits.argmax(-1).tolist())


def _moves() -> NDArray[np.float32]:
    moves = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for to, tag in enumerate(TAGS):
        if tag.startswith("I-"):
            moves[:, to] = -1e4
            moves[[to - 1, to], to] = 0
    return moves


_MOVES = _moves()


def viterbi(logits: NDArray[np.float32]) -> list[Span]:
    """Spans of the likeliest sequence in which an I follows its own B or I (Viterbi, no learned transitions)."""
    if not len(logits):
        return []
    shifted = logits - logits.max(-1, keepdims=True)
    scores = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    best = scores[0] + np.where([tag.startswith("I-") for tag in TAGS], -1e4, 0)
    back = np.zeros((len(scores), len(TAGS)), np.int64)
    for place in range(1, len(scores)):
        paths = best[:, None] + _MOVES
        back[place] = paths.argmax(0)
        best = paths.max(0) + scores[place]
    tags = [int(best.argmax())]
    for place in range(len(scores) - 1, 0, -1):
        tags.append(int(back[place, tags[-1]]))
    return spans_of(tags[::-1])


def topic_scores(
    gold: Sequence[NDArray[np.int8]], logits: Sequence[NDArray[np.float32]], least: float | None = None
) -> dict[str, float]:
    """Per cent of articles whose top topic is a gold one, and macro F1 over topics.

    Args:
        least: probability from which a topic is given beside the best one; if None, all from one half are.
    """
    true, given = np.array(gold) > 0, np.array(logits)
    best = given.argmax(1)
    top = true[np.arange(len(true)), best].mean()
    guess = given > 0
    if least is not None:
        guess = given >= np.log(least / (1 - least))
        guess[np.arange(len(true)), best] = True
    hit = (true & guess).sum(0)
    present = true.any(0)
    macro = (2 * hit / np.maximum(1, true.sum(0) + guess.sum(0)))[present].mean()
    return {"top": round(100 * float(top), 2), "macro": round(float(macro), 4)}
