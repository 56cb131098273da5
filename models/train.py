"""The training loop: ``fit`` copies on a pool of windows, on a CPU or on a card, within a time budget."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import torch
from torch import Tensor
from torch.nn import functional as fn

from models.labels import NOT_NAMED, TAGS
from models.network import Copies, rates
from models.windows import PAD, Rows

_EMPTY = TAGS.index("B-MISC")


@dataclass
class Pool:
    """Windows on the device: ids, targets, topics, fold by padded length, and what teachers say of them.

    ``soft_tags`` and ``soft_topics`` are probabilities, ``soft_states`` the states of some of a teacher's layers.
    """

    table: Tensor
    ids: dict[int, Tensor]
    targets: dict[int, Tensor]
    topics: dict[int, Tensor]
    folds: dict[int, Tensor]
    soft_tags: dict[int, Tensor]
    soft_topics: dict[int, Tensor]
    soft_states: dict[int, list[Tensor]]

    @classmethod
    def of(cls, rows: Rows, table: Tensor) -> "Pool":
        """``rows`` moved beside ``table``, the frozen embedding (pieces, width)."""
        parts: list[dict[int, Tensor]] = [{}, {}, {}, {}]
        for length, arrays in rows.items():
            for part, array in zip(parts, arrays, strict=True):
                part[length] = torch.from_numpy(array).to(table.device)
        ids, targets, topics, folds = parts
        return cls(table, ids, targets, topics, folds, {}, {}, {})

    def batch(self, length: int, pick: Tensor) -> "Batch":
        """The windows at ``pick``, of any shape."""
        ids = self.ids[length][pick].long()
        soft = (self.soft_tags[length][pick], self.soft_topics[length][pick]) if length in self.soft_tags else None
        return Batch(
            self.table[ids],
            ids != PAD,
            self.targets[length][pick].long(),
            self.topics[length][pick].float(),
            soft,
            tuple(states[pick] for states in self.soft_states.get(length, ())),
        )


@dataclass(frozen=True)
class Batch:
    """Embedding rows, mask, targets and topics of windows, with teachers' probabilities and states if there are any."""

    pieces: Tensor
    mask: Tensor
    targets: Tensor
    topics: Tensor
    soft: tuple[Tensor, Tensor] | None
    states: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Plan:
    """How to train: ``epochs`` passes of the pool, at most ``seconds``, ``pieces`` a batch and copy.

    Copy k skips the windows of the folds in ``skips[k]``. ``soft`` is the weight of the teachers' probabilities.
    ``states`` is the weight, at the start, of being like the teacher in between; it falls to zero with the rate, since
    in the end only the answers count. ``layers`` numbers the layers compared, in the order of ``Pool.soft_states``.
    """

    epochs: float
    seconds: float
    pieces: int = 4096
    rate: float = 2e-4
    decay: float = 0.95
    warm: float = 0.06
    topics: float = 1.0
    soft: float = 0.0
    skips: tuple[tuple[int, ...], ...] = ()
    states: float = 0.0
    layers: tuple[int, ...] = ()
    average: float = 0.998
    seed: int = 1


Log = Callable[..., None]


def lean(device: torch.device) -> torch.autocast:
    """Matrix products in bfloat16 on a card; on a CPU, where that is slower, nothing changes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def tag_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean negative log-likelihood over the pieces that carry a target; ``NOT_NAMED`` accepts O and MISC."""
    scores = fn.log_softmax(logits, -1)
    own = scores.gather(-1, targets.clamp(0, len(TAGS) - 1)[..., None])[..., 0]
    loose = torch.logsumexp(torch.stack([scores[..., 0], scores[..., _EMPTY], scores[..., _EMPTY + 1]]), 0)
    loss = -torch.where(targets == NOT_NAMED, loose, own)
    known = targets >= 0
    return (loss * known).sum() / known.sum().clamp(min=1)


def topic_loss(logits: Tensor, topics: Tensor) -> Tensor:
    """Mean binary cross entropy over windows whose topics are known."""
    known = (topics[..., 0] >= 0).float()
    loss = fn.binary_cross_entropy_with_logits(logits, topics.clamp(min=0), reduction="none").mean(-1)
    return (loss * known).sum() / known.sum().clamp(min=1)


def soft_loss(logits: Tensor, probabilities: Tensor) -> Tensor:
    """Cross entropy to the teachers' tag probabilities, over pieces that carry a tag (their rows sum to one)."""
    weight = probabilities.float().sum(-1)
    loss = -(probabilities.float() * fn.log_softmax(logits, -1)).sum(-1)
    return loss.sum() / weight.sum().clamp(min=1)


