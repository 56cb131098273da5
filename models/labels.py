"""Tags, topics and the two special targets of the tagger."""

from collections.abc import Iterable, Sequence

TYPES = ("PER", "LOC", "ORG", "MISC")
TAGS = ("O", *(f"{prefix}-{kind}" for kind in TYPES for prefix in "BI"))
TOPICS = tuple(f"{number:02d}000000" for number in range(1, 18))

IGNORE = -1
"""Target of a piece that carries no tag: padding and a word's later pieces."""
UNSURE = -2
"""Target of a word's first piece whose tag nobody knows: unlabelled text, handles and hashtags."""
NOT_NAMED = len(TAGS)
"""Target of an O in a corpus without MISC: O and both MISC tags are right."""

Span = tuple[int, int, str]


def tags_of(length: int, spans: Iterable[Span]) -> list[int]:
    """BIO tag ids of ``length`` tokens for ``spans`` of (start, end, label), end exclusive."""
    tags = [0] * length
    for start, end, label in spans:
        begin = 1 + 2 * TYPES.index(label)
        tags[start] = begin
        tags[start + 1 : end] = [begin + 1] * (end - start - 1)
    return tags


def spans_of(tags: Sequence[int]) -> list[Span]:
    """Spans of BIO tag ids. An I without its B opens a span; ids past the tags count as O."""
    spans: list[Span] = []
    start, kind = 0, -1
    for place, tag in enumerate([*tags, 0]):
        is_tag = 0 < tag < len(TAGS)
        this = (tag - 1) // 2 if is_tag else -1
        if kind >= 0 and (this != kind or tag % 2 == 1):
            spans.append((start, place, TYPES[kind]))
            kind = -1
        if is_tag and kind < 0:
            start, kind = place, this
    return spans
