"""Mends whole kinds of errors of a recogniser before its mentions are folded.

Two persons side by side taken for one („dass Biden Putin deutlich machen werde“), long names of bodies broken at
their prepositions, numbers cut off from their name (“10 Downing Street”), surnames taken for things („Habecks
Heizungsgesetz“), quotation marks around a name, overlaps. Every mention that comes out stands in its text exactly
where it says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from contracts.messages import Field, Label, Mention
from processors.enrichment import lexicon as lexicons
from processors.enrichment.gazetteer import is_place
from processors.enrichment.inflection import keeps_s
from processors.enrichment.lexicon import Lexicon

Tagged = tuple[Label, Mention]

_GIVEN_NAMES = frozenset(
    """
    adam albert alexander andreas anton arnold axel ben benedikt bernd bernhard bruno christian daniel david
    dieter dietrich edgar eduard emil erich ernst felix ferdinand florian frank franz friedrich fritz georg
    george gerhard gregor günther gustav hans harald heinrich heinz helmut henry hermann hugo ivan jakob james
    jan johann john jonas jordan joseph julian karl kim klaus konrad kurt lee leo leonhard lorenz louis lucas
    ludwig lukas marc marco marcus maria mark markus martin mathias matthias max maximilian michael moritz
    nicolas niklas oliver oskar otto patrick paul peter philipp ralf richard robert roland rudolf scott
    sebastian simon stefan stephan steffen taylor theodor thomas tim tobias udo uwe viktor vincent volker walter
    werner wilhelm william wolf wolfgang anna eva julia katharina laura maria marie martha sara sarah sophie
    """.split()
)
"""Given names that are surnames too: beside another name they are the first part of one."""

_LEADING = re.compile(r"[\s„“”\"»«‚‘'’(,;:–—-]+")
_TRAILING = re.compile(r"[\s„“”\"»«‚‘(,;:–—]+$|\s+[-–—]$")
_OPENED = re.compile(r"[„»«“\"]")
_CLOSED = re.compile(r"[“”«»\"]")
_INITIALS = re.compile(r"(?:[A-Z]\.)+[A-Z]")
_PLACE_BEFORE = re.compile(r"(?:^|\s)(?:in|nahe|unweit|nördlich|südlich|near|outside)\s$", re.IGNORECASE)
_WORD = re.compile(r"\S+")


def repair_mentions(
    mentions: Sequence[tuple[Label, Mention]],
    texts: Mapping[Field, str],
    language: str,
    lexicon: Lexicon | None = None,
) -> tuple[tuple[Label, Mention], ...]:
    """The mentions, mended, in reading order and without overlaps.

    Args:
        mentions: as recognised.
        texts: the texts they stand in; mentions outside of them are dropped.
        language: BCP 47.
        lexicon: the well-known names; the packaged ones if not given.
    """
    table = lexicon if lexicon is not None else lexicons.packaged()
    trimmed = [pair for pair in (_trim(label, mention, texts) for label, mention in mentions) if pair is not None]
    ordered = _with_numbers(_apart(trimmed), texts)
    joined = _join_long_names(ordered, texts, table)
    split = _split_people(_without_generic(joined, table), texts, language, table)
    return tuple(_placed(_with_surnames(split, language), texts))


def _at(label: Label, field: Field, start: int, end: int, texts: Mapping[Field, str]) -> Tagged:
    return label, Mention(field=field, start=start, end=end, surface=texts[field][start:end])


def _trim(label: Label, mention: Mention, texts: Mapping[Field, str]) -> Tagged | None:
    """Without the punctuation and space around a name; None for what does not stand in the text."""
    text = texts.get(mention.field, "")
    start, end = max(0, mention.start), min(len(text), mention.end)
    surface = text[start:end] if start < end else ""
    leading = _LEADING.match(surface)
    if leading:
        start += leading.end()
        surface = surface[leading.end() :]
    closed = _CLOSED.search(surface) if _OPENED.search(text, max(0, start - 1), start) else None
    if closed and not _OPENED.search(surface, 0, closed.start()):
        end -= len(surface) - closed.start()  # „Bild“-Zeitung
        surface = surface[: closed.start()]
    trailing = _TRAILING.search(surface)
    if trailing:
        end -= len(surface) - trailing.start()
        surface = surface[: trailing.start()]
    if text[end : end + 1] == "." and _INITIALS.fullmatch(surface):
        end += 1  # the model reads „U.S.“ as a word and a full stop
    return _at(label, mention.field, start, end, texts) if any(map(str.isalnum, surface)) else None


def _apart(mentions: Iterable[Tagged]) -> list[Tagged]:
    """In reading order; of two that overlap, the longer stays."""
    kept: list[Tagged] = []
    for label, mention in sorted(mentions, key=lambda pair: (pair[1].field, pair[1].start, -pair[1].end)):
        if kept and kept[-1][1].field == mention.field and mention.start < kept[-1][1].end:
            last = kept[-1][1]
            if mention.end - mention.start > last.end - last.start:
                kept[-1] = (label, mention)
            continue
        kept.append((label, mention))
    return kept


def _with_numbers(mentions: Sequence[Tagged], texts: Mapping[Field, str]) -> list[Tagged]:
    """A number belongs to the name of its type that follows it; alone it is neither a person nor a place."""
    kept: list[Tagged] = []
    for label, mention in mentions:
        if kept and kept[-1][1].surface.isdigit():
            other, number = kept[-1]
            follows = number.field == mention.field and number.end + 1 == mention.start
            if other == label and follows:
                kept[-1] = _at(label, mention.field, number.start, mention.end, texts)
                continue
        kept.append((label, mention))
    return [pair for pair in kept if pair[0] not in ("PER", "LOC") or not pair[1].surface.isdigit()]


def _join_long_names(mentions: list[Tagged], texts: Mapping[Field, str], table: Lexicon) -> list[Tagged]:
    """A well-known long name of which a part was recognised becomes one mention."""
    joined: list[Tagged] = []
    for field, text in texts.items():
        own = [pair for pair in mentions if pair[1].field == field]
        spans = [(found.start(), found.end()) for found in table.long_names.finditer(text)] if own else []
        position = 0
        for start, end in spans:
            while position < len(own) and own[position][1].end <= start:
                joined.append(own[position])
                position += 1
            parts: list[Tagged] = []
            while position < len(own) and own[position][1].start < end:
                parts.append(own[position])
                position += 1
            if not parts:
                continue
            begin = min(start, parts[0][1].start)
            finish = max(end, parts[-1][1].end)
            known = table.find(text[start:end])
            label = known.label if known is not None else parts[0][0]
            covering = len(parts) == 1 and parts[0][1].start <= start and parts[0][1].end >= end
            joined.append(parts[0] if covering else _at(label, field, begin, finish, texts))
        joined += own[position:]
    return joined


def _nominatives(word: str, language: str) -> tuple[str, ...]:
    """A word, and what it may be the genitive of."""
    lower = word.casefold()
    return (lower, lower[:-1]) if language.startswith("de") and not keeps_s(word) else (lower,)


def _with_surnames(mentions: list[Tagged], language: str) -> list[Tagged]:
    """A single word taken for a thing or a place is a person where somebody of that surname is named in full.

    A place of that name stays one („Denzel Washington reist nach Washington“), and a body does („Porsche“).
    """
    surnames = {
        mention.surface.split()[-1].casefold()
        for label, mention in mentions
        if label == "PER" and " " in mention.surface
    }

    def is_person(label: Label, surface: str) -> bool:
        return (label == "MISC" or (label == "LOC" and not is_place(surface))) and not surnames.isdisjoint(
            _nominatives(surface, language)
        )

    return [("PER" if is_person(label, mention.surface) else label, mention) for label, mention in mentions]


def _without_generic(mentions: list[Tagged], table: Lexicon) -> list[Tagged]:
    """„die Allianz“ is no name where it stands for the Nato that is named elsewhere."""
    generic: set[str] = set()
    for label, mention in mentions:
        known = table.find(mention.surface) if label in ("ORG", "MISC") else None
        if known is not None:
            generic.update(known.generic)
    if not generic:
        return mentions
    return [pair for pair in mentions if pair[0] == "PER" or pair[1].surface not in generic]


def _placed(mentions: list[Tagged], texts: Mapping[Field, str]) -> list[Tagged]:
    """A lone word that was taken for a person but stands behind „nahe“ or „in“ and is a town's name is a place."""
    people = Counter(word for label, mention in mentions if label == "PER" for word in mention.surface.split())
    placed: list[Tagged] = []
    for label, mention in mentions:
        before = texts[mention.field][max(0, mention.start - 12) : mention.start]
        lone = " " not in mention.surface and people[mention.surface] == 1
        if label == "PER" and lone and _PLACE_BEFORE.search(before) and is_place(mention.surface):
            placed.append(("LOC", mention))
        else:
            placed.append((label, mention))
    return placed