def state_loss(states: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Mean squared distance of the normalised states (..., length, width) over the pieces in ``mask`` (..., length).

    Normalised, since a few of this encoder's channels are ten times the others (TinyBERT, Jiao et al. 2020, compares
    them as they are).
    """
    size = states.shape[-1:]
    distance = fn.layer_norm(states.float(), size) - fn.layer_norm(teacher.float(), size)
    return (distance.square().mean(-1) * mask).sum() / mask.sum().clamp(min=1)


def loss_of(model: Copies, batch: Batch, plan: Plan, done: float = 0.0) -> Tensor:
    """The whole loss of one batch, summed over the copies so that each is trained as if alone.

    ``done`` is the part of the training that is over, 0 to 1.
    """
    out = model(batch.pieces, batch.mask, plan.layers if batch.states else ())
    total = out.tags.new_zeros(())
    for copy in range(model.copies):
        own = copy if batch.targets.shape[0] > 1 else 0
        hard = tag_loss(out.tags[copy], batch.targets[own])
        topic = topic_loss(out.topics[copy], batch.topics[own])
        if batch.soft is not None:
            soft_tags, soft_topics = (part[own] for part in batch.soft)
            hard = (1 - plan.soft) * hard + plan.soft * soft_loss(out.tags[copy], soft_tags)
            known = fn.binary_cross_entropy_with_logits(out.topics[copy], soft_topics.float())
            topic = (1 - plan.soft) * topic + plan.soft * known
        total = total + hard + plan.topics * topic
        for own_states, states in zip(out.states, batch.states, strict=True):
            alike = state_loss(own_states[copy], states[own], batch.mask[own])
            total = total + plan.states * (1 - done) * alike / len(batch.states)
    return total


def steps(pool: Pool, plan: Plan, copies: int) -> list[tuple[int, Tensor]]:
    """Padded length and row numbers (copies, batch) of every step of one pass; each copy draws its own order."""
    order = random.Random(plan.seed)
    device = pool.table.device
    out: list[tuple[int, Tensor]] = []
    for length, ids in pool.ids.items():
        size = max(1, plan.pieces // length)
        draws = []
        for copy in range(copies):
            noise = torch.Generator().manual_seed(order.randrange(1 << 30))
            shuffled = torch.randperm(len(ids), generator=noise).to(device)
            if plan.skips:
                skipped = torch.tensor(plan.skips[copy], dtype=pool.folds[length].dtype, device=device)
                shuffled = shuffled[~torch.isin(pool.folds[length][shuffled], skipped)]
            draws.append(shuffled)
        full = min(len(draw) for draw in draws) // size
        if full:
            stacked = torch.stack([draw[: full * size].reshape(full, size) for draw in draws], 1)
            out += [(length, pick) for pick in stacked]
    order.shuffle(out)
    return out


def _endless(pool: Pool, plan: Plan, copies: int) -> Iterator[tuple[int, Tensor]]:
    for turn in count():
        yield from steps(pool, replace(plan, seed=plan.seed + 7919 * turn), copies)


def fit(model: Copies, pool: Pool, plan: Plan, log: Log) -> None:
    """Train ``model`` in place; it ends with the running average of its weights.

    The rate falls linearly to zero by steps or by time, whichever is further on, so that a slow machine ends well too.
    """
    device = pool.table.device
    shared = plan.soft > 0
    own_copies = 1 if shared else model.copies
    total = max(1, math.ceil(plan.epochs * len(steps(pool, plan, own_copies))))
    optimiser = torch.optim.AdamW(rates(model, plan.rate, plan.decay), fused=device.type == "cuda")
    schedule = [group["lr"] for group in optimiser.param_groups]
    parameters = list(model.parameters())
    mean = [value.detach().clone() for value in parameters]
    model.train()
    torch.manual_seed(plan.seed)
    start = time.monotonic()
    for step, (length, pick) in enumerate(_endless(pool, plan, own_copies)):
        done = max(step / total, (time.monotonic() - start) / plan.seconds)
        if done >= 1:
            break
        factor = min(1.0, (step + 1) / (plan.warm * total)) * (1 - done)
        for group, rate in zip(optimiser.param_groups, schedule, strict=True):
            group["lr"] = rate * factor
        with lean(device):
            loss = loss_of(model, pool.batch(length, pick), plan, done)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        torch.nn.utils.clip_grad_norm_(parameters, math.sqrt(model.copies))
        optimiser.step()
        # A young average must not remember the start.
        torch._foreach_lerp_(mean, [value.detach() for value in parameters], 1 - min(plan.average, step / (step + 10)))
        if step % 200 == 0:
            log("step", step=step, of=total, loss=round(loss.item() / model.copies, 4), done=round(done, 3))
    with torch.no_grad():
        for value, averaged in zip(parameters, mean, strict=True):
            value.copy_(averaged)
    model.eval()
    log("fitted", steps=step, of=total, seconds=round(time.monotonic() - start, 1))


@torch.no_grad()
def predict(model: Copies, pool: Pool, length: int, keep: Sequence[int] = ()) -> Iterator[tuple[Tensor, ...]]:
    """Tag and topic logits of every window of ``length`` in order, (copies, batch, ...) at a time.

    After them the states of the layers that ``keep`` numbers.
    """
    model.eval()
    size = max(1, (65_536 if pool.table.device.type == "cuda" else 2_048) // length)
    for at in range(0, len(pool.ids[length]), size):
        pick = torch.arange(at, min(at + size, len(pool.ids[length])), device=pool.table.device)[None]
        batch = pool.batch(length, pick)
        with lean(pool.table.device):
            out = model(batch.pieces, batch.mask, keep)
        yield out.tags, out.topics, *out.states
