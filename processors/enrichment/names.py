"""Folds an article's mentions into entities: one per person, place, body or other name, under one canonical name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from contracts.messages import Entity, Field, Label, Mention
from processors.enrichment import lexicon as lexicons
from processors.enrichment import persons
from processors.enrichment.gazetteer import is_place
from processors.enrichment.inflection import bare, has_legal_form, head_index, key, keys, nominative, without_genitive
from processors.enrichment.lexicon import Known, Lexicon
from processors.enrichment.roles import role_before

_FIELD_ORDER = {"headline": 0, "body_text": 1}
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_ACRONYM = re.compile(r"[A-ZÄÖÜ][\w.&-]{0,9}")

Key = tuple[str, ...]


def fold_entities(
    mentions: Sequence[tuple[Label, Mention]],
    texts: Mapping[Field, str],
    language: str,
    lexicon: Lexicon | None = None,
) -> tuple[Entity, ...]:
    """One entity for all the mentions of one thing, in the order of first appearance, the headline first.

    Args:
        mentions: with their labels, in any order; dates are left to ``textdates`` and dropped here.
        texts: the texts the mentions stand in.
        language: BCP 47; German genitives and declined adjectives are folded in German only.
        lexicon: the well-known names; the packaged ones if not given.
    """
    table = lexicon if lexicon is not None else lexicons.packaged()
    ordered = sorted(
        ((label, mention) for label, mention in mentions if label != "DATE" and bare(mention.surface, label)),
        key=lambda pair: (_FIELD_ORDER[pair[1].field], pair[1].start),
    )
    words = _words(texts, language)
    labelled = _consistent(ordered, table)
    people = [mention for label, mention in labelled if label == "PER"]
    others = [(label, mention) for label, mention in labelled if label != "PER"]
    entities = [*_people(people, texts, language, table, words), *_others(others, texts, language, table, words)]
    entities.sort(key=lambda entity: (_FIELD_ORDER[entity.mentions[0].field], entity.mentions[0].start))
    return tuple(entities)


def _words(texts: Mapping[Field, str], language: str) -> frozenset[str]:
    """The capitalised words of the article, which vouch for genitives."""
    if not language.startswith("de"):
        return frozenset()
    return frozenset(word for text in texts.values() for word in _WORD.findall(text) if word[0].isupper())


def _consistent(ordered: Sequence[tuple[Label, Mention]], table: Lexicon) -> list[tuple[Label, Mention]]:
    """The same name has the same label throughout the article: the table's for well-known names, else the commonest."""
    votes: dict[Key, Counter[Label]] = {}
    for label, mention in ordered:
        votes.setdefault(key(bare(mention.surface, label)), Counter())[label] += 1
    decided: dict[Key, Label] = {}
    for form, counts in votes.items():
        best = max(counts.values())
        decided[form] = next(label for label, count in counts.items() if count == best)
    labelled: list[tuple[Label, Mention]] = []
    for original, mention in ordered:
        form = key(bare(mention.surface, original))
        label = decided[form]
        known = table.find(bare(mention.surface, original))
        if known is not None and known.label != label and (len(form) > 1 or known.label in votes[form]):
            label = known.label
        labelled.append((label, mention))
    return labelled


def _entity(
    name: str,
    label: Label,
    mentions: Sequence[Mention],
    known: Known | None,
    language: str,
    role: str | None = None,
) -> Entity:
    aliases = tuple(dict.fromkeys(mention.surface for mention in mentions if mention.surface != name))
    return Entity(
        name=name,
        label=label,
        mentions=tuple(mentions),
        aliases=aliases,
        role=role,
        link=known.link(language) if known is not None else None,
    )


def _people(
    mentions: Sequence[Mention], texts: Mapping[Field, str], language: str, table: Lexicon, words: frozenset[str]
) -> list[Entity]:
    roles = [role_before(texts[mention.field], mention.start, language) for mention in mentions]

    def known_word(word: str) -> bool:
        return word in words or table.by_short(word) is not None

    forms = [
        persons.person_form(
            mention.surface, texts[mention.field][mention.end : mention.end + 40], role, language, known_word
        )
        for mention, role in zip(mentions, roles, strict=True)
    ]
    entities = []
    for person in persons.fold(forms, table):
        titles = Counter(roles[index] for index in person.indices if roles[index] is not None)
        role = max(titles, key=lambda title: titles[title]) if titles else None
        name = person.known.form(language) if person.known is not None else person.name
        own = [mentions[index] for index in person.indices]
        entities.append(_entity(name, "PER", own, person.known, language, role))
    return entities


