"""Mentions of names to entities: the plain grouping, by the name as it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from contracts.messages import Entity, Field, Label, Mention
from processors.reader import Name

Tagged = tuple[Label, Mention]


def mentions(names: Iterable[Name], text: str, field: Field) -> list[Tagged]:
    """The names as mentions; each surface is ``text[start:end]``, without white space at its ends."""
    found: list[Tagged] = []
    for name in names:
        start, end = name.start, min(name.end, len(text))
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            found.append((name.label, Mention(field=field, start=start, end=end, surface=text[start:end])))
    return found


def group(tagged: Iterable[Tagged]) -> tuple[Entity, ...]:
    """One entity for all mentions of a label that differ in case and white space only, the most frequent first."""
    grouped: dict[tuple[Label, str], list[Mention]] = {}
    for label, mention in tagged:
        grouped.setdefault((label, " ".join(mention.surface.casefold().split())), []).append(mention)
    entities = []
    for (label, _), found in grouped.items():
        counts = Counter(mention.surface for mention in found)
        name = " ".join(max(counts, key=lambda surface: counts[surface]).split())
        aliases = tuple(surface for surface in counts if surface != name)
        entities.append(Entity(name=name, label=label, mentions=tuple(found), aliases=aliases))
    return tuple(sorted(entities, key=lambda entity: -entity.count))
