"""The text as it is stored, searched and analysed: one string, and where each block stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.messages import Block, BlockSpan
from contracts.text import composed

BLOCK_BREAK = "\n\n"

_DROPPED = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
"""Control characters, soft hyphens, zero-width and direction marks, lone surrogates: unseen, and they split words."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Cleaned:
    """A body.

    Attributes:
        body_text: the blocks joined by ``BLOCK_BREAK``.
        blocks: where each stands.
        analysed: the number of leading characters that analysis may read.
        truncated: what analysis will not read, as stable codes.
    """

    body_text: str
    blocks: tuple[BlockSpan, ...]
    analysed: int
    truncated: tuple[str, ...] = ()


def line(text: str | None) -> str:
    """``text`` in NFC, without invisible characters, every run of white space one space."""
    if not text:
        return ""
    visible = _DROPPED.sub("", text)
    return _SPACE.sub(" ", composed(visible)).strip()


def body(blocks: Iterable[Block], *, max_chars: int) -> Cleaned:
    """Join the blocks that hold any text.

    Args:
        blocks: in reading order.
        max_chars: analysis stops at the last end of a block or sentence-like pause before it.
    """
    spans: list[BlockSpan] = []
    parts: list[str] = []
    position = 0
    for block in blocks:
        text = line(block.text)
        if not text:
            continue
        if parts:
            position += len(BLOCK_BREAK)
        spans.append(BlockSpan(kind=block.kind, start=position, end=position + len(text)))
        parts.append(text)
        position += len(text)
    joined = BLOCK_BREAK.join(parts)
    if len(joined) <= max_chars:
        return Cleaned(joined, tuple(spans), len(joined))
    cut = max(joined.rfind(mark, max_chars // 2, max_chars) for mark in ("\n", ". ", "! ", "? "))
    return Cleaned(joined, tuple(spans), cut + 1 if cut > 0 else max_chars, (f"body:{max_chars}",))