def _split_people(mentions: list[Tagged], texts: Mapping[Field, str], language: str, table: Lexicon) -> list[Tagged]:
    """„Biden Putin“ becomes two mentions where both are persons of their own elsewhere in the article."""
    surfaces = [mention.surface for label, mention in mentions if label == "PER"]
    whole = {surface.casefold() for surface in surfaces}
    surnames: dict[str, set[str]] = {}
    for surface in surfaces:
        words = surface.split()
        if len(words) > 1:
            for form in _nominatives(words[-1], language):
                surnames.setdefault(form, set()).add(surface.casefold())

    def alone(words: Sequence[str], within: str) -> bool:
        """Is this a person elsewhere, by the same words or by a longer name that ends in them?"""
        *first, last = words
        for form in _nominatives(last, language):
            name = " ".join([*(word.casefold() for word in first), form])
            bearers = surnames.get(name, set()) - {within}
            if (
                name in whole
                or (bearers and not (not first and name in _GIVEN_NAMES))
                or (not first and table.by_short(form) is not None)
            ):
                return True
        return False

    split: list[Tagged] = []
    for label, mention in mentions:
        pieces = list(_WORD.finditer(mention.surface))
        cut = None
        if label == "PER" and 2 <= len(pieces) <= 6 and table.find(mention.surface) is None:
            words = [piece[0] for piece in pieces]
            within = mention.surface.casefold()
            cut = next(
                (at for at in range(1, len(words)) if alone(words[:at], within) and alone(words[at:], within)), None
            )
        if cut is None:
            split.append((label, mention))
            continue
        split.append(_at("PER", mention.field, mention.start, mention.start + pieces[cut - 1].end(), texts))
        split.append(_at("PER", mention.field, mention.start + pieces[cut].start(), mention.end, texts))
    return split
