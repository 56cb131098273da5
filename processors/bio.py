"""From scores of tags to spans of names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LABELS = ("PER", "LOC", "ORG", "MISC")
TAGS = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))
"""The order of the model's output."""

TagSpan = tuple[int, int, str]
"""First token, token after the last, label."""

Scores = NDArray[np.floating[Any]]

_INSIDE = np.array([tag.startswith("I-") for tag in TAGS])
_FORBIDDEN = np.zeros((len(TAGS), len(TAGS)), dtype=bool)
for _after, _tag in enumerate(TAGS):
    if _tag.startswith("I-"):
        _FORBIDDEN[:, _after] = [before[2:] != _tag[2:] for before in TAGS]
_PENALTY = np.where(_FORBIDDEN, -1e9, 0.0)


def best_tags(scores: Scores) -> NDArray[np.intp]:
    """The best sequence of tags in which no ``I-`` stands without its ``B-`` (Viterbi with hard constraints).

    Where the best tag of each token alone makes such a sequence, that is the answer, and nothing else is computed.

    Args:
        scores: tokens by tags, log-odds or log-probabilities.
    """
    tags: NDArray[np.intp] = scores.argmax(axis=1)
    before = np.concatenate(([0], tags[:-1]))
    if not _FORBIDDEN[before, tags].any():
        return tags
    best = np.where(_INSIDE, -1e9, scores[0])
    back = np.zeros(scores.shape, dtype=np.intp)
    for step in range(1, len(scores)):
        paths = best[:, None] + _PENALTY
        back[step] = paths.argmax(axis=0)
        best = paths.max(axis=0) + scores[step]
    tags = np.empty(len(scores), dtype=np.intp)
    tags[-1] = best.argmax()
    for step in range(len(scores) - 1, 0, -1):
        tags[step - 1] = back[step, tags[step]]
    return tags


def spans(tags: NDArray[np.intp]) -> list[TagSpan]:
    """The names in a sequence of tags; an ``I-`` without its ``B-`` opens one, a change of type closes one."""
    found: list[TagSpan] = []
    for position in np.flatnonzero(tags).tolist():
        prefix, _, label = TAGS[tags[position]].partition("-")
        if prefix == "I" and found and found[-1][1:] == (position, label):
            found[-1] = (found[-1][0], position + 1, label)
        else:
            found.append((position, position + 1, label))
    return found
