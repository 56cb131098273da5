"""What a language's date grammar is made of: rules, their context, and one scanner over all of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources import files

from processors.enrichment.tense import Cues, direction


def any_of(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "|".join(re.escape(word).replace("\\ ", " ") for word in sorted(words, key=lambda word: (-len(word), word)))


def numbered(*words: str, first: int = 1) -> dict[str, int]:
    """Each argument's words with the argument's position, counted from ``first``."""
    return {word: number for number, group in enumerate(words, first) for word in group.split()}


def holidays(language: str) -> dict[str, str]:
    """The packaged feasts of a language, with the rules of ``calendar.holiday``."""
    table: dict[str, dict[str, str]] = tomllib.loads(
        (files("processors") / "data" / "holidays.toml").read_text(encoding="utf-8")
    )
    return table[language]


class UnresolvableError(Exception):
    """An expression needs something that is not known here: the publication date, or an earlier date in the text."""


@dataclass
class Context:
    """What a rule may look at to resolve an expression.

    Attributes:
        text: the whole text.
        start, end: where the expression stands.
        reference: the day of publication; None if unknown.
        anchor: the value of the day or month or year mentioned last before; None if there is none.
        cues: the language's tense cues.
    """

    text: str
    start: int
    end: int
    reference: date | None
    anchor: str | None
    cues: Cues

    @property
    def today(self) -> date:
        """The day of publication. Raises UnresolvableError if it is unknown."""
        if self.reference is None:
            raise UnresolvableError
        return self.reference

    @cached_property
    def direction(self) -> float:
        """Below 0 if the sentence speaks of the past here, above 0 for the future."""
        return direction(self.text, self.start, self.end, self.cues)

    @property
    def anchor_day(self) -> date:
        """The day mentioned last before, else the day of publication."""
        if self.anchor is not None and len(self.anchor) == len("0000-00-00"):
            return date.fromisoformat(self.anchor)
        return self.today

    @property
    def anchor_year(self) -> int:
        """The year of what was mentioned last before, else that of publication."""
        return int(self.anchor[:4]) if self.anchor is not None else self.today.year

    def before(self, length: int) -> str:
        """The characters before the expression."""
        return self.text[max(0, self.start - length) : self.start]

    def after(self, length: int) -> str:
        """The characters after the expression."""
        return self.text[self.end : self.end + length]


Resolver = Callable[["re.Match[str]", Context], str | None]
"""From an expression's groups to its ISO value, or None if it is no date after all."""


@dataclass(frozen=True)
class Rule:
    """One kind of expression; the group ``span``, if there is one, is what is marked.

    Attributes:
        pattern: matched at word boundaries only.
        resolve: how its value is found.
        relative: the value depends on the publication date or on the text before.
    """

    pattern: str
    resolve: Resolver
    relative: bool


@dataclass(frozen=True)
class Grammar:
    """A language's rules, the first that matches at a place wins, and its tense cues.

    Attributes:
        starts: the beginnings that an expression can have; most places in a text are ruled out by these alone.
    """

    rules: tuple[Rule, ...]
    cues: Cues
    starts: tuple[str, ...]
    _compiled: tuple[re.Pattern[str], ...] = field(init=False)
    _scanner: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        bounded = [rf"(?<![\w.,:/’'-])(?:{rule.pattern})(?!\w|-\w)" for rule in self.rules]
        object.__setattr__(self, "_compiled", tuple(re.compile(pattern) for pattern in bounded))
        unnamed = (re.sub(r"\(\?P<\w+>", "(?:", rule.pattern) for rule in self.rules)
        alternatives = "|".join(f"(?P<r{number}>(?:{pattern})(?!\\w|-\\w))" for number, pattern in enumerate(unnamed))
        initials = "".join(sorted({start[0] for start in self.starts}))
        starts = rf"(?=[\d{re.escape(initials)}])(?<![\w.,:/’'-])(?=\d|{any_of(self.starts)})"
        object.__setattr__(self, "_scanner", re.compile(rf"{starts}(?:{alternatives})"))

    def next_match(self, text: str, position: int) -> tuple[int, re.Match[str]] | None:
        """The next place where a rule matches, with the rule's number."""
        found = self._scanner.search(text, position)
        if found is None:
            return None
        number = int(found.lastgroup[1:]) if found.lastgroup else 0
        match = self._compiled[number].match(text, found.start())
        return (number, match) if match else None

    def matches_from(self, text: str, number: int, match: re.Match[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """The match, and then what the rules after it match at the same place, found as they are asked for."""
        yield number, match
        for later in range(number + 1, len(self.rules)):
            other = self._compiled[later].match(text, match.start())
            if other is not None:
                yield later, other
