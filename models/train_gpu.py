"""The training on one card within a time budget: ``python -m models.train_gpu FOLDER --out OUT``.

FOLDER is what ``python -m models.carry`` wrote. The phases run in order of value, and each writes its result:
teachers with one fold left out each, their votes over augmented and unlabelled text, students of several depths.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import ascii_lowercase

import torch
from torch import Tensor

from models import read_encoder, weights
from models.carry import Carried
from models.data import SETS
from models.distil import starts, teach
from models.held import Held, report
from models.network import Copies, State, compact, depth, encoder_state, padded, renumbered, some_layers
from models.prune import Floats, pruned, texts
from models.score import viterbi
from models.train import Plan, Pool, fit
from models.windows import FOLDS, Encoder, passes

STUDENTS = ((8, 1.0), (4, 0.5), (12, 1.25), (6, 0.7))
"""Layers of each student, by worth, and its share of the time that is left for students."""
_SCORING = 20.0
"""Seconds that writing and scoring a student may take."""


@dataclass(frozen=True)
class Wish:
    """What to train.

    ``students`` are depths and shares of the time; teachers have ``teaching`` of all of it. ``teacher`` names weights
    that teach, so that no teacher is trained. ``starts`` say what the students start from, where not from the usual two
    (``begin``). ``states`` is the weight of being like the first teacher in between (``Plan.states``), ``english`` how
    much more often English is drawn, ``every`` every how many passes one is augmented. ``rate`` is the students'
    learning rate and ``pieces`` how many a batch of theirs has.
    """

    students: tuple[tuple[int, float], ...] = STUDENTS
    teacher: Path | None = None
    teaching: float = 0.27
    starts: tuple[str, ...] = ()
    states: float = 0.0
    english: float = 1.0
    every: int = 1
    rate: float = 3e-4
    pieces: int = 4096


@dataclass
class Run:
    """One run: a budget in seconds, where results go, and how much smaller everything is in a smoke test."""

    out: Path
    budget: float
    device: torch.device
    small: bool
    started: float = field(default_factory=time.monotonic)
    results: dict[str, object] = field(default_factory=dict)

    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self.budget - (time.monotonic() - self.started)

    def log(self, event: str, **values: object) -> None:
        """One JSON line, printed and kept."""
        line = {"at": round(time.monotonic() - self.started, 1), "event": event, **values}
        print(json.dumps(line, ensure_ascii=False), flush=True)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def keep(self, name: str, value: object) -> None:
        """Put ``value`` into ``results.json``."""
        self.results[name] = value
        (self.out / "results.json").write_text(json.dumps(self.results, indent=1), encoding="utf-8")


def held_sets(carried: Carried, table: Tensor, small: bool) -> list[Held]:
    """The held-out sets beside ``table``; one article each in a smoke test."""
    encoder = Encoder(carried.tokenizer)
    sets = []
    for name in SETS:
        articles = [article for article in carried.articles if article.source == name and article.held_out]
        sets.append(Held.of(name, articles[: 1 if small else None], encoder, table))
    return sets


def teachers(run: Run, untouched: list[State], pool: Pool, sets: list[Held], seconds: float) -> Copies:
    """Train the teachers for ``seconds``, each without its fold, and report them."""
    model = Copies(untouched).to(run.device)
    skips = tuple((copy,) for copy in range(model.copies))
    plan = Plan(epochs=3.0, seconds=seconds, rate=2e-4, skips=skips, pieces=256 if run.small else 4096)
    fit(model, pool, plan, run.log)
    rows = report(sets, model)
    run.keep("teachers", rows)
    run.keep("teachers_viterbi", report(sets, model, viterbi))
    run.log("teachers", mean=[row["mean"] for row in rows])
    return model


def student(
    run: Run, layers: int, start: list[State], pool: Pool, sets: list[Held], seconds: float, wish: Wish
) -> None:
    """Distil students of ``layers`` from ``start`` for ``seconds``, report them, write each.

    The best of them, by mean F1 of Viterbi, is ``layers-N``; all are ``layers-Na``, ``layers-Nb`` and so on.
    """
    model = Copies(padded(start)).to(run.device)
    plan = Plan(
        epochs=9.0,
        seconds=seconds,
        rate=wish.rate,
        decay=0.97,
        soft=0.8,
        states=wish.states,
        layers=compared(layers),
        seed=layers,
        pieces=256 if run.small else wish.pieces,
    )
    fit(model, pool, plan, run.log)
    parts = 2 if layers > 8 else 1  # a file stays below 16 MiB
    stem = run.out / f"layers-{layers}"
    stems = [stem.with_name(f"{stem.name}{letter}") for _, letter in zip(start, ascii_lowercase, strict=False)]
    for copy, own in enumerate(stems if len(start) > 1 else [stem]):
        weights.save(compact(model.state(copy)), own, parts)
    rows = report(sets, model, viterbi)
    best = max(range(len(start)), key=lambda copy: rows[copy]["mean"])
    weights.save(compact(model.state(best)), stem, parts)
    run.keep(f"students_{layers}", {"best": best, "viterbi": rows})
    run.log("student", layers=layers, best=best, mean=[row["mean"] for row in rows])


def begin(start: str, layers: int, untouched: State, teacher: State, runs: Sequence[Floats]) -> State:
    """What a student of ``layers`` starts from.

    Args:
        start: ``untouched`` (its first layers), ``teacher`` (layers spread over the first one) or a stem of weights,
            which get the teacher's last layers on top if they have too few. After an ``@`` what to leave out of it, as
            for ``prune.pruned``: ``teacher@0.003``, ``untouched@768``.
        runs: what ``prune.texts`` gives.
    """
    name, _, keep = start.partition("@")
    first, spread = starts(untouched, teacher, layers, depth(untouched))
    if name in ("untouched", "teacher"):
        state = first if name == "untouched" else spread
    else:
        state = weights.load(Path(name))
        missing, of = layers - depth(state), depth(teacher)
        above = some_layers(teacher, range(of - missing, of))
        state |= renumbered(above, depth(state)) if missing > 0 else {}
    return pruned(state, runs, float(keep)) if keep else state


def compared(layers: int) -> tuple[int, ...]:
    """The layers of a student whose states are held against a teacher's: the middle one and the last."""
    return tuple(sorted({max(0, layers // 2 - 1), layers - 1}))


def shares_of(text: str) -> tuple[tuple[int, float], ...]:
    """``"8:1,4:0.5"`` as depths and shares."""
    pairs = (part.partition(":") for part in text.split(","))
    return tuple((int(layers), float(share or 1)) for layers, _, share in pairs)


def train(
    run: Run,
    folder: Path,
    workers: int,
    copies: int,
    many: int,
    wish: Wish,
) -> None:
    """All phases; ``many`` passes over the data are made."""
    carried = Carried.read(folder)
    epoch = replace(carried.epoch(folder, small=run.small), english=wish.english, every=wish.every)
    seeds = range(1, many + 1)
    made = passes(epoch, seeds, workers)
    run.log("passes", windows={length: len(arrays[0]) for length, arrays in made.items()})
    values = read_encoder.unpack(carried.encoder.nibbles, carried.encoder.scale)
    table = torch.from_numpy(values).to(run.device)
    table = table.bfloat16() if run.device.type == "cuda" else table
    sets = held_sets(carried, table, run.small)
    pool = Pool.of(made, table)
    run.log("ready", device=str(run.device), left=round(run.left()))
    every = range(3 if run.small and wish.teacher is None else carried.encoder.layers)
    if wish.teacher is not None:
        model = Copies([weights.load(wish.teacher)]).to(run.device)
    else:
        untaught = [encoder_state(carried.encoder, every, seed) for seed in range(copies)]
        model = teachers(run, untaught, pool, sets, run.left() * wish.teaching)
    begun = time.monotonic()
    # States are of one depth of student only: that is enough for the one that is distilled on.
    shown = [(layer + 1) * model.layers // wish.students[0][0] - 1 for layer in compared(wish.students[0][0])]
    teach(model, pool, shown if wish.states else ())
    run.log("taught", seconds=round(time.monotonic() - begun, 1))
    first = model.state(0)
    runs = texts(carried, 4 if run.small else 200)
    untouched = encoder_state(carried.encoder, every, 99)
    del model
    shares = sum(share for _, share in wish.students)
    for deep, share in wish.students:
        layers = min(deep, len(every))
        try:
            # Below half the depth the untouched first layers won by three points of F1, so they get all the time.
            usual = ("untouched",) if layers * 2 <= len(every) else ("untouched", "teacher")
            chosen = [begin(start, layers, untouched, first, runs) for start in wish.starts or usual]
            # After the starts are made, which takes a while; what is left out is for the scores.
            seconds = max(5.0, run.left() * share / shares - _SCORING)
            student(run, deep, chosen, pool, sets, seconds, wish)
        except Exception:
            run.log("failed", layers=deep, error=traceback.format_exc())
        shares -= share
        if run.left() < _SCORING:
            break


def main() -> int:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--budget-seconds", type=float, default=480)
    options.add_argument("--passes", type=int, default=9)
    options.add_argument("--teachers", type=int, default=FOLDS)
    options.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    options.add_argument("--students", type=shares_of, default=STUDENTS, help="layers and shares of time: 8:1,4:0.5")
    options.add_argument("--teacher", type=Path, help="weights of an earlier run to learn from, such as OUT/layers-12")
    options.add_argument("--teaching", type=float, default=0.27, help="share of the time for teachers")
    options.add_argument(
        "--start", action="append", default=[], help="untouched, teacher or weights such as OUT/layers-4, also @0.003"
    )
    options.add_argument("--states", type=float, default=0.0, help="weight of being like the teacher between layers")
    options.add_argument("--english", type=float, default=1.0, help="how many times as often English is drawn")
    options.add_argument("--every", type=int, default=1, help="every how many passes one is augmented")
    options.add_argument("--rate", type=float, default=3e-4, help="learning rate of the students")
    options.add_argument("--pieces", type=int, default=4096, help="pieces of a student's batch")
    options.add_argument("--small", action="store_true", help="a smoke test: a few articles, tiny batches")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    # Masked attention with dropout: the memory-efficient kernel is the one that is known to serve it.
    torch.backends.cuda.enable_cudnn_sdp(False)
    run = Run(given.out, given.budget_seconds, device, given.small)
    try:
        wish = Wish(
            given.students, given.teacher, given.teaching, tuple(given.start), given.states, given.english,
            given.every, given.rate, given.pieces,
        )  # fmt: skip
        train(run, given.folder, given.workers, given.teachers, given.passes, wish)
    except Exception:
        run.log("failed", error=traceback.format_exc())
        return 1
    run.log("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
