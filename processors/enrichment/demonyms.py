"""Words for peoples and their countries: „russische“, „Franzosen“, "Polish", and compounds such as „US-Präsident“."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from contracts.messages import Field, Mention

_WORD = re.compile(r"[^\W\d_]+(?:\.[A-Z]\.)?(?:-[^\W\d_]+)*")
_ADJECTIVE_ENDINGS = ("", "e", "en", "em", "er", "es")
_PREFIX_CODES = {"US": "US", "USA": "US", "Ukraine": "UA", "Russland": "RU", "China": "CN", "Iran": "IR", "Irak": "IQ",
                 "Israel": "IL", "Syrien": "SY", "Libyen": "LY", "Deutschland": "DE"}  # fmt: skip


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """German adjectives in lower case, German words for people, English words."""
    adjectives: dict[str, str] = {}
    people: dict[str, str] = {}
    english: dict[str, str] = {}
    for line in (files("processors") / "data" / "demonyms.tsv").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        iso, stems, inhabitants, words, *_ = (*line.split("\t"), "", "")
        for stem in stems.split():
            adjectives.update((stem + ending, iso) for ending in _ADJECTIVE_ENDINGS)
        people.update((word, iso) for word in inhabitants.split())
        english.update((word.replace("_", " "), iso) for word in words.split())
    return adjectives, people, english


def _german(word: str) -> list[str]:
    adjectives, people, _ = _tables()
    found = adjectives.get(word.lower()) or people.get(word)
    if found is not None:
        return [found]
    if "-" not in word:
        return []
    parts = word.split("-")
    if parts[0] in _PREFIX_CODES:
        return [_PREFIX_CODES[parts[0]]]
    return [adjectives[part.lower()] for part in parts if part.lower() in adjectives]


def _english(word: str, before: str) -> list[str]:
    _, _, english = _tables()
    found = english.get(f"{before} {word}") or english.get(word)
    if found is not None:
        return [found]
    return [english[part] for part in word.split("-") if part in english] if "-" in word else []


def count_demonyms(texts: Mapping[Field, str], language: str, outside: Sequence[Mention]) -> Counter[str]:
    """How often each country's people or adjective is named.

    Args:
        texts: where to look.
        language: German and English are known.
        outside: mentions whose words are not counted again.
    """
    found: Counter[str] = Counter()
    german = language.startswith("de")
    if not german and not language.startswith("en"):
        return found
    for field, text in texts.items():
        spans = sorted((mention.start, mention.end) for mention in outside if mention.field == field)
        starts = [start for start, _ in spans]
        before = ""
        for match in _WORD.finditer(text):
            word = match[0]
            if german or word[0].isupper():
                codes = _german(word) if german else _english(word, before)
                if codes:
                    at = bisect_right(starts, match.start()) - 1
                    if at < 0 or match.start() >= spans[at][1]:
                        found.update(codes)
            before = word
    return found
