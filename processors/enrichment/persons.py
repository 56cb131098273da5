"""Which of an article's names of persons are the same person's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from processors.enrichment.inflection import bare, keeps_s, looks_genitive
from processors.enrichment.lexicon import Known, Lexicon

_TITLES = frozenset(
    "frau herr herrn dr. prof. professor mr mr. mrs mrs. ms ms. miss sir dame lord lady dr prof sen. gov. rep. "
    "pfarrer familie "
    "fräulein".split()
)
_PARTICLES = frozenset("von van de del della di da dos der den zu zur vom al el bin ben ibn le la du ter ten".split())


MOST_NAMESAKES = 50
"""Persons of one surname that are compared; more of them in one text is a register, not an article."""


@dataclass
class Person:
    """One person of an article, while it is being put together.

    Attributes:
        words: the longest name so far, in lower case.
        name: the same as printed.
        known: the well-known person it is.
        indices: of the mentions, in the order of the input.
    """

    words: tuple[str, ...]
    name: str
    known: Known | None = None
    indices: list[int] = field(default_factory=list)

    @property
    def surname(self) -> str:
        """The last word of the name."""
        return self.words[-1] if self.words else ""


@dataclass(frozen=True)
class Form:
    """One way a person is named in the article: the printed form in the nominative, and its words."""

    name: str
    words: tuple[str, ...]
    role: str | None


def untitled(surface: str) -> str:
    """A name without „Frau“, „Dr.“ and the like before it."""
    words = bare(surface).split()
    while len(words) > 1 and words[0].lower() in _TITLES:
        words = words[1:]
    return " ".join(words)


def person_form(
    surface: str, following: str, role: str | None, language: str, known_word: Callable[[str], bool]
) -> Form:
    """The nominative of a person's name: „Bidens“ is „Biden“ if something in the article vouches for it.

    Args:
        surface: as printed.
        following: the text after it.
        role: the title before it.
        language: only German has genitives without an apostrophe.
        known_word: does the article or a table have this word by itself?
    """
    name = untitled(surface)
    if language.startswith("de") and not keeps_s(name.split()[-1] if name else ""):
        shortened = name[:-1]
        if known_word(shortened.split()[-1]) or looks_genitive(name.split()[-1], following):
            name = shortened
    return Form(name, tuple(word.casefold() for word in name.split()), role)


def _initial(word: str) -> bool:
    return len(word.rstrip(".")) == 1


def _same_first(one: str, other: str) -> bool:
    if one == other:
        return True
    return (_initial(one) or _initial(other)) and one[0] == other[0]


def fits(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """May the shorter name be the longer one's bearer, by the names alone?

    „Biden“ fits „Joe Biden“, „J. Biden“ too, „von der Leyen“ fits „Ursula von der Leyen“, „George W. Bush“ does not fit
    „George H. W. Bush“.
    """
    if short == long:
        return True
    if len(short) > len(long):
        short, long = long, short
    if len(short) == 1:
        return short[0] in long and not _initial(short[0]) and short[0] not in _PARTICLES
    if long[-len(short) :] == short:
        return True
    if short[-1] != long[-1] or not _same_first(short[0], long[0]):
        return False
    middle = [word for word in short[1:-1] if word not in _PARTICLES]
    rest = list(long[1:-1])
    if middle and rest and all(_initial(word) for word in (*middle, *rest)):
        return [word[0] for word in middle] == [word[0] for word in rest]
    return all(any(_same_first(word, other) for other in rest) for word in middle)


def _choose(form: Form, candidates: Sequence[Person], roles: dict[int, set[str]], lexicon: Lexicon) -> Person | None:
    """The one person a short name means, None if that is not certain."""
    if len(candidates) == 1:
        return candidates[0]
    known = lexicon.by_short(form.name)
    famous = [person for person in candidates if known is not None and person.known is known]
    if famous:
        return famous[0]
    surnames = [person for person in candidates if person.surname == form.words[-1]]
    if len(surnames) == 1:
        return surnames[0]
    by_role = [person for person in candidates if form.role is not None and form.role in roles.get(id(person), ())]
    return by_role[0] if len(by_role) == 1 else None


def fold(forms: Sequence[Form], lexicon: Lexicon) -> list[Person]:
    """Puts an article's names of persons together, in the order of their first mention.

    Args:
        forms: one per mention, in reading order.
        lexicon: tells the well-known from their bare surnames.
    """
    people: list[Person] = []
    by_word: dict[str, list[Person]] = {}
    placed: dict[tuple[str, ...], Person] = {}
    roles: dict[int, set[str]] = {}
    first_index = {form.words: index for index, form in reversed(list(enumerate(forms)))}
    distinct = sorted(
        {form.words: form for form in reversed(forms)}.values(),
        key=lambda form: (-len(form.words), sum(map(_initial, form.words)), first_index[form.words]),
    )
    all_roles: dict[tuple[str, ...], set[str]] = {}
    for form in forms:
        if form.role is not None:
            all_roles.setdefault(form.words, set()).add(form.role)
    for form in distinct:
        if not form.words:
            continue
        known = lexicon.find(form.name)
        known = known if known is not None and known.label == "PER" else None
        namesakes = by_word.get(form.words[-1]) or by_word.get(form.words[0]) or []
        candidates = [person for person in namesakes[:MOST_NAMESAKES] if _compatible(form, known, person)]
        person = _choose(form, candidates, roles, lexicon) if candidates else None
        if person is None and known is None and not candidates and len(form.words) <= 3:
            known = lexicon.by_short(form.name) or _by_roles(form, all_roles.get(form.words, set()), lexicon)
            person = next((other for other in people if known is not None and other.known is known), None)
        if person is None:
            person = Person(words=form.words, name=form.name, known=known)
            people.append(person)
            for word in set(form.words):
                by_word.setdefault(word, []).append(person)
        person.known = person.known or known
        placed[form.words] = person
        roles.setdefault(id(person), set()).update(all_roles.get(form.words, ()))
    for index, form in enumerate(forms):
        if form.words:
            placed[form.words].indices.append(index)
    return sorted((person for person in people if person.indices), key=lambda person: person.indices[0])


def _compatible(form: Form, known: Known | None, person: Person) -> bool:
    if known is not None and person.known is not None:
        return known is person.known
    return fits(form.words, person.words)


def _by_roles(form: Form, roles: set[str], lexicon: Lexicon) -> Known | None:
    found = (lexicon.by_role(form.words[-1], role) for role in sorted(roles))
    return next((entry for entry in found if entry is not None), None) if len(form.words) == 1 else None
