"""Score a packed model on the held-out tenth: ``python -m bench.quality MODEL/layers-12.onnx --shared ../shared``.

Gold tokens are read as the enrichment reads a text: its windows, its decoding, names that agree within an article.
Prints F1 by set and type, exact spans, and words a second on one thread. With ``--gate`` it fails when a set has
another digest or a lower score than ``bench/floors.json`` says; ``--write-floors`` records today's, to the half point
below.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data import SETS, Article, digest, read_all
from models.harmonise import harmonised
from models.labels import TOPICS, Span
from models.score import f1, topic_scores
from processors.encoder import TARGET_PIECES, VARIANT_LAYERS
from processors.tagger import Embedding, Pieces, Reading, Tagger
from processors.topics import THRESHOLD

FLOORS = Path(__file__).parent / "floors.json"
ROUNDING = 0.3
"""F1 that another processor's order of additions may cost: a few tags of ten thousand change."""


def opened(graph: Path, folder: Path) -> Tagger:
    """The model at ``graph`` with the vocabulary in ``folder``."""
    pieces = Pieces((folder / "tokenizer.json").read_bytes())
    return Tagger(pieces, Embedding.load(folder / "embedding.npz"), graph.read_bytes())


def target_of(graph: Path) -> int:
    """Pieces of a window at run time for the variant whose name the graph has; the accurate one's for another."""
    variants = {f"layers-{layers}": variant for variant, layers in VARIANT_LAYERS.items()}
    return TARGET_PIECES[variants.get(graph.stem, "accurate")]


def read(tagger: Tagger, article: Article, target: int) -> Reading:
    """Read an article by its gold tokens and sentences."""
    words = [token for sentence in article.sentences for token in sentence.tokens]
    ends = accumulate((len(sentence.tokens) for sentence in article.sentences), initial=0)
    return tagger.read(words, list(pairwise(ends)), target=target)


Topics = list[tuple[NDArray[np.int8], NDArray[np.float32]]]
"""Gold topics and logits by article."""


def score(tagger: Tagger, articles: Sequence[Article], target: int, seen: Topics | None = None) -> dict[str, float]:
    """F1 by type, topic scores where topics are known, which go into ``seen`` too, and words a second."""
    gold: list[list[Span]] = []
    found: list[list[Span]] = []
    gold_topics: list[NDArray[np.int8]] = []
    topics: list[NDArray[np.float32]] = []
    words, seconds = 0, 0.0
    for article in articles:
        begun = time.perf_counter()
        own = read(tagger, article, target)
        seconds += time.perf_counter() - begun
        found.append(own.names)
        gold.append(named(article))
        words += sum(len(sentence.tokens) for sentence in article.sentences)
        if article.topics and own.topics is not None:
            topics.append(own.topics)
            gold_topics.append(np.array([topic in article.topics for topic in TOPICS], np.int8))
    scores = f1(gold, found)
    if topics:
        scores |= {f"topic_{name}": value for name, value in topic_scores(gold_topics, topics, THRESHOLD).items()}
        if seen is not None:
            seen += zip(gold_topics, topics, strict=True)
    return scores | {"words_per_second": round(words / max(seconds, 1e-9))}


def named(article: Article) -> list[Span]:
    """The gold names of an article by number of token."""
    starts = accumulate((len(sentence.tokens) for sentence in article.sentences), initial=0)
    return [
        (at + start, at + end, label)
        for at, sentence in zip(starts, article.sentences, strict=False)
        for start, end, label in sentence.spans
    ]


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
    options.add_argument("--target", type=int, help="pieces a window; as at run time if not given")
    options.add_argument("--raw", action="store_true", help="score against the annotation as it came")
    options.add_argument("--gate", action="store_true")
    options.add_argument("--write-floors", action="store_true")
    options.add_argument("--sets", nargs="*", default=SETS)
    given = options.parse_args()
    target = given.target or target_of(given.graph)
    tagger = opened(given.graph, given.folder or given.graph.parent)
    held = [article for article in read_all(given.shared) if article.held_out and article.source in given.sets]
    held = held if given.raw else [harmonised(article) for article in held]
    scores, digests = {}, {}
    seen: Topics = []
    for name in given.sets:
        own = [article for article in held if article.source == name]
        scores[name], digests[name] = score(tagger, own, target, seen), digest(own)
        print(f"{name:24} {digests[name]} {scores[name]}", flush=True)
    if seen:
        whole = topic_scores([gold for gold, _ in seen], [logits for _, logits in seen], THRESHOLD)
        print(f"topics of {len(seen)} articles: {whole}", flush=True)
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