def _others(
    labelled: Sequence[tuple[Label, Mention]],
    texts: Mapping[Field, str],
    language: str,
    table: Lexicon,
    words: frozenset[str],
) -> list[Entity]:
    german = language.startswith("de")
    acronyms = _acronyms(labelled, texts)
    own_keys = {key(bare(mention.surface, label)) for label, mention in labelled}
    groups: dict[tuple[str, ...], list[tuple[Label, Mention, str]]] = {}
    known_of: dict[tuple[str, ...], Known] = {}

    def place_or_word(word: str) -> bool:
        return word in words or is_place(word)

    for label, mention in labelled:
        surface = bare(mention.surface, label)
        name = _base(surface, label, place_or_word, words.__contains__) if german else surface
        surface_key = acronyms.get(key(name), key(name))
        known = table.find(" ".join(surface_key)) if surface_key != key(name) else table.find(name)
        if known is not None and known.label == label:
            group: Key = ("=", known.name)
            known_of[group] = known
        else:
            known = None
            variants = keys(name)[1:] if german and len(surface_key) == 1 else ()
            group = next((form for form in variants if form in own_keys and form not in acronyms), surface_key)
        groups.setdefault(group, []).append((label, mention, name))
    entities = []
    for group, members in groups.items():
        known = known_of.get(group)
        name = known.form(language) if known is not None else _canonical([name for _, _, name in members], german)
        label = Counter(label for label, _, _ in members).most_common(1)[0][0]
        entities.append(_entity(name, label, [mention for _, mention, _ in members], known, language))
    return entities


def _base(surface: str, label: Label, evidence: Callable[[str], bool], in_text: Callable[[str], bool]) -> str:
    """The nominative of a place, a body or another name."""
    words = surface.split()
    if len(words) == 1:
        if label == "LOC" and is_place(surface) and not is_place(surface[:-1]):
            return surface
        return without_genitive(surface, evidence if label == "LOC" else in_text)
    head = head_index(words)
    words[head] = without_genitive(words[head], lambda _: False)
    return nominative(" ".join(words))


def _canonical(names: Sequence[str], german: bool) -> str:
    """The dictionary form among the forms of one name, the commonest of several, long forms before acronyms."""
    counts = Counter(names)

    def rank(name: str) -> tuple[bool, bool, bool, bool, int]:
        settled = not german or (nominative(name) == name and not re.match(r"\w{3,}(?:en|em) ", name))
        shouted = name.isupper() and (len(name) > 5 or " " in name)
        return (
            not shouted,
            not has_legal_form(name),
            len(name.split()) > 1 or not name.isupper(),
            settled,
            counts[name],
        )

    return max(counts, key=rank)


def _acronyms(labelled: Sequence[tuple[Label, Mention]], texts: Mapping[Field, str]) -> dict[Key, Key]:
    """The acronyms that the article itself explains: „Technisches Hilfswerk (THW)“."""
    found: dict[Key, Key] = {}
    for (label, mention), (next_label, following) in pairwise(labelled):
        if label != next_label or mention.field != following.field:
            continue
        text = texts[mention.field]
        between, after = text[mention.end : following.start], text[following.end : following.end + 1]
        if between == " (" and after == ")":
            long, short = (mention, following)
            if len(long.surface) < len(short.surface):
                long, short = short, long
            if _abbreviates(short.surface, long.surface):
                found[key(bare(short.surface, label))] = key(nominative(bare(long.surface, label)))
    return found


def _abbreviates(short: str, long: str) -> bool:
    """An acronym's letters stand in the long name in their order, the first at its beginning."""
    if not _ACRONYM.fullmatch(short) or sum(letter.isupper() for letter in short) < 2 or len(long) < len(short) + 3:
        return False
    letters = [letter.casefold() for letter in short if letter.isalpha()]
    rest = iter(long.casefold())
    return long[:1].casefold() == letters[0] and all(letter in rest for letter in letters)
