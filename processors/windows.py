"""Cutting a text into the stretches that the encoder sees at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A range of tokens that is encoded together, and the part of it whose tags are kept.

    The tokens outside the kept part are context that a neighbouring window answers for.
    """

    start: int
    end: int
    keep_start: int
    keep_end: int


def cut(
    sizes: Sequence[int], sentences: Sequence[tuple[int, int]], *, target: int, limit: int, context: int
) -> list[Window]:
    """Windows of whole sentences, each token kept by exactly one of them.

    Args:
        sizes: pieces of every token.
        sentences: ranges of tokens, in order, that together hold all of them.
        target: pieces after which a window takes no further sentence.
        limit: pieces that a window never exceeds, context included; a longer sentence is cut between tokens.
        context: pieces of the neighbouring text that a window sees on either side, at the most.
    """
    kept: list[tuple[int, int]] = []
    start, used = -1, 0
    for first, last in sentences:
        size = sum(sizes[first:last])
        if start >= 0 and used + size > target:
            kept.append((start, first))
            start = -1
        if size > target:
            kept.extend(_split(sizes, first, last, target))
            continue
        if start < 0:
            start, used = first, 0
        used += size
    if start >= 0:
        kept.append((start, len(sizes)))
    windows = []
    for first, last in kept:
        room = limit - sum(sizes[first:last])
        left, used = first, 0
        while left > 0 and used + sizes[left - 1] <= min(context, room // 2):
            left -= 1
            used += sizes[left]
        right, used = last, 0
        while right < len(sizes) and used + sizes[right] <= min(context, room // 2):
            used += sizes[right]
            right += 1
        windows.append(Window(left, right, first, last))
    return windows


def _split(sizes: Sequence[int], first: int, last: int, target: int) -> list[tuple[int, int]]:
    parts, start, used = [], first, 0
    for token in range(first, last):
        if token > start and used + sizes[token] > target:
            parts.append((start, token))
            start, used = token, 0
        used += sizes[token]
    parts.append((start, last))
    return parts
