"""The traps of place names: every one linked right or honestly left open."""

from __future__ import annotations

from processors.enrichment.gazetteer import gazetteer
from processors.enrichment.names import fold_entities
from processors.enrichment.places import link_places
from tests.processors.enrichment.enrichment_gold import Counts, load, unmark

RIGHT_OR_OPEN = 0.95
RIGHT = 0.90


def _shown(link: object) -> str:
    """A link as the gold file writes it."""
    if link is None:
        return "open"
    scheme, _, number = link.id.partition(":")  # type: ignore[attr-defined]
    if scheme == "iso3166-1":
        return number
    place = gazetteer().place(int(number))
    if place is None:
        return f"={link.name}"  # type: ignore[attr-defined]
    return f"{place.name}/{place.country}/{place.region}"


def judge() -> tuple[Counts, int]:
    """Right links, wrong links and places left open though they could be told; and how many mentions there are."""
    counts, total = Counts(), 0
    for case in load("places.yaml"):
        language = "de" if "de" in case else "en"
        marked = unmark(case[language])
        texts = {"body_text": marked.text}
        linked = link_places(fold_entities(marked.mentions, texts, language), language, texts)  # type: ignore[arg-type]
        found = {surface: e.link for e in linked for surface in (e.name, *e.aliases)}
        for name, expected in case["is"].items():
            total += 1
            got = _shown(found.get(name))
            if got == expected or (expected.count("/") == 1 and got.startswith(expected + "/")):
                counts.right += 1
            elif got == "open":
                counts.missed += 1
                counts.notes.append(f"open: {name} should be {expected}: {marked.text}")
            else:
                counts.wrong += 1
                counts.notes.append(f"WRONG: {name} is {got}, should be {expected}: {marked.text}")
    return counts, total


def test_places_are_linked_right_or_left_open():
    counts, total = judge()
    assert total >= 150
    assert (counts.right + counts.missed) / total >= RIGHT_OR_OPEN, str(counts)
    assert counts.right / total >= RIGHT, str(counts)
