"""Everything the training needs in one small folder, for a machine that has neither the wheels nor ``shared``.

``python -m models.carry OUT --shared ../shared --vocabulary BUILD`` writes it; ``Carried.read`` reads it.
"""

import argparse
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models import read_encoder
from models.data import Article, Sentence, europarl, read_all
from models.harmonise import harmonised
from models.labels import TOPICS
from models.templates import pattern_words
from models.vocabulary import FIRST_IDS
from models.windows import Epoch, tokenizer_at

LATIN_END = "\u0250"
_SMALL = 40
"""Every how many articles one is kept in a smoke test."""


@dataclass(frozen=True)
class Carried:
    """Articles (held-out ones too), unlabelled sentences, topic labels, tokenizer and encoder.

    ``unmended`` are the articles that ``harmonised`` changed, as their annotators left them.
    """

    articles: list[Article]
    unmended: list[Article]
    plain: list[tuple[str, ...]]
    labels: list[tuple[str, tuple[str, ...]]]
    tokenizer: Tokenizer
    encoder: read_encoder.Encoder

    @classmethod
    def read(cls, folder: Path) -> "Carried":
        """What ``main`` wrote to ``folder``."""
        with gzip.open(folder / "data.json.gz", "rt", encoding="utf-8") as file:
            data = json.load(file)
        vocabulary = np.load(folder / "embedding.npz")
        encoder = read_encoder.load(folder / "layers.npz", vocabulary["nibbles"], vocabulary["scale"])
        return cls(
            [_article(fields) for fields in data["articles"]],
            [_article(fields) for fields in data["unmended"]],
            [tuple(tokens) for tokens in data["plain"]],
            [(text, tuple(topics)) for text, topics in data["labels"]],
            tokenizer_at(folder / "tokenizer.json.gz"),
            encoder,
        )

    def epoch(self, folder: Path, small: bool = False) -> Epoch:
        """The recipe of one pass over the training part."""
        training = tuple(article for article in self.articles if not article.held_out)
        step = _SMALL if small else 1
        return Epoch(
            folder / "tokenizer.json.gz", training[::step], tuple(self.plain[::step]), tuple(self.labels[::step]),
            4_000 // step,
        )  # fmt: skip


def _article(fields: dict[str, Any]) -> Article:
    sentences = tuple(
        Sentence(tuple(text.split(" ")), tuple((start, end, label) for start, end, label in spans))
        for text, spans in fields["sentences"]
    )
    return Article(fields["source"], fields["name"], fields["language"], sentences, tuple(fields["topics"]))


def _fields(article: Article) -> dict[str, Any]:
    return {
        "source": article.source,
        "name": article.name,
        "language": article.language,
        "topics": article.topics,
        "sentences": [
            (" ".join(token.replace(" ", "") or "?" for token in s.tokens), s.spans) for s in article.sentences
        ],
    }


def topic_labels(file: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Labels of IPTC Media Topics in Latin script, each with its root among the 17."""
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    parents = {topic: parent for topic, parent, *_ in lines}
    out: dict[str, tuple[str, ...]] = {}
    for topic, _, name, labels in lines:
        root = topic
        while parents.get(root, "-") != "-":
            root = parents[root]
        code = root.removeprefix("medtop:")
        if code in TOPICS:
            out |= {text: (code,) for text in (name, *labels.split("|")) if text and max(text) < LATIN_END}
    return sorted(out.items())


def needed(tokenizer: Tokenizer, words: set[str]) -> NDArray[np.bool_]:
    """Which pieces the training can meet: of the words, their parts, and all of it in capitals and small letters."""
    parts = {part for word in words for part in (word, word.rstrip("."), *word.split("-"))}
    forms = {form for part in parts for form in (part, part.upper(), part.lower()) if form}
    used = np.zeros(tokenizer.get_vocab_size(), np.bool_)
    used[:FIRST_IDS] = True
    for encoding in tokenizer.encode_batch_fast(sorted(forms), add_special_tokens=False):
        used[encoding.ids] = True
    return used


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("out", type=Path)
    options.add_argument("--shared", type=Path, default=Path("../shared"))
    options.add_argument("--vocabulary", type=Path, required=True, help="what models.vocabulary wrote")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    articles = read_all(given.shared)
    data: dict[str, Any] = {
        "articles": [_fields(harmonised(article)) for article in articles],
        "unmended": [_fields(article) for article in articles if harmonised(article) != article],
        "plain": europarl(given.shared),
        "labels": topic_labels(given.shared / "data/topics/iptc-mediatopics.tsv"),
    }
    with gzip.open(given.out / "data.json.gz", "wt", encoding="utf-8") as file:
        json.dump(data, file, ensure_ascii=False)
    spelled = (given.vocabulary / "tokenizer.json").read_bytes()
    (given.out / "tokenizer.json.gz").write_bytes(gzip.compress(spelled, mtime=0))
    (given.out / "layers.npz").write_bytes((given.vocabulary / "layers.npz").read_bytes())
    words = {token for fields in data["articles"] for text, _ in fields["sentences"] for token in text.split(" ")}
    words |= {token for tokens in data["plain"] for token in tokens}
    words |= {token for text, _ in data["labels"] for token in text.split()}
    words |= set(pattern_words())
    used = needed(Tokenizer.from_buffer(spelled), words)
    embedding = np.load(given.vocabulary / "embedding.npz")
    # Rows that no training word needs become zeros, which pack to nothing; the ids stay as they are.
    np.savez_compressed(
        given.out / "embedding.npz",
        nibbles=embedding["nibbles"] * used[:, None, None],
        scale=embedding["scale"] * used[:, None],
    )
    size = sum(file.stat().st_size for file in given.out.iterdir())
    print(f"{len(data['articles']):,} articles, {used.sum():,} pieces, {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
