"""The curated table of well-known names: canonical forms, other ways to write them, identifiers.

The packaged table is ``processors/data/names.toml``; a user's own file of the same form is read after it, and its
entries win.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from contracts.errors import ConfigError
from contracts.messages import Label, Link
from processors.bio import LABELS
from processors.enrichment.inflection import key, keys


@dataclass(frozen=True)
class Known:
    """A well-known name.

    Attributes:
        name: canonical form, German where the languages differ.
        name_en: the form for English articles.
        id: of a public scheme, see ``contracts.messages.Link``.
        short: surnames that are enough by themselves.
        roles: titles beside a bare surname that make it this person.
        generic: common nouns that stand for it where it is named too; they are no names.
    """

    name: str
    label: Label
    name_en: str | None = None
    id: str | None = None
    aliases: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    generic: tuple[str, ...] = ()

    def form(self, language: str) -> str:
        """The canonical form in articles of that language."""
        return self.name_en if self.name_en is not None and language.startswith("en") else self.name

    def link(self, language: str) -> Link | None:
        """The identifier, if one is known."""
        return Link(id=self.id, name=self.form(language)) if self.id is not None else None


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All well-known names; later entries of the same name win."""

    entries: tuple[Known, ...]
    version: str
    _index: dict[tuple[str, ...], Known] = field(init=False, default_factory=dict)
    _short: dict[str, Known] = field(init=False, default_factory=dict)
    _surnames: dict[str, list[Known]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            for form in (*entry.aliases, entry.name, *([entry.name_en] if entry.name_en else [])):
                self._index[key(form)] = entry
            for short in entry.short:
                self._short[short.casefold()] = entry
            if entry.label == "PER":
                self._surnames.setdefault(entry.name.split()[-1].casefold(), []).append(entry)
                if entry.name_en:
                    self._surnames.setdefault(entry.name_en.split()[-1].casefold(), []).append(entry)

    def find(self, surface: str) -> Known | None:
        """The well-known name that a surface is a form of, declined forms included."""
        return next((self._index[form] for form in keys(surface) if form in self._index), None)

    def by_short(self, surname: str) -> Known | None:
        """The person whose bare surname is enough."""
        return self._short.get(surname.casefold())

    def by_role(self, surname: str, role: str | None) -> Known | None:
        """The person whom a surname and a title name together."""
        if role is None:
            return None
        return next((entry for entry in self._surnames.get(surname.casefold(), ()) if role in entry.roles), None)

    @cached_property
    def long_names(self) -> re.Pattern[str]:
        """Matches the names of three words and more in all their declined forms."""
        patterns = []
        for entry in self.entries:
            for form in (entry.name, *([entry.name_en] if entry.name_en else []), *entry.aliases):
                if len(form.split()) >= 3 and entry.label != "PER":
                    patterns.append(_declined(form))
        return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(patterns, key=len, reverse=True)) or '(?!)'})(?!\w)")


def _declined(form: str) -> str:
    """A regular expression for a name whose adjectives and last word may be declined."""
    words = form.split()
    parts = []
    for index, word in enumerate(words):
        match = re.fullmatch(r"([A-ZÄÖÜ]\w{3,}?)(?:e[nmrs]?)", word)
        if match and index < len(words) - 1:
            parts.append(re.escape(match[1]) + r"(?:e[nmrs]?)")
        elif index == len(words) - 1 or word[0].isupper():
            parts.append(re.escape(word) + r"(?:e?s|n)?")
        else:
            parts.append(re.escape(word))
    return r"\s".join(parts)


def _known(row: dict[str, Any], origin: str) -> Known:
    try:
        label, name = row["label"], row["name"]
        if label not in LABELS:
            raise ConfigError(f"{origin}: {name!r} has the unknown label {label!r}.", hint="Use PER, LOC, ORG or MISC.")
        lists = {part: tuple(row.get(part, ())) for part in ("aliases", "short", "roles", "generic")}
        return Known(name=name, label=label, name_en=row.get("name_en"), id=row.get("id"), **lists)
    except (KeyError, TypeError) as error:
        raise ConfigError(
            f"{origin}: an entry lacks {error}.", hint="Every [[name]] needs a name and a label."
        ) from None


def load(extra: Path | None = None) -> Lexicon:
    """Reads the packaged table and, after it, the user's own.

    Raises:
        ConfigError: the user's file cannot be read or is not of the described form.
    """
    packaged = (files("processors") / "data" / "names.toml").read_text(encoding="utf-8")
    sources = [("names.toml", packaged)]
    if extra is not None:
        try:
            sources.append((extra.name, extra.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"The lexicon {extra} cannot be read: {error}.", hint="Check the path and its encoding."
            ) from error
    entries: list[Known] = []
    for origin, text in sources:
        try:
            rows = tomllib.loads(text).get("name", [])
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(
                f"The lexicon {origin} is not TOML: {error}.", hint="See docs/enrichment-lexicon.md."
            ) from error
        entries += [_known(row, origin) for row in rows]
    digest = hashlib.sha256("\0".join(text for _, text in sources).encode()).hexdigest()[:12]
    return Lexicon(entries=tuple(entries), version=digest)


@lru_cache(maxsize=1)
def packaged() -> Lexicon:
    """The table that comes with the package."""
    return load()
