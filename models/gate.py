"""Upper layers for the pieces that may be part of a name: ``python -m models.gate WEIGHTS OUT --data DATA``.

Seven of eight words are told from names by the lower layers. A gate after one of them, a logistic regression on its
states, lets through what may be part of a name, the pieces beside it and the two end marks; the rest leaves the run
with the tag O, and the upper layers work on half of the text. The idea is that of TokEE (Li et al. 2021,
"Accelerating BERT Inference for Sequence Labeling via Early-Exit"), the cut into kept and dropped pieces that of LTP
(Kim et al. 2022). The topics are read from the mean of both halves, by a layer that is fitted to them here.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as fn
from torch.nn.utils.rnn import pad_sequence

from models import export, weights
from models.calibrate import tensors
from models.carry import Carried
from models.data import Article
from models.labels import TOPICS
from models.network import Copies, State, depth, renumbered, some_layers
from models.prune import SOURCES
from models.read_encoder import unpack
from models.windows import BEGIN, END, Encoder

Floats = NDArray[np.float32]

_ARTICLES = 800
_DECAY = 1e-4
"""Weight of the squared distance from where a regression starts."""
_RATE = 1e-4
"""Learning rate of the upper layers at its highest."""
_PIECES = 1536
"""Of a batch, those let through."""
_TEACHER = 0.5
"""Share of the ungated model's opinion in the target of the topics, beside the gold ones."""


@dataclass(frozen=True)
class Passage:
    """A stretch of a training article as the enrichment would cut it.

    ``topics`` are 0 or 1, empty where nobody knows; ``heads`` the pieces that carry a tag.
    """

    rows: Floats
    topics: Floats
    heads: NDArray[np.bool_]


def passages(carried: Carried, articles: Sequence[Article], size: int) -> Iterator[Passage]:
    """Whole sentences of ``articles``, up to ``size`` pieces each."""
    encoder = Encoder(carried.tokenizer)
    for article in articles:
        known = [float(topic in article.topics) for topic in TOPICS] if article.topics else []
        sentences = [
            [(piece, not n) for token in sentence.tokens for n, piece in enumerate(encoder.pieces(token))][: size - 2]
            for sentence in article.sentences
        ]
        held: list[tuple[int, bool]] = [(BEGIN, False)]
        for sentence, following in pairwise([*sentences, []]):
            held += sentence
            if len(held) > 1 and (not following or len(held) + len(following) >= size):
                ids, heads = zip(*held, (END, False), strict=True)
                rows = unpack(carried.encoder.nibbles[list(ids)], carried.encoder.scale[list(ids)])[None]
                yield Passage(rows, np.array(known, np.float32), np.array(heads))
                held = [(BEGIN, False)]


def run(state: State, outputs: Sequence[str], texts: Sequence[Passage]) -> Iterator[list[Tensor]]:
    """What the named tensors of the float graph are for each passage."""
    for values in tensors(export.model(state, "float"), outputs, (text.rows for text in texts)):
        yield [torch.from_numpy(value) for value in values]


