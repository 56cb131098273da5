"""The held-out tenth as sets to score: single sentences of a corpus without order, windows of an article elsewhere."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, cat

from models.data import SOURCES, Article, Sentence
from models.labels import Span
from models.network import Copies
from models.score import argmax, f1, topic_scores
from models.train import Pool, predict
from models.windows import LENGTHS, Encoder, Window, rows, window

MEAN = ("wikinews_gold", "news_de", "germeval14_dev_first700", "news_en", "wikigold_en")
"""The sets of ``SETS`` that are edited text: the mean is over them."""
_ROOM = LENGTHS[-1] - 2
"""Pieces of a window without its two ends."""

Read = Callable[[NDArray[np.float32]], list[Span]]


def packed(encoder: Encoder, article: Article, alone: bool) -> Iterator[tuple[Window, list[Span]]]:
    """Windows of whole sentences with their gold spans; ``alone`` gives one sentence each."""
    held: list[Sentence] = []
    first, size = True, 0
    for sentence in article.sentences:
        length = sum(len(encoder.pieces(token)) for token in sentence.tokens)
        if held and (alone or size + length > _ROOM):
            yield _closed(encoder, article, held, first)
            held, first, size = [], False, 0
        held.append(sentence)
        size += length
    if held:
        yield _closed(encoder, article, held, first)


def _closed(encoder: Encoder, article: Article, held: list[Sentence], first: bool) -> tuple[Window, list[Span]]:
    gold: list[Span] = []
    at = 0
    for sentence in held:
        gold += [(at + start, at + end, label) for start, end, label in sentence.spans]
        at += len(sentence.tokens)
    return window(encoder, article, held, first), gold


@dataclass(frozen=True)
class Held:
    """A held-out set on the device with its gold spans by padded length."""

    name: str
    pool: Pool
    gold: dict[int, list[list[Span]]]

    @classmethod
    def of(cls, name: str, articles: Sequence[Article], encoder: Encoder, table: Tensor) -> "Held":
        """The set ``name`` of ``articles`` beside ``table``, the frozen embedding."""
        alone = not SOURCES[name].in_order
        pairs = [pair for article in articles for pair in packed(encoder, article, alone)]
        gold: dict[int, list[list[Span]]] = defaultdict(list)
        for one, spans in pairs:
            gold[next(length for length in LENGTHS if length >= len(one.ids))].append(spans)
        return cls(name, Pool.of(rows(one for one, _ in pairs), table), dict(gold))

    def score(self, model: Copies, read: Read = argmax) -> list[dict[str, float]]:
        """Scores of each copy, and after them those of the copies' averaged probabilities."""
        every = range(model.copies + (model.copies > 1))
        gold: list[list[Span]] = []
        found: list[list[list[Span]]] = [[] for _ in every]
        gold_topics: list[NDArray[np.int8]] = []
        topics: list[list[NDArray[np.float32]]] = [[] for _ in every]
        for length, targets in self.pool.targets.items():
            heads = (targets >= 0).cpu().numpy()
            known = self.pool.topics[length].cpu().numpy()
            gold += self.gold[length]
            row = 0
            for tags, labels in predict(model, self.pool, length):
                tags_np, labels_np = _with_mean(tags, labels)
                for place in range(tags_np.shape[1]):
                    for copy in every:
                        found[copy].append(read(tags_np[copy, place][heads[row]]))
                        if known[row, 0] >= 0:
                            topics[copy].append(labels_np[copy, place])
                    if known[row, 0] >= 0:
                        gold_topics.append(known[row])
                    row += 1
        scores = []
        for copy in every:
            own = f1(gold, found[copy])
            if gold_topics:
                own |= {f"topic_{name}": value for name, value in topic_scores(gold_topics, topics[copy]).items()}
            scores.append(own)
        return scores


def _with_mean(tags: Tensor, topics: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits of every copy and, where there are several, of their averaged probabilities."""
    logits = tags.float().log_softmax(-1)
    if len(tags) > 1:
        logits = cat([logits, logits.exp().mean(0, keepdim=True).clamp(min=1e-9).log()])
        topics = cat([topics, topics.sigmoid().mean(0, keepdim=True).logit(eps=1e-6)])
    return logits.cpu().numpy(), topics.float().cpu().numpy()


def report(sets: Sequence[Held], model: Copies, read: Read = argmax) -> list[dict[str, float]]:
    """One flat table row a copy (and one for their mean): ``set`` or ``set/label`` to score, and ``mean``."""
    table: list[dict[str, float]] = []
    for one in sets:
        for copy, scores in enumerate(one.score(model, read)):
            if copy >= len(table):
                table.append({})
            table[copy] |= {one.name if key == "all" else f"{one.name}/{key}": value for key, value in scores.items()}
    for row in table:
        own = [row[name] for name in MEAN if name in row]
        row["mean"] = round(sum(own) / max(1, len(own)), 2)
    return table
