"""Articles to windows of pieces in a few fixed lengths: what the network is fed.

A token is encoded alone and its first piece carries the tag, as at run time. ``train.Pool`` keeps windows of the same
padded length together, so that a batch is a few rows of one array.
"""

import gzip
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.pool import Pool as Processes
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.augment import augmented
from models.data import SOURCES, Article, Sentence
from models.harmonise import unlabelled
from models.labels import IGNORE, NOT_NAMED, TOPICS, UNSURE, tags_of
from models.templates import Names, Patterns

LENGTHS = (32, 64, 128, 256)
"""Padded lengths in pieces, ``<s>`` and ``</s>`` included."""
MAX_PIECES_A_TOKEN = 12
"""A longer token is no word of running text. At run time up to 48 are read, so that a long compound is seen whole."""
FOLDS = 5
NO_FOLD = -1
BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
PATTERN = "authored"
"""The source of sentences that are made by ``templates.py``."""
_TOPIC_PIECES = 40
"""A window shorter than this says too little about its article's topics, unless it opens it."""


def tokenizer_at(path: Path) -> Tokenizer:
    """The tokenizer in a ``tokenizer.json`` or ``tokenizer.json.gz``."""
    data = path.read_bytes()
    return Tokenizer.from_buffer(gzip.decompress(data) if path.suffix == ".gz" else data)


@dataclass
class Encoder:
    """Words to pieces, one word at a time, remembered."""

    tokenizer: Tokenizer
    known: dict[str, list[int]] = field(default_factory=dict)

    def pieces(self, token: str) -> list[int]:
        """Ids of a word, at least one."""
        if token not in self.known:
            ids = self.tokenizer.encode(token, add_special_tokens=False).ids
            self.known[token] = list(ids[:MAX_PIECES_A_TOKEN]) or [UNKNOWN]
        return self.known[token]


@dataclass(frozen=True)
class Window:
    """Piece ids and one target a piece; ``topics`` is empty where nothing is known."""

    ids: list[int]
    targets: list[int]
    topics: tuple[str, ...]
    fold: int
    source: str = ""


Rows = dict[int, tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]]
"""By padded length: piece ids, targets, topics (-1 for unknown) and fold of each window."""


def window(
    encoder: Encoder, article: Article, sentences: Iterable[Sentence], first: bool, labelled: bool = True
) -> Window:
    """One window of whole sentences; it is cut at the longest padded length."""
    ids, targets = [BEGIN], [IGNORE]
    outside = 0 if SOURCES.get(article.source, SOURCES["authored"]).has_misc else NOT_NAMED
    for sentence in sentences:
        for token, tag in zip(sentence.tokens, tags_of(len(sentence.tokens), sentence.spans), strict=True):
            pieces = encoder.pieces(token)
            if len(ids) + len(pieces) >= LENGTHS[-1]:
                break
            known = labelled and not unlabelled(article, token)
            ids += pieces
            targets += [(tag or outside) if known else UNSURE] + [IGNORE] * (len(pieces) - 1)
    ids.append(END)
    targets.append(IGNORE)
    tells = first or len(ids) >= _TOPIC_PIECES
    fold = article.draw % FOLDS if labelled else NO_FOLD
    return Window(ids, targets, article.topics if tells else (), fold, article.source)


def rows(windows: Iterable[Window]) -> Rows:
    """Windows as padded arrays, the shortest padded length that holds each."""
    grouped: dict[int, list[Window]] = defaultdict(list)
    for one in windows:
        grouped[next(length for length in LENGTHS if length >= len(one.ids))].append(one)
    out: Rows = {}
    for length, members in grouped.items():
        ids = np.full((len(members), length), PAD, np.int32)
        targets = np.full((len(members), length), IGNORE, np.int8)
        topics = np.full((len(members), len(TOPICS)), -1, np.int8)
        for row, one in enumerate(members):
            ids[row, : len(one.ids)] = one.ids
            targets[row, : len(one.targets)] = one.targets
            if one.topics:
                topics[row] = [topic in one.topics for topic in TOPICS]
        out[length] = ids, targets, topics, np.array([one.fold for one in members], np.int8)
    return out


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of several parts put together."""
    lengths = sorted({length for part in parts for length in part})
    pieces: Rows = {}
    for length in lengths:
        own = [part[length] for part in parts if length in part]
        ids, targets, topics, folds = (np.concatenate([one[place] for one in own]) for place in range(4))
        pieces[length] = ids, targets, topics, folds
    return pieces


def _chunks(article: Article, rng: random.Random) -> Iterator[tuple[int, tuple[Sentence, ...]]]:
    at = 0
    while at < len(article.sentences):
        size = rng.choices((1, 2, 3, 5, 9), (5, 3, 2, 2, 2))[0]
        yield at, article.sentences[at : at + size]
        at += size


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training articles is made of; picklable, so that processes can make passes at once."""

    tokenizer: Path
    articles: tuple[Article, ...]
    plain: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[str, tuple[str, ...]], ...]
    patterns: int
    english: float = 1.0
    """How many times as often English articles are drawn as ``SOURCES`` says."""
    varied: bool = True
    """Whether sentences are augmented."""
    every: int = 1
    """Every how many passes one is augmented and has patterns; the others are the corpora as they are."""
    folds: Mapping[str, int] | None = None
    """Folds by source, ``PATTERN`` among them; by article where there are none."""

    def rows(self, seed: int) -> Rows:
        """Augmented windows of one pass, with patterns, unlabelled sentences and topic labels mixed in."""
        own = self if seed % self.every == 0 else replace(self, varied=False, patterns=0)
        made = own.windows(Encoder(tokenizer_at(self.tokenizer)), random.Random(seed))
        if self.folds is None:
            return rows(made)
        return rows(replace(one, fold=self.folds.get(one.source, NO_FOLD)) for one in made)

    def windows(self, encoder: Encoder, rng: random.Random) -> Iterator[Window]:
        """The windows of one pass, in order."""
        names = Names.of(self.articles)
        for article in self.articles:
            weight = SOURCES[article.source].weight * (self.english if article.language == "en" else 1)
            for _ in range(int(weight) + (rng.random() < weight % 1)):
                for at, sentences in _chunks(article, rng):
                    if self.varied:
                        sentences = tuple(augmented(one, names, article.language, rng) for one in sentences)
                    yield window(encoder, article, sentences, first=at == 0)
        patterns = Patterns(names)
        for number in range(self.patterns):
            language, filled = patterns.sentences(rng)
            written = [augmented(sentence, names, language, rng) for sentence in filled]
            yield window(encoder, Article(PATTERN, str(number), language, ()), written, first=True)
        for tokens in rng.sample(self.plain, len(self.plain) // 4):
            yield window(encoder, Article("plain", "", "de", ()), [Sentence(tokens, ())], first=False, labelled=False)
        for text, topics in rng.sample(self.labels, len(self.labels) // 3):
            label = Article("label", "", "de", (), topics)
            yield window(encoder, label, [Sentence(tuple(text.split()), ())], first=True, labelled=False)


def passes(epoch: Epoch, seeds: Sequence[int], workers: int) -> Rows:
    """Several passes, made by ``workers`` processes."""
    if workers < 2:
        return joined([epoch.rows(seed) for seed in seeds])
    with Processes(workers) as processes:
        return joined(processes.map(partial(_pass, epoch), seeds, chunksize=1))


def _pass(epoch: Epoch, seed: int) -> Rows:
    return epoch.rows(seed)
