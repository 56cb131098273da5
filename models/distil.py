"""Teachers' opinions written beside a pool, and the students that start from parts of an encoder."""

from collections.abc import Sequence

import torch

from models.labels import IGNORE
from models.network import Copies, State, some_layers
from models.train import Pool, predict
from models.windows import NO_FOLD

FRESH = 3.0
"""Extra votes of the teacher that has not seen a window's article: with five teachers it has half of all votes."""


@torch.no_grad()
def teach(teachers: Copies, pool: Pool, layers: Sequence[int] = ()) -> None:
    """Put the teachers' averaged tag and topic probabilities beside each window of ``pool``.

    ``layers`` numbers those of the first teacher whose states are put there too, in 16 bits.

    Teacher k was trained without fold k and counts most there (CrossWeigh, Wang et al. 2019), so that a wrong or odd
    annotation is outvoted by those who never saw it.
    """
    for length in pool.ids:
        folds = pool.folds[length].long()
        votes = torch.ones(teachers.copies, len(folds), device=pool.table.device)
        fresh = (folds != NO_FOLD) & (folds < teachers.copies)
        rows = torch.arange(len(folds), device=pool.table.device)[fresh]
        votes[folds[fresh], rows] += FRESH
        votes /= votes.sum(0)
        carries = pool.targets[length] != IGNORE
        tags, topics = [], []
        states: list[list[torch.Tensor]] = [[] for _ in layers]
        at = 0
        for logits, labels, *kept in predict(teachers, pool, length, layers):
            own = votes[:, at : at + logits.shape[1]]
            mean = (logits.softmax(-1) * own[..., None, None]).sum(0)
            tags.append((mean * carries[at : at + len(mean), :, None]).half())
            topics.append((labels.sigmoid() * own[..., None]).sum(0).half())
            for part, state in zip(states, kept, strict=True):
                part.append(state[0].half())
            at += logits.shape[1]
        pool.soft_states[length] = [torch.cat(part) for part in states]
        pool.soft_tags[length], pool.soft_topics[length] = torch.cat(tags), torch.cat(topics)


def spread(layers: int, of: int) -> list[int]:
    """``layers`` of ``of`` layers at even distances, the first and the last among them."""
    return [round(place * (of - 1) / max(1, layers - 1)) for place in range(layers)]


def starts(untouched: State, teacher: State, layers: int, of: int) -> Sequence[State]:
    """Two starts of a student: the first layers of the untouched encoder, and layers spread over a trained teacher."""
    return [some_layers(untouched, range(layers)), some_layers(teacher, spread(layers, of))]
