"""Gives an encoder in ONNX a second output, ``topics``: a linear layer on the means of some of its hidden layers.

``python -m models.topics_train --shared ../shared --package models/newswire_xx`` trains the layer for both forms in
the package, writes it into their graphs, and prints how it does on a tenth of the articles, held out by a hash of
their names; the layer that is written has then seen all of them. Topics so cost nothing: the tags' pass has computed
the hidden layers already, and the mean of a text's windows is a mean of their outputs.

The middle layers serve best: fine-tuning for names leaves them general, while the last ones forget what a text is
about.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from models.labels import TOPICS

Floats = NDArray[np.floating[Any]]

HIDDEN = {12: (2, 4, 6), 4: (0, 1, 2)}
"""Layers of each form whose means are read, by number of layers."""

STRENGTH = 0.03
"""Inverse of the L2 penalty of the logistic regressions, on features of unit variance."""

WINDOW_PIECES = 64
MAX_CHARS = 3_000
"""Of an article: news says first what it is about."""

FOLDS = 10
_TOKEN = re.compile(r"\w+(?:[-‐'’.]\w+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_MARK = re.compile(r"\[(?:DATE \S+|[A-Z]+) ([^\]]*)\]")


@dataclass(frozen=True)
class Labelled:
    """An article and its topics."""

    source: str
    name: str
    text: str
    topics: tuple[str, ...]


def read_articles(shared: Path) -> list[Labelled]:
    """The labelled Wikinews articles and our own German and English news."""
    return [
        *_wikinews(shared / "data" / "topics" / "wikinews_topics.jsonl.gz"),
        *_own(shared / "data" / "news"),
    ]


def _wikinews(path: Path) -> Iterator[Labelled]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Labelled("wikinews", str(row["id"]), row["text"], tuple(row["topics"]))


def _own(folder: Path) -> Iterator[Labelled]:
    for path in sorted([*folder.glob("DE*.txt"), *folder.glob("EN*.txt")]):
        for part in re.split(r"(?m)^## id: ", path.read_text(encoding="utf-8"))[1:]:
            head, _, body = part.partition("\ntext:\n")
            fields = dict(re.findall(r"(?m)^(lang|topics|headline|standfirst): ?(.*)$", head))
            texts = [fields["headline"], fields.get("standfirst", "-"), body]
            text = "\n\n".join(_MARK.sub(r"\1", text).strip() for text in texts if text.strip() not in ("", "-"))
            topics = tuple(topic.strip() for topic in fields["topics"].split(","))
            yield Labelled(f"news {fields['lang']}", part.split("\n", 1)[0].strip(), text, topics)


@dataclass
class Means:
    """The means of hidden layers over an article, by the same graph that is shipped."""

    package: Path
    layers: int

    def __post_init__(self) -> None:
        self.tokenizer = Tokenizer.from_file(str(self.package / "tokenizer.json"))
        with np.load(self.package / "embedding.npz") as arrays:
            self.nibbles, self.scale = arrays["nibbles"], arrays["scale"]
        graph = onnx.load(self.package / f"layers-{self.layers}.onnx")
        self.names = [hidden_name(layer) for layer in HIDDEN[self.layers]]
        del graph.graph.output[:]
        graph.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in self.names)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def of(self, text: str) -> Floats:
        """One vector: the layers' means side by side."""
        total, count = np.zeros(len(self.names) * self.scale.shape[1] * 32), 0
        for ids in self._windows(text[:MAX_CHARS]):
            feeds = {"pieces": self._rows(ids)[None], "mask": np.ones((1, len(ids)), dtype=np.float32)}
            total += np.concatenate([hidden[0].sum(axis=0) for hidden in self.session.run(self.names, feeds)])
            count += len(ids)
        return total / max(1, count)

    def _windows(self, text: str) -> Iterator[list[int]]:
        window: list[int] = []
        for sentence in _SENTENCE_END.split(text):
            words = _TOKEN.findall(sentence)
            encoded = self.tokenizer.encode_batch(words, add_special_tokens=False) if words else []
            ids = [piece for word in encoded for piece in (word.ids or [3])]
            if window and len(window) + len(ids) > WINDOW_PIECES:
                yield [0, *window, 2]
                window = []
            window += ids[:500]
            window = window[:500]
        if window:
            yield [0, *window, 2]

    def _rows(self, ids: list[int]) -> NDArray[np.float32]:
        packed = self.nibbles[ids]
        values = np.concatenate((packed & 15, packed >> 4), axis=2).astype(np.float32) - 8
        values *= self.scale[ids][:, :, None].astype(np.float32)
        return values.reshape(len(ids), -1)


def hidden_name(layer: int) -> str:
    """The tensor that leaves a layer of the exported graph."""
    return f"/ls.{layer}/ln2/LayerNormalization_output_0"


