"""The annotated corpora as articles, and the tenth of them that is never trained on.

``read_all(shared)`` reads ``shared/data``; ``python -m models.data --shared ../shared`` prints sizes and digests.
"""

import argparse
import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.labels import TOPICS, Span

_MARK = re.compile(r"\[(PER|LOC|ORG|MISC|DATE) ([^\]]*)\]")
_TOKEN = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")
_BLOCK = 12
"""Sentences of a corpus without article marks that count as one article."""


@dataclass(frozen=True)
class Sentence:
    """Tokens and the named spans over them."""

    tokens: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Article:
    """One article: ``topics`` are empty when nobody labelled them."""

    source: str
    name: str
    language: str
    sentences: tuple[Sentence, ...]
    topics: tuple[str, ...] = ()

    @property
    def draw(self) -> int:
        """A number from 0 to 9999 that depends on source and name alone."""
        return int.from_bytes(hashlib.sha256(f"{self.source}/{self.name}".encode()).digest()[:4]) % 10_000

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the tenth that is never trained on."""
        return self.source in HELD_OUT_SETS or self.draw < 1_000


@dataclass(frozen=True)
class Source:
    """A corpus: how often it is drawn, and what is known of its annotation."""

    language: str
    weight: float
    has_misc: bool = True
    in_order: bool = True


SOURCES = {
    "wikinews_gold": Source("de", 2.0),
    "smartdata_news": Source("de", 1.0, has_misc=False),
    "smartdata_short": Source("de", 0.5, has_misc=False, in_order=False),
    "germeval14_test": Source("de", 1.0, in_order=False),
    "germeval14_dev_first700": Source("de", 0.0, in_order=False),
    "mobie": Source("de", 0.2, has_misc=False, in_order=False),
    "wikigold_en": Source("en", 2.0),
    "uner_ewt_dev_en": Source("en", 1.0, has_misc=False),
    "news_de": Source("de", 3.0),
    "news_en": Source("en", 3.0),
    "authored": Source("de", 1.0),
}
HELD_OUT_SETS = {"germeval14_dev_first700"}
SETS = (
    "wikinews_gold", "news_de", "germeval14_dev_first700", "germeval14_test", "smartdata_news",
    "news_en", "wikigold_en", "uner_ewt_dev_en",
)  # fmt: skip
"""The sets that are reported."""


def read_all(shared: Path) -> list[Article]:
    """Every article of ``shared/data``, in a fixed order."""
    folder = shared / "data"
    topics: dict[str, tuple[str, ...]] = {}
    for line in _lines(folder / "topics/wikinews_topics.jsonl.gz"):
        topics[line["id"]] = tuple(line["topics"])
    articles: list[Article] = []
    for name, source in SOURCES.items():
        file = folder / f"ner/{name}.jsonl.gz"
        if file.exists():
            articles.extend(_articles(name, source, _lines(file), topics))
    for language in ("de", "en"):
        for file in sorted((folder / "news").glob(f"{language.upper()}*.txt")):
            articles.extend(read_news(file.read_text(encoding="utf-8"), f"news_{language}"))
    return articles


def europarl(shared: Path) -> list[tuple[str, ...]]:
    """Parliamentary sentences as tokens: text only, its annotation is not used."""
    folder = shared / "data/ner"
    return [
        tuple(line["tokens"])
        for part in ("train", "dev", "test")
        for line in _lines(folder / f"europarl_de_{part}.jsonl.gz")
    ]


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _articles(
    name: str, source: Source, lines: Iterable[dict[str, Any]], topics: dict[str, tuple[str, ...]]
) -> Iterator[Article]:
    grouped: dict[str, list[Sentence]] = defaultdict(list)
    for place, line in enumerate(lines):
        spans = tuple((int(start), int(end), str(label)) for start, end, label in line["ents"])
        if name == "wikinews_gold":
            article = line["id"].partition(".")[0]
        else:
            article = str(place // _BLOCK if source.in_order else place)
        grouped[article].append(Sentence(tuple(line["tokens"]), spans))
    for article, sentences in grouped.items():
        known = topics.get(article, ()) if name == "wikinews_gold" else ()
        yield Article(name, article, source.language, tuple(sentences), known)


def read_news(text: str, source: str) -> Iterator[Article]:
    """Articles of the inline format of ``shared/data/news/GUIDE.md``; dates lose their marks."""
    for part in re.split(r"(?m)^## id: ", text)[1:]:
        head, _, body = part.partition("\ntext:\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        paragraphs = [fields.get("headline", ""), fields.get("standfirst", ""), *body.split("\n\n")]
        sentences = [
            sentence for paragraph in paragraphs if paragraph.strip(" -\n") for sentence in marked(paragraph.strip())
        ]
        topics = tuple(topic for topic in fields.get("topics", "").replace(" ", "").split(",") if topic in TOPICS)
        yield Article(source, head.splitlines()[0].strip(), fields["lang"], tuple(sentences), topics)


def marked(paragraph: str) -> list[Sentence]:
    """The sentences of a paragraph with ``[PER Joe Biden]`` marks."""
    tokens: list[str] = []
    spans: list[Span] = []
    at = 0
    for mark in _MARK.finditer(paragraph):
        tokens += _TOKEN.findall(paragraph[at : mark.start()])
        start, surface = len(tokens), mark[2]
        if mark[1] == "DATE":
            surface = surface.partition(" ")[2]
        tokens += _TOKEN.findall(surface)
        if mark[1] != "DATE" and len(tokens) > start:
            spans.append((start, len(tokens), mark[1]))
        at = mark.end()
    tokens += _TOKEN.findall(paragraph[at:])
    return _sentences(tokens, spans)


def _sentences(tokens: list[str], spans: list[Span]) -> list[Sentence]:
    inside = {place for start, end, _ in spans for place in range(start + 1, end)}
    cuts = [0]
    for place in range(1, len(tokens)):
        before, last = tokens[place - 1], tokens[place - 2] if place > 1 else ""
        closes = before in '“”«»"’' and last in {".", "!", "?"}
        ends = before in {"!", "?"} or (before == "." and len(last) > 3 and not last.isdigit())
        opens = tokens[place][:1].isupper() or tokens[place] in '„“»«"–'
        if (ends or closes) and opens and place not in inside and place - cuts[-1] > 3:
            cuts.append(place)
    cuts.append(len(tokens))
    sentences = []
    for start, end in pairwise(cuts):
        own = tuple((a - start, b - start, kind) for a, b, kind in spans if start <= a and b <= end)
        sentences.append(Sentence(tuple(tokens[start:end]), own))
    return [sentence for sentence in sentences if sentence.tokens]


def digest(articles: Iterable[Article]) -> str:
    """Sixteen hex digits over tokens, spans and topics in order: a floor holds for one digest only."""
    total = hashlib.sha256()
    for article in articles:
        spelled = [[list(s.tokens), [list(span) for span in s.spans]] for s in article.sentences]
        total.update(json.dumps([article.name, spelled, article.topics], ensure_ascii=False).encode())
    return total.hexdigest()[:16]


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", type=Path, default=Path("../shared"))
    articles = read_all(options.parse_args().shared)
    for name in SOURCES:
        for held in (False, True):
            part = [article for article in articles if article.source == name and article.held_out == held]
            sentences = sum(len(article.sentences) for article in part)
            words = sum(len(s.tokens) for article in part for s in article.sentences)
            kind = "held out" if held else "training"
            print(f"{name:24} {kind}: {len(part):5} articles {sentences:6} sentences {words:7} tokens {digest(part)}")


if __name__ == "__main__":
    main()
