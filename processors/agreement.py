"""The same word in one text is a name of the same type, unless its sentence says clearly otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors import bio

SHARE = 0.7
"""How much the type that a word has in the whole text counts beside the one it has at a place; see docs/models.md."""

_LEAST = 0.05
"""A place less likely than this to be part of a name is left alone."""


def names(scores: bio.Scores, words: Sequence[str], ranges: Sequence[tuple[int, int]]) -> list[bio.TagSpan]:
    """The names in a text.

    Args:
        scores: tokens by ``bio.TAGS``; of the first tokens only, if the rest was not read.
        words: all tokens.
        ranges: first token and token after the last of the windows, in order. No name goes over the end of one.
    """
    logs = agreed(scores, words[: len(scores)])
    found: list[bio.TagSpan] = []
    for begin, after in ranges:
        tags = bio.best_tags(logs[begin:after])
        found += [(begin + first, begin + last, label) for first, last, label in bio.spans(tags)]
    return found


def agreed(scores: bio.Scores, words: Sequence[str]) -> NDArray[np.float64]:
    """Log-probabilities of tags in which the places of a word have heard of each other.

    Only between the types of a name is anything moved: where a name is, and where it begins, stays as it was.

    Args:
        scores: tokens by ``bio.TAGS``, of a whole text.
        words: the tokens; those without a capital are left alone.
    """
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        if len(word) > 1 and word != word.lower():
            places.setdefault(word, []).append(place)
    repeated = [own for own in places.values() if len(own) > 1]
    if not repeated:
        return logs
    every = np.concatenate(repeated)
    group = np.repeat(np.arange(len(repeated)), [len(own) for own in repeated])
    chances = np.exp(logs[every])
    types = chances[:, 1::2] + chances[:, 2::2] + 1e-9
    total = np.zeros((len(repeated), types.shape[1]))
    np.add.at(total, group, types)
    total /= total.sum(axis=1, keepdims=True)
    named = types.sum(axis=1, keepdims=True)
    own = types / named
    pooled = own ** (1 - SHARE) * total[group] ** SHARE
    pooled /= pooled.sum(axis=1, keepdims=True)
    moved = np.where(named < _LEAST, 0.0, np.log(pooled) - np.log(own))
    logs[every, 1::2] += moved
    logs[every, 2::2] += moved
    return logs
