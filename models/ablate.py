"""What each part of the data is worth: ``python -m models.ablate FOLDER --out OUT``, on a card.

Twelve-layer copies are trained at once for the same number of steps of the same size, one on everything, each other one
without a part, and their F1 on the held-out sets is written to ``OUT/results.json``. FOLDER is what
``python -m models.carry`` wrote. The held-out sets are harmonised; ``unmended`` scores are those on the annotators' own
spans.
"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from models import read_encoder
from models.carry import Carried
from models.data import SOURCES, Article
from models.held import report
from models.network import Copies, encoder_state
from models.score import viterbi
from models.train import Plan, Pool, fit
from models.train_gpu import Run, held_sets
from models.windows import PATTERN, joined, passes

PARTS = {
    "Wikinews": ("wikinews_gold",),
    "our news": ("news_de", "news_en"),
    "GermEval": ("germeval14_test",),
    "SmartData and MobIE": ("smartdata_news", "smartdata_short", "mobie"),
    "English encyclopedia and web": ("wikigold_en", "uner_ewt_dev_en"),
    "patterns": (PATTERN,),
}
"""What is left out, by name, as sources."""
_UNMENDED, _PLAIN = len(PARTS), len(PARTS) + 1


def variants() -> dict[str, tuple[int, ...]]:
    """What each copy skips: a part, or two of the three ways in which all articles are there."""
    whole = range(len(PARTS))
    skips: dict[str, tuple[int, ...]] = {"everything": (_UNMENDED, _PLAIN)}
    skips |= {f"without {part}": (place, _UNMENDED, _PLAIN) for place, part in enumerate(PARTS)}
    return skips | {"not harmonised": (*whole, _PLAIN), "not augmented": (*whole, _UNMENDED)}


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--budget-seconds", type=float, default=240)
    options.add_argument("--passes", type=int, default=4)
    options.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--small", action="store_true", help="a smoke test: a few articles, tiny batches")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    torch.set_float32_matmul_precision("high")
    torch.backends.cuda.enable_cudnn_sdp(False)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run = Run(given.out, given.budget_seconds, device, given.small)
    carried = Carried.read(given.folder)
    left = {(article.source, article.name): article for article in carried.unmended}

    def unmended(article: Article) -> Article:
        return left.get((article.source, article.name), article)

    parts: Mapping[str, int] = {source: place for place, sources in enumerate(PARTS.values()) for source in sources}
    every = {*SOURCES, PATTERN, "plain", "label"}
    epoch = carried.epoch(given.folder, small=given.small)
    epochs = (
        replace(epoch, folds=parts),
        replace(epoch, folds=dict.fromkeys(every, _UNMENDED), articles=tuple(map(unmended, epoch.articles))),
        replace(epoch, folds=dict.fromkeys(every, _PLAIN), varied=False),
    )
    seeds = range(given.seed, given.seed + given.passes)
    made = joined([passes(one, seeds, given.workers) for one in epochs])
    values = read_encoder.unpack(carried.encoder.nibbles, carried.encoder.scale)
    table = torch.from_numpy(np.asarray(values)).to(device)
    table = table.bfloat16() if device.type == "cuda" else table
    sets = held_sets(carried, table, given.small)
    own = held_sets(replace(carried, articles=list(map(unmended, carried.articles))), table, given.small)
    pool = Pool.of(made, table)
    run.log("ready", windows={length: len(arrays[0]) for length, arrays in made.items()}, left=round(run.left()))
    names, skips = zip(*variants().items(), strict=True)
    layers = range(3 if given.small else carried.encoder.layers)
    model = Copies([encoder_state(carried.encoder, layers, given.seed) for _ in names]).to(device)
    pieces = 256 if given.small else 4096
    fit(model, pool, Plan(6.0, run.left() - 25, pieces=pieces, skips=skips, seed=given.seed), run.log)
    rows, unmended_rows = report(sets, model, viterbi), report(own, model, viterbi)
    for name, row, other in zip(names, rows, unmended_rows, strict=False):
        run.keep(name, row | {"unmended mean": other["mean"]})
        run.log(name, mean=row["mean"], unmended=other["mean"])
    print(json.dumps({name: rows[place]["mean"] for place, name in enumerate(names)}))


if __name__ == "__main__":
    main()
