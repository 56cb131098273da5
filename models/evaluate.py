"""Score a packed model on the held-out tenth: ``python -m models.evaluate MODEL/layers-8.onnx --shared ../shared``.

Prints F1 by set and type, exact spans on gold tokens, and words a second on one thread. With ``--gate`` it fails when a
set has another digest or a lower score than ``models/floors.json`` says; ``--write-floors`` records today's, to
the half point below.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.data import SOURCES, Article, digest, read_all
from models.harmonise import harmonised
from models.labels import TOPICS, Span
from models.read_encoder import unpack
from models.score import f1, topic_scores, viterbi
from models.windows import BEGIN, END, Encoder, tokenizer_at

SETS = (
    "wikinews_gold", "news_de", "germeval14_dev_first700", "germeval14_test", "smartdata_news",
    "news_en", "wikigold_en", "uner_ewt_dev_en",
)  # fmt: skip
FLOORS = Path(__file__).parent / "floors.json"
POSITIONS = 512
ROUNDING = 0.3
"""F1 that another processor's order of additions may cost: a few tags of ten thousand change."""


@dataclass
class Packed:
    """An exported model with its vocabulary: tokens of sentences in, tag and topic logits out."""

    session: Any
    encoder: Encoder
    nibbles: NDArray[np.uint8]
    scale: NDArray[np.float16]

    @classmethod
    def open(cls, graph: Path, folder: Path) -> "Packed":
        """The model at ``graph`` with the vocabulary in ``folder``."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        vocabulary = np.load(folder / "embedding.npz")
        encoder = Encoder(tokenizer_at(folder / "tokenizer.json"))
        return cls(session, encoder, vocabulary["nibbles"], vocabulary["scale"])

    def run(self, tokens: list[str]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Tag logits of each token and topic logits (None where the graph has none) of one window."""
        ids, heads = [BEGIN], []
        for token in tokens:
            pieces = self.encoder.pieces(token)
            if len(ids) + len(pieces) >= POSITIONS:
                break
            heads.append(len(ids))
            ids += pieces
        ids.append(END)
        rows = unpack(self.nibbles[ids], self.scale[ids])[None]
        tags, *topics = self.session.run(None, {"pieces": rows, "mask": np.ones((1, len(ids)), np.float32)})
        return tags[0][heads], topics[0][0] if topics else None


def windows(article: Article, encoder: Encoder, target: int) -> Iterator[tuple[list[str], list[Span]]]:
    """Tokens and gold spans of whole sentences, up to ``target`` pieces and of about one size, as at run time."""
    tokens: list[str] = []
    spans: list[Span] = []
    lengths = [sum(len(encoder.pieces(token)) for token in sentence.tokens) for sentence in article.sentences]
    left, used, aim = sum(lengths), 0, 0.0
    for sentence, length in zip(article.sentences, lengths, strict=True):
        full = used + length > target or used + length / 2 > aim
        if tokens and (full or not SOURCES[article.source].in_order):
            yield tokens, spans
            tokens, spans = [], []
            left, used = left - used, 0
        if not tokens:
            aim = left / max(1, -(-left // target))
        spans += [(start + len(tokens), end + len(tokens), label) for start, end, label in sentence.spans]
        tokens += sentence.tokens
        used += length
    if tokens:
        yield tokens, spans


def score(packed: Packed, articles: list[Article], target: int) -> dict[str, float]:
    """F1 by type, topic scores where topics are known, and words a second."""
    gold: list[list[Span]] = []
    found: list[list[Span]] = []
    gold_topics: list[NDArray[np.int8]] = []
    topics: list[NDArray[np.float32]] = []
    words, seconds = 0, 0.0
    for article in articles:
        votes, sizes = [], []
        for tokens, spans in windows(article, packed.encoder, target):
            begun = time.perf_counter()
            tags, vote = packed.run(tokens)
            found.append(viterbi(tags))
            seconds += time.perf_counter() - begun
            gold.append(spans)
            words += len(tokens)
            if vote is not None:
                votes.append(vote)
                sizes.append(len(tokens))
        if article.topics and votes:
            topics.append(np.average(np.stack(votes), axis=0, weights=sizes))
            gold_topics.append(np.array([topic in article.topics for topic in TOPICS], np.int8))
    scores = f1(gold, found)
    if topics:
        scores |= {f"topic_{name}": value for name, value in topic_scores(gold_topics, topics).items()}
    return scores | {"words_per_second": round(words / max(seconds, 1e-9))}


def broken(scores: dict[str, dict[str, float]], digests: dict[str, str], floors: dict[str, Any]) -> list[str]:
    """What a gate complains about, one sentence each."""
    complaints = []
    for name, floor in floors.items():
        if digests.get(name) != floor["digest"]:
            complaints.append(f"{name}: the set is not the one the floor was measured on")
        elif scores[name]["all"] < floor["all"]:
            complaints.append(f"{name}: {scores[name]['all']} is below the floor of {floor['all']}")
    return complaints


def main() -> int:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("graph", type=Path)
    options.add_argument(
        "--folder", type=Path, help="where tokenizer.json and embedding.npz lie; beside the graph by default"
    )
    options.add_argument("--shared", type=Path, default=Path("../shared"))
    options.add_argument("--target", type=int, default=200, help="pieces a window, as at run time")
    options.add_argument("--raw", action="store_true", help="score against the annotation as it came")
    options.add_argument("--gate", action="store_true")
    options.add_argument("--write-floors", action="store_true")
    options.add_argument("--sets", nargs="*", default=SETS)
    given = options.parse_args()
    packed = Packed.open(given.graph, given.folder or given.graph.parent)
    held = [article for article in read_all(given.shared) if article.held_out and article.source in given.sets]
    held = held if given.raw else [harmonised(article) for article in held]
    scores, digests = {}, {}
    for name in given.sets:
        own = [article for article in held if article.source == name]
        scores[name], digests[name] = score(packed, own, given.target), digest(own)
        print(f"{name:24} {digests[name]} {scores[name]}", flush=True)
    key = given.graph.stem
    every = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    if given.write_floors:
        every[key] = {
            name: {"digest": digests[name], "all": math.floor((scores[name]["all"] - ROUNDING) * 2) / 2}
            for name in given.sets
        }
        FLOORS.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    complaints = broken(scores, digests, every.get(key, {})) if given.gate else []
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