@dataclass(frozen=True)
class Layer:
    """Seventeen logistic regressions on plain features."""

    weights: Floats
    bias: Floats

    @classmethod
    def fit(cls, features: Floats, gold: Floats) -> Layer:
        """Train on standardised features, and fold the standardisation into the weights."""
        mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        models = [
            LogisticRegression(C=STRENGTH, max_iter=1000).fit((features - mean) / spread, column) for column in gold.T
        ]
        weights = np.stack([model.coef_[0] for model in models], axis=1) / spread[:, None]
        bias = np.array([model.intercept_[0] for model in models]) - mean @ weights
        return cls(weights, bias)

    def scores(self, features: Floats) -> Floats:
        """Probabilities."""
        result: Floats = 1 / (1 + np.exp(-(features @ self.weights + self.bias)))
        return result


def held_out(articles: Iterable[Labelled]) -> NDArray[np.bool_]:
    """The tenth that is measured on, by a hash of the article's name."""
    return np.array([zlib.crc32(article.name.encode()) % FOLDS == 0 for article in articles])


def report(articles: Sequence[Labelled], scores: Floats, gold: Floats, threshold: float) -> dict[str, Any]:
    """How often the best topic is a gold one, by source, and F1 over topics at ``threshold``."""
    best = gold[np.arange(len(gold)), scores.argmax(axis=1)]
    sources = sorted({article.source for article in articles})
    chosen = scores >= threshold
    chosen[np.arange(len(gold)), scores.argmax(axis=1)] = True
    hits = (chosen & (gold > 0)).sum(axis=0)
    sizes = chosen.sum(axis=0) + gold.sum(axis=0)
    seen = gold.sum(axis=0) > 0
    return {
        "articles": len(articles),
        "top1": {
            source: round(float(best[[article.source == source for article in articles]].mean()), 3)
            for source in sources
        },
        "micro_f1": round(float(2 * hits.sum() / sizes.sum()), 3),
        "macro_f1": round(float((2 * hits[seen] / np.maximum(1, sizes[seen])).mean()), 3),
    }


def graft(path: Path, hidden: Sequence[int], layer: Layer) -> None:
    """Write ``layer`` into the graph at ``path`` as its output ``topics``, batch by 17 logits."""
    model = onnx.load(path)
    graph = model.graph
    if any(output.name == "topics" for output in graph.output):
        old = [node for node in graph.node if node.name.startswith("/topics/")]
        for node in old:
            graph.node.remove(node)
        for output in [output for output in graph.output if output.name == "topics"]:
            graph.output.remove(output)
        for tensor in [tensor for tensor in graph.initializer if tensor.name.startswith("topics.")]:
            graph.initializer.remove(tensor)
    constants: dict[str, NDArray[Any]] = {
        "topics.weight": layer.weights.astype(np.float32),
        "topics.bias": layer.bias.astype(np.float32),
        "topics.last": np.array([-1], dtype=np.int64),
        "topics.pieces": np.array([1], dtype=np.int64),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    steps: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
        ("Concat", [hidden_name(number) for number in hidden], "/topics/all", {"axis": -1}),
        ("Unsqueeze", ["mask", "topics.last"], "/topics/mask", {}),
        ("Mul", ["/topics/all", "/topics/mask"], "/topics/real", {}),
        ("ReduceSum", ["/topics/real", "topics.pieces"], "/topics/sum", {"keepdims": 0}),
        ("ReduceSum", ["mask", "topics.pieces"], "/topics/count", {"keepdims": 1}),
        ("Div", ["/topics/sum", "/topics/count"], "/topics/mean", {}),
        ("MatMul", ["/topics/mean", "topics.weight"], "/topics/product", {}),
        ("Add", ["/topics/product", "topics.bias"], "topics", {}),
    )
    graph.node.extend(
        helper.make_node(kind, inputs, [output], name=f"/topics/{output.strip('/')}", **attributes)
        for kind, inputs, output, attributes in steps
    )
    graph.output.append(helper.make_tensor_value_info("topics", TensorProto.FLOAT, ["batch", len(TOPICS)]))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/topics and data/news")
    parser.add_argument("--package", type=Path, required=True, help="the spaCy package to write into")
    parser.add_argument("--threshold", type=float, default=0.4, help="least score of a topic beside the best")
    options = parser.parse_args()
    files = options.package / "newswire_encoder"
    articles = read_articles(options.shared)
    gold = np.array([[float(topic in article.topics) for topic in TOPICS] for article in articles])
    apart = held_out(articles)
    for layers, hidden in HIDDEN.items():
        means = Means(files, layers)
        features = np.stack([means.of(article.text) for article in articles])
        trial = Layer.fit(features[~apart], gold[~apart])
        measured = [article for article, out in zip(articles, apart, strict=True) if out]
        result = report(measured, trial.scores(features[apart]), gold[apart], options.threshold)
        print(json.dumps({"layers": layers, **result}), flush=True)
        graft(files / f"layers-{layers}.onnx", hidden, Layer.fit(features, gold))
    codes = [f"medtop:{topic}" for topic in TOPICS]
    (files / "topics.json").write_text(json.dumps(codes) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
