"""Sentences of our own for whole kinds of error: two persons side by side, long names of bodies, houses that speak.

``data/templates_*.txt`` hold patterns, ``data/organisations.txt`` long names; other names come from training data.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.data import Article, Sentence, marked

_FOLDER = Path(__file__).parent / "data"
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_ODD_NAMES = {"smartdata_short", "mobie"}
"""Corpora of tweets and traffic notices: their names are stops, motorways and handles."""
_ODD = frozenset('[]<>()|@#"')
_SLOT = re.compile(r"<([A-Z]+)>")


def _patterns(name: str) -> list[str]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pattern_words() -> set[str]:
    """Every word that the patterns and the long names can bring."""
    lines = [line for file in _FOLDER.glob("*.txt") for line in _patterns(file.name)]
    return {word for line in lines for word in re.findall(r"\w+(?:[-'’.]\w+)*|[^\w\s]", line)}


@dataclass
class Names:
    """Names to draw from, by language and type, one entry a mention so that common names stay common."""

    mentions: dict[tuple[str, str], list[tuple[str, ...]]] = field(default_factory=dict)
    _long: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, articles: Sequence[Article]) -> "Names":
        """The names of training articles; odd ones (handles, brackets, more than six tokens) are left out."""
        mentions: dict[tuple[str, str], list[tuple[str, ...]]] = {}
        for article in (one for one in articles if one.source not in _ODD_NAMES):
            for sentence in article.sentences:
                for start, end, label in sentence.spans:
                    name = sentence.tokens[start:end]
                    if (
                        end - start <= 6
                        and name[0][:1].isupper()
                        and not any(_ODD.intersection(token) for token in name)
                    ):
                        mentions.setdefault((article.language, label), []).append(name)
        long: dict[str, list[str]] = {}
        for line in _patterns("organisations.txt"):
            gender, _, full = line.partition(" ")
            if full:
                long.setdefault(gender, []).append(full)
        return cls(mentions, long)

    def draw(self, rng: random.Random, language: str, label: str) -> tuple[str, ...]:
        """A name of ``label``; two in five two-part persons are put together from two."""
        name = rng.choice(self.mentions[language, label])
        if label == "PER" and len(name) == 2 and rng.random() < 0.4:
            other = rng.choice(self.mentions[language, label])
            return (name[0], other[-1])
        return name

    def surname(self, rng: random.Random, language: str) -> tuple[str, ...]:
        """The last part of a person's name, without a genitive ending."""
        for _ in range(20):
            name = rng.choice(self.mentions[language, "PER"])[-1]
            if name[:1].isupper() and len(name) > 3 and name.isalpha() and not name.endswith(("s", "’", "'")):
                return (name,)
        return ("Weber",)

    def filler(self, rng: random.Random, language: str, slot: str) -> str:
        """Marked text for a slot of a pattern."""
        if slot == "SUR":
            return f"[PER {' '.join(self.surname(rng, language))}]"
        if slot.startswith("LONG"):
            return f"[ORG {rng.choice(self._long[slot[4:]])}]"
        for _ in range(20):
            name = self.draw(rng, language, slot)
            if slot != "PER" or not name[-1].endswith("s"):
                break
        return f"[{slot} {' '.join(name)}]"


@dataclass(frozen=True)
class Patterns:
    """Patterns of both languages, filled on demand."""

    names: Names
    lines: tuple[tuple[str, str], ...] = tuple(
        (language, line) for language in ("de", "en") for line in _patterns(f"templates_{language}.txt")
    )

    def sentences(self, rng: random.Random) -> tuple[str, list[Sentence]]:
        """Language and the sentences of one filled pattern."""
        language, line = rng.choice(self.lines)
        line = _CHOICE.sub(lambda choice: rng.choice(choice[1].split("|")), line)
        return language, marked(_SLOT.sub(lambda slot: self.names.filler(rng, language, slot[1]), line))