def fitted(inputs: Tensor, targets: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Logistic regression that starts from ``weight`` and ``bias`` and is drawn back to them.

    It works on standardised inputs: a few channels of this encoder are a hundred times the others.
    """
    mean, deviation = inputs.mean(0), inputs.std(0) + 1e-6
    inputs = (inputs - mean) / deviation
    begun = weight * deviation[:, None]
    slope, shift = begun.clone().requires_grad_(), (bias + mean @ weight).requires_grad_()
    optimiser = torch.optim.LBFGS([slope, shift], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = fn.binary_cross_entropy_with_logits(inputs @ slope + shift, targets)
        value = value + _DECAY * (slope - begun).square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    weight = slope.detach() / deviation[:, None]
    return weight, shift.detach() - mean @ weight


def reach(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """How open a gate is for each piece of states (length, width); it passes above 0, with its neighbours."""
    return fn.max_pool1d((x @ weight + bias).T, 3, 1, 1)[0]


def gate(state: State, after: int, keep: float, texts: Sequence[Passage]) -> State:
    """``state`` with a gate behind ``after`` layers that lets through a share of ``keep`` of running text.

    Topics do not look below it yet, see ``topics``.
    """
    states, names = [], []
    for below, tags in run(state, [f"{after - 1}.out", "tags"], texts):
        states.append(below)
        names.append(tags.softmax(-1)[:, 1:].sum(-1, keepdim=True))
    inputs = torch.cat(states)
    weight, bias = fitted(inputs, torch.cat(names), torch.zeros(inputs.shape[1], 1), torch.zeros(1))
    threshold = torch.cat([reach(own, weight, bias) for own in states]).quantile(1 - keep)
    own = {"gate.w": weight, "gate.b": bias - threshold, "gate.after": torch.tensor(after)}
    return state | own | {"gate.topics.w": torch.zeros_like(state["topics.w"])}


def ungated(state: State) -> State:
    """``state`` without its gate."""
    return {name: value for name, value in state.items() if not name.startswith("gate.")}


@dataclass(frozen=True)
class Lesson:
    """What the gate lets through of a passage: states below, states and tags to be like, and which have a tag."""

    below: Tensor
    above: Tensor
    tags: Tensor
    heads: Tensor


def lessons(gated: State, texts: Sequence[Passage]) -> list[Lesson]:
    """What the upper layers make of ``texts`` where they see everything, by length."""
    wanted = [f"{int(gated['gate.after']) - 1}.out", f"{depth(gated) - 1}.out", "tags"]
    out = []
    for text, (below, above, tags) in zip(texts, run(ungated(gated), wanted, texts), strict=True):
        let, heads = passed(gated, below), torch.from_numpy(text.heads)
        out.append(Lesson(below[let].half(), above[let].half(), tags[let], heads[let]))
    return sorted(out, key=lambda lesson: len(lesson.below))


def tuned(gated: State, given: Sequence[Lesson], seconds: float, seed: int) -> State:
    """``gated`` with upper layers that learn, for ``seconds``, to see only what the gate lets through."""
    after = int(gated["gate.after"])
    model = Copies([some_layers(ungated(gated), range(after, depth(gated)))], dropout=0.0)
    model.train()
    trained = [value for name, value in model.parts.items() if name[0].isdigit() or name.startswith("tags")]
    optimiser = torch.optim.AdamW(trained, lr=_RATE, weight_decay=0.01)
    batches = _batches(given)
    variance = float(torch.cat([lesson.above for lesson in given[::20]]).float().var(0).mean())
    print(f"{len(given):,} passages in {len(batches):,} batches", flush=True)
    begun = time.monotonic()
    for step, batch in enumerate(_endless(batches, random.Random(seed))):  # not for secrets
        done = (time.monotonic() - begun) / seconds
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / 50) * (1 - done)
        value = _loss(model, batch, variance)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        if step % 100 == 0:
            print(f"step {step}: {value.item():.4f}, {done:.0%} of the time", flush=True)
    own = model.state(0)
    return gated | renumbered(own, after) | {name: own[name] for name in ("tags.w", "tags.b")}


def _batches(given: Sequence[Lesson]) -> list[list[Lesson]]:
    out: list[list[Lesson]] = [[]]
    for lesson in given:
        if out[-1] and (len(out[-1]) + 1) * len(lesson.below) > _PIECES:
            out.append([])
        out[-1].append(lesson)
    return out


def _endless(batches: list[list[Lesson]], rng: random.Random) -> Iterator[list[Lesson]]:
    while True:
        rng.shuffle(batches)
        yield from batches


def _loss(model: Copies, batch: Sequence[Lesson], variance: float) -> Tensor:
    below, above, tags = (
        pad_sequence([getattr(lesson, part) for lesson in batch], True).float() for part in ("below", "above", "tags")
    )
    heads = pad_sequence([lesson.heads for lesson in batch], True)
    mask = pad_sequence([torch.ones(len(lesson.below)) for lesson in batch], True)
    out = model.above(below[None], mask[None], [model.layers - 1])
    states = (out.states[0][0] - above)[mask.bool()].square().mean() / variance
    spoken = out.tags[0][heads].log_softmax(-1)
    return states + fn.kl_div(spoken, tags[heads].log_softmax(-1), log_target=True, reduction="batchmean")


def passed(gated: State, x: Tensor) -> Tensor:
    """Which pieces of states (length, width) the gate lets through, as the exported graph does."""
    let = reach(x, gated["gate.w"], gated["gate.b"]) > 0
    let[0] = let[-1] = True
    return let


def topics(state: State, gated: State, texts: Sequence[Passage]) -> State:
    """``gated`` with a topic layer for the means below and above the gate."""
    texts = [text for text in texts if len(text.topics)]
    opinions = torch.stack([logits.sigmoid() for (logits,) in run(state, ["topics"], texts)])
    means = torch.stack([torch.cat(both) for both in run(gated, ["mean_below", "mean"], texts)])
    gold = torch.from_numpy(np.stack([text.topics for text in texts]))
    targets = _TEACHER * opinions + (1 - _TEACHER) * gold
    begun = torch.cat([gated["gate.topics.w"], state["topics.w"]])
    weight, bias = fitted(means, targets, begun, state["topics.b"])
    below, above = weight.chunk(2)
    return gated | {"gate.topics.w": below, "topics.w": above, "topics.b": bias}


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("weights", type=Path, help="stem of the files that training wrote, such as out/layers-12")
    options.add_argument("out", type=Path, help="stem of the files to write")
    options.add_argument("--data", type=Path, required=True, help="what models.carry wrote")
    options.add_argument("--after", type=int, required=True, help="layers below the gate")
    options.add_argument("--keep", type=float, default=0.4, help="share of running text that the upper layers see")
    options.add_argument("--open", type=float, default=0.0, help="logits by which the gate opens further at the end")
    options.add_argument("--size", type=int, default=200, help="pieces of a window, as at run time")
    options.add_argument("--articles", type=int, default=_ARTICLES)
    options.add_argument("--seconds", type=float, default=0, help="how long the upper layers are trained on")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    carried = Carried.read(given.data)
    state = weights.load(given.weights)
    articles = [article for article in carried.articles if not article.held_out and article.source in SOURCES]
    random.Random(given.seed).shuffle(articles)  # not for secrets
    texts = list(passages(carried, articles[: given.articles], given.size))
    print(f"{len(texts):,} passages, {sum(text.rows.shape[1] for text in texts):,} pieces", flush=True)
    gated = gate(state, given.after, given.keep, texts)
    if given.seconds:
        training = [article for article in carried.articles if not article.held_out]
        random.Random(given.seed).shuffle(training)  # not for secrets
        seen = list(passages(carried, training, given.size))
        gated = tuned(gated, lessons(gated, seen), given.seconds, given.seed)
    every = [article for article in carried.articles if article.topics and not article.held_out]
    random.Random(given.seed).shuffle(every)
    gated = topics(state, gated, list(passages(carried, every[: 2 * given.articles], given.size)))
    gated["gate.b"] = gated["gate.b"] + given.open
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for file in weights.save(gated, given.out, 2 if depth(gated) > 8 else 1):
        print(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
