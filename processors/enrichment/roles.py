"""Titles and offices beside a person's name, read from the words before it."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from processors.enrichment.daterules import any_of

_WINDOW = 60
"""Characters before a name in which its title may stand."""

_WEAK = (("präsidenten", "präsident"), ("kandidaten", "kandidat"), ("experten", "experte"), ("analysten", "analyst"),
         ("ökonomen", "ökonom"), ("fürsten", "fürst"), ("prinzen", "prinz"), ("meteorologen", "meteorologe"),
         ("virologen", "virologe"), ("architekten", "architekt"), ("polizisten", "polizist"))  # fmt: skip
_LAST_WORD = re.compile(r"(?:^|[^\w-])([A-ZÄÖÜ][\w-]*[a-zäöüß])(?: a\. ?D\.)? $")
_ADJECTIVAL = re.compile(r"(vorsitzend|beauftragt|abgeordnet)(?:en|em)$")


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[str, ...], re.Pattern[str]]:
    tables = tomllib.loads((files("processors") / "data" / "roles.toml").read_text(encoding="utf-8"))
    titles = {
        title.strip() for line in tables["en"]["titles"].split("\n") for title in line.split("|") if title.strip()
    }
    # A body may stand before the title: "U.S. President", "Fed Chair", "Nato Secretary General".
    bodies = any_of(("US", "U.S.", "UK", "UN", "U.N.", "EU", "NATO", "Nato", "Fed", "FBI", "CIA", "WHO", "IMF", "ECB"))
    english = re.compile(rf"(?:^|[\s(“\"—–-])((?:(?:{bodies}) )?(?:{any_of(titles)})) $")
    return tuple(tables["de"]["endings"].split()), english


def _nominative(noun: str) -> str:
    """A title in its dictionary form: „Präsidenten“ becomes „Präsident“, „Kanzlers“ „Kanzler“."""
    for weak, strong in _WEAK:
        if noun.lower().endswith(weak):
            return noun[: len(noun) - len(weak)] + noun[len(noun) - len(weak) :][: len(strong)]
    return _ADJECTIVAL.sub(r"\1er", noun)


def role_before(text: str, start: int, language: str) -> str | None:
    """The title that stands directly before a name, in its dictionary form; None if there is none.

    Args:
        text: the text the name stands in.
        start: offset of the name's first character.
        language: German and English are known.
    """
    before = text[max(0, start - _WINDOW) : start].replace("\n", " ").replace("\xa0", " ")
    endings, english = _tables()
    if language.startswith("en"):
        found = english.search(before)
        return found[1] if found else None
    if not language.startswith("de"):
        return None
    match = _LAST_WORD.search(before)
    if match is None:
        return None
    noun = match[1]
    lower = noun.lower()
    if lower.endswith(endings):
        return _nominative(noun)
    if lower.endswith("s") and lower[:-1].endswith(endings):
        return noun[:-1]
    return None
