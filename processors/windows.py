"""Cutting a text into the stretches that the encoder sees at once."""

from __future__ import annotations

from collections.abc import Sequence

Range = tuple[int, int]
"""First token and token after the last."""


def cut(sizes: Sequence[int], sentences: Sequence[Range], *, target: int) -> list[Range]:
    """Ranges of whole sentences, in order, that together hold every token, of about the same size.

    Attention costs the square of a size: two ranges of 150 pieces are read sooner than one of 200 and one of 100, and
    none is left with little context.

    Args:
        sizes: pieces of every token.
        sentences: ranges of tokens, in order, that together hold all of them.
        target: pieces that a range never exceeds, unless a single token does; a longer sentence is cut between tokens.
    """
    parts = [part for first, last in sentences for part in _split(sizes, first, last, target)]
    lengths = [sum(sizes[first:last]) for first, last in parts]
    left = sum(lengths)
    ranges: list[Range] = []
    start, used, aim = 0, 0, 0.0
    for (first, _), length in zip(parts, lengths, strict=True):
        # The sentence goes where the range comes nearest to its share of what is left.
        if used and (used + length > target or used + length / 2 > aim):
            ranges.append((start, first))
            left -= used
            used = 0
        if not used:
            start, aim = first, left / -(-left // target)
        used += length
    if used:
        ranges.append((start, parts[-1][1]))
    return ranges


def _split(sizes: Sequence[int], first: int, last: int, target: int) -> list[Range]:
    parts, start, used = [], first, 0
    for token in range(first, last):
        if token > start and used + sizes[token] > target:
            parts.append((start, token))
            start, used = token, 0
        used += sizes[token]
    parts.append((start, last))
    return parts
