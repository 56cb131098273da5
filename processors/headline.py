"""A headline for an article that came without one."""

from __future__ import annotations

import re

from contracts.messages import BlockSpan
from processors.tokens import sentence_spans

MAX_CHARS = 110
"""Longest derived headline: what a result list shows on one line or two."""

MIN_CHARS = 20
"""A shorter sentence is an exclamation or a dateline: the next one is taken."""

_CLAUSE = re.compile(r"(?:[,;:]\s+|\s+[–—-]\s+)")
_SPLIT_WORD = re.compile(r"\s+\S*$")
_CONNECTIVE = re.compile(
    r"\s+(?:und|oder|aber|sowie|dass|weil|wenn|als|der|die|das|den|dem|des|ein|eine|einen|einem|einer|in|im|an|am|auf|mit|von|"
    r"vom|zu|zur|zum|für|über|unter|nach|bei|and|or|but|that|the|a|an|of|to|for|with|at|on|by|from|as)$",
    re.IGNORECASE,
)


def derive(body_text: str, blocks: tuple[BlockSpan, ...] = ()) -> str:
    """The first real sentence of the first paragraph, shortened where a clause ends, else between words with „…“.

    Args:
        body_text: not empty.
        blocks: of it; sub-headings and captions are passed over while there are paragraphs.
    """
    first = next((span for span in blocks if span.kind == "paragraph"), None)
    text = body_text[first.start :] if first else body_text
    sentences = [text[start:end] for start, end in sentence_spans(text[: 20 * MAX_CHARS])]
    sentence = next((candidate for candidate in sentences if len(candidate) >= MIN_CHARS), sentences[0])
    sentence = sentence.rstrip(" .;:,") or sentence.strip()
    if len(sentence) <= MAX_CHARS:
        return sentence
    ends = [match.start() for match in _CLAUSE.finditer(sentence, 0, MAX_CHARS)]
    clause = next((end for end in reversed(ends) if end >= MAX_CHARS // 3 and _balanced(sentence[:end])), None)
    if clause is not None:
        return sentence[:clause]
    cut = _SPLIT_WORD.sub("", sentence[:MAX_CHARS]) or sentence[: MAX_CHARS - 1]
    while _CONNECTIVE.search(cut):
        cut = _CONNECTIVE.sub("", cut)
    return f"{cut.rstrip(' ,;:–—-')} …"


def _balanced(text: str) -> bool:
    """No quotation or bracket is left open."""
    quotes = ("„", "“") if "„" in text else ("“", "”")
    pairs = (quotes, ("»", "«"), ("(", ")"), ("[", "]"))
    return all(text.count(left) == text.count(right) for left, right in pairs) and text.count('"') % 2 == 0
