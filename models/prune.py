"""Feed-forward neurons that do next to nothing are left out, and the others answer for them.

In some layers of this encoder most of the 1,536 neurons hardly differ from text to text or can be told from the others.
The second matrix is fitted anew to what it gave, by ridge regression on running text (as in the one-shot pruning of
Kurtic et al. 2023, ZipLM, for whole structures). How many neurons a layer keeps is decided by the error on text that
the fit has not seen, or given as a number. What is lost beyond that, training on brings back.
"""

import random
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.carry import Carried
from models.network import Copies, State, depth
from models.read_encoder import unpack
from models.windows import BEGIN, END, Encoder

Floats = NDArray[np.float32]

SOURCES = ("news_de", "news_en", "wikinews_gold", "wikigold_en", "germeval14_test")
"""Corpora that the text is taken from, their training part only."""
_STEP = 64
_LEAST = 384
_PIECES = 200


def texts(carried: Carried, count: int, seed: int = 1) -> list[Floats]:
    """Openings of ``count`` training articles as rows of the embedding."""
    encoder = Encoder(carried.tokenizer)
    articles = [article for article in carried.articles if not article.held_out and article.source in SOURCES]
    runs = []
    for article in random.Random(seed).sample(articles, min(count, len(articles))):
        words = [token for sentence in article.sentences[:9] for token in sentence.tokens]
        ids = [piece for token in words for piece in encoder.pieces(token)][:_PIECES]
        ids = [BEGIN, *ids, END]
        runs.append(unpack(carried.encoder.nibbles[ids], carried.encoder.scale[ids])[None])
    return runs


def pruned(state: State, runs: Sequence[Floats], keep: float) -> State:
    """``state`` with fewer neurons in each layer, and its second feed-forward matrices fitted anew.

    Args:
        state: one copy's parameters.
        runs: what ``texts`` gives; the fit is made on two thirds, the error measured on the rest.
        keep: below 1, the largest share of the variance of a layer's second matrix that may be lost; the fewest neurons
            that allow it are kept. From 1, how many neurons each layer keeps.
    """
    state = dict(state)
    for number in range(depth(state)):
        # Layer by layer, so that each is fitted to what the ones below give now.
        neurons = _neurons(state, number, runs)
        cut = len(neurons) * 2 // 3
        weight, bias = (state[f"{number}.fo.{part}"].numpy() for part in "wb")
        kept, weight, bias, lost = _fitted(neurons[:cut], neurons[cut:], weight, bias, keep)
        print(f"layer {number}: {len(kept)} neurons, {lost:.5f} of the variance lost", flush=True)
        state |= {f"{number}.fo.w": torch.from_numpy(weight), f"{number}.fo.b": torch.from_numpy(bias)}
        state[f"{number}.fi.w"] = state[f"{number}.fi.w"][:, kept].contiguous()
        state[f"{number}.fi.b"] = state[f"{number}.fi.b"][kept].contiguous()
    return state


def _neurons(state: State, number: int, runs: Sequence[Floats]) -> Floats:
    model = Copies([state]).eval().to("cuda" if torch.cuda.is_available() else "cpu")
    device = next(model.parameters()).device
    found: list[Tensor] = []
    for run in runs:
        inner: dict[int, Tensor] = {}
        rows = torch.from_numpy(run)[None].to(device)
        with torch.no_grad():
            model(rows, rows.new_ones(rows.shape[:-1]), neurons=inner)
        found.append(inner[number][0, 0].float().cpu())
    out: Floats = torch.cat(found).numpy()
    return out


def _fitted(
    seen: Floats, unseen: Floats, weight: Floats, bias: Floats, keep: float
) -> tuple[NDArray[np.intp], Floats, Floats, float]:
    """The neurons to keep, the second matrix and bias for them, and the share of the variance that is lost."""
    mean = seen.mean(0)
    centred = seen - mean
    covariance = centred.T @ centred / len(centred)
    order = np.argsort(-np.diag(covariance) * np.square(weight).sum(1))
    whole = unseen @ weight
    variance = np.square(whole - whole.mean(0)).sum()
    for count in range(_LEAST, len(order), _STEP) if keep < 1 else range(int(keep), len(order), len(order)):
        kept, left = np.sort(order[:count]), np.sort(order[count:])
        own = covariance[np.ix_(kept, kept)]
        own = own + np.eye(count, dtype=np.float32) * (1e-4 * np.trace(own) / count)
        told = np.linalg.solve(own, covariance[np.ix_(kept, left)])
        fitted = (weight[kept] + told @ weight[left]).astype(np.float32)
        shift = mean @ weight - mean[kept] @ fitted
        lost = float(np.square(whole - unseen[:, kept] @ fitted - shift).sum() / variance)
        if lost <= keep:
            return kept, fitted, (bias + shift).astype(np.float32), lost
    return np.arange(len(order)), weight, bias, 0.0
