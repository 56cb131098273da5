"""Weights in a few bits, each chosen so that it makes up for those rounded before it.

GPTQ (Frantar et al. 2023, https://arxiv.org/abs/2210.17323): instead of going to the nearest step one by one, the
error of an input's weights is handed on to the inputs that are still to be rounded, as far as the two go together in
running text. The values and scales have the same form as those of plain rounding, so nothing changes at run time.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_DAMPING = 0.01
"""Of the mean of the moments' diagonal, added to it: the paper's."""


def step(matrix: Floats, largest: int) -> Floats:
    """The scale of each output of an (in, out) matrix whose weights are at most ``largest`` steps."""
    scale: Floats = np.maximum(np.abs(matrix).max(0) / largest, 1e-9).astype(np.float32)
    return scale


def nearest(matrix: Floats, scale: Floats, largest: int) -> NDArray[np.int8]:
    """Each weight at its nearest step, -``largest`` to ``largest``."""
    values: NDArray[np.int8] = np.rint(matrix / scale).clip(-largest, largest).astype(np.int8)
    return values


def rounded(matrix: Floats, moments: NDArray[np.float64], scale: Floats, largest: int) -> NDArray[np.int8]:
    """Steps of an (in, out) matrix whose products with running text are nearest to those of the matrix.

    Args:
        matrix: the weights.
        moments: the inputs' second moments, (in, in): the mean of their outer products.
        scale: what ``step`` gives.
        largest: steps at most, either way.
    """
    size = len(matrix)
    diagonal = np.diag(moments)
    order = np.argsort(-diagonal)
    damped = moments[np.ix_(order, order)] + np.eye(size) * (_DAMPING * diagonal.mean())
    # The upper factor of the inverse holds, row by row, how the inputs not yet rounded answer for the one that is.
    answers = np.linalg.cholesky(np.linalg.inv(damped)).T
    left = matrix[order].astype(np.float64)
    values = np.zeros(matrix.shape, np.int8)
    for at in range(size):
        chosen = np.rint(left[at] / scale).clip(-largest, largest)
        values[order[at]] = chosen
        error = (left[at] - chosen * scale) / answers[at, at]
        left[at + 1 :] -= np.outer(answers[at, at + 1 :], error)
    return values
