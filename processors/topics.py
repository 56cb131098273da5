"""IPTC Media Topics for an article: what the publisher declares, and what the model reads in the text."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from contracts.messages import RawArticle, Subject

DATA = Path(__file__).parent / "data"

THRESHOLD = 0.25
"""Least score of a topic that is kept beside the best one; chosen by cross-validation, see docs/models.md."""

OPENING = 1.5
"""How much more a piece of the first window says of the topics than one of the others; see docs/models.md."""

BEST_AT_LEAST = 0.2
"""A text whose best topic scores below this gets none: a ticker, a list of results, another language."""

MOST = 4
"""Topics an article has at most: editors give one to three."""

PUBLISHER_WORD_SCORE = 0.9
"""Score of a topic that the publisher's own section, keyword or address names in words: sections are coarse."""

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def of_windows(logits: Sequence[NDArray[np.float32]], pieces: Sequence[int]) -> NDArray[np.float32]:
    """The topic logits of a text from those of its windows, in order, and their sizes in pieces."""
    weights = np.array(pieces, dtype=np.float32)
    weights[0] *= OPENING
    whole: NDArray[np.float32] = np.average(np.stack(logits), axis=0, weights=weights)
    return whole


def fold(word: str) -> str:
    """Lower case without accents, words joined by hyphens: how section words are compared."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("ß", "ss"))
    return _SEPARATORS.sub("-", "".join(c for c in decomposed if not unicodedata.combining(c))).strip("-")


@dataclass(frozen=True)
class Topic:
    """One topic with its names."""

    code: str
    name: str
    name_de: str
    root: str


@dataclass
class TopicTable:
    """The vocabulary: 17 topics at the top with German and English names, those below with English ones.

    The codes, and the names below the top, are IPTC's (CC BY 4.0).
    """

    folder: Path = DATA
    topics: dict[str, Topic] = field(init=False, default_factory=dict)
    sections: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for entry in json.loads((self.folder / "medtop.json").read_text(encoding="utf-8"))["topics"]:
            code = entry["code"]
            self.topics[code] = Topic(code, entry["name"], entry["name_de"], code)
            for word in (*entry["sections"], entry["name"], entry["name_de"]):
                self.sections[fold(word)] = code
        for line in (self.folder / "mediatopics.tsv").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                number, root, name = line.split("\t")
                name = name[:1].upper() + name[1:]
                self.topics[f"medtop:{number}"] = Topic(f"medtop:{number}", name, name, f"medtop:{root}")

    def subject(self, code: str, score: float, provenance: str) -> Subject:
        """The topic ``code`` as it is stored. Raises KeyError for a code that is not in the vocabulary."""
        topic = self.topics[code]
        return Subject(code=code, name=topic.name, name_de=topic.name_de, score=round(score, 4), provenance=provenance)

    def declared(self, article: RawArticle) -> list[Subject]:
        """Topics that the publisher gives: by code with score 1 (its top-level topic too), in words with less."""
        found: dict[str, Subject] = {}
        for code in article.subjects:
            known = self._known(code)
            if known:
                for each in (known, self.topics[known].root):
                    found[each] = self.subject(each, 1.0, "publisher")
        for word in (article.section or "", *article.keywords, *_path_words(article.url)):
            topic = self.sections.get(fold(word))
            if topic and topic not in found:
                found[topic] = self.subject(topic, PUBLISHER_WORD_SCORE, "publisher")
        return list(found.values())

    def _known(self, code: str) -> str | None:
        scheme, _, number = code.strip().lower().rpartition(":")
        if scheme.endswith("medtop") or not scheme:
            return f"medtop:{number}" if f"medtop:{number}" in self.topics else None
        if scheme.endswith(("subj", "subjectcode", "iptc")) and len(number) == 8 and number.isdigit():
            # The older Subject Codes have the same seventeen at the top, and their numbers begin with them.
            top = f"medtop:{number[:2]}000000"
            return top if top in self.topics else None
        return None


def _path_words(url: str | None) -> Iterable[str]:
    """The folders of an address, without its last part, which is the article's own."""
    if not url:
        return ()
    return [unquote(part) for part in urlsplit(url).path.split("/")[1:-1] if part][:4]


def combine(table: TopicTable, declared: Iterable[Subject], scores: Mapping[str, float]) -> tuple[Subject, ...]:
    """All topics of an article, best first, each once.

    Args:
        table: the vocabulary.
        declared: by the publisher; they stay, with the better score of the two.
        scores: of the model, by code.
    """
    found = {subject.code: subject for subject in declared}
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    for rank, (code, score) in enumerate(ranked[:MOST]):
        if code not in table.topics or score < (BEST_AT_LEAST if rank == 0 else THRESHOLD):
            continue
        known = found.get(code)
        if known is None or known.score < score:
            provenance = known.provenance if known else "model"
            found[code] = table.subject(code, score, provenance)
    return tuple(sorted(found.values(), key=lambda subject: (-subject.score, subject.code)))
