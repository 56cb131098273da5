"""Weights in 7 bits: as good as the nearest ones where inputs have nothing to do with each other, better elsewhere."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.rounding import nearest, rounded, step

LARGEST = 64


def error(matrix: np.ndarray, values: np.ndarray, scale: np.ndarray, inputs: np.ndarray) -> float:
    return float(np.square(inputs @ matrix - inputs @ (values * scale)).mean())


@given(st.integers(0, 10_000), st.integers(2, 24), st.integers(1, 9))
def test_without_correlation_it_is_the_nearest(seed: int, inputs: int, outputs: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(inputs, outputs)).astype(np.float32)
    scale = step(matrix, LARGEST)
    assert (rounded(matrix, np.eye(inputs), scale, LARGEST) == nearest(matrix, scale, LARGEST)).all()


@given(st.integers(0, 10_000))
def test_weights_that_are_steps_already_stay(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(-LARGEST, LARGEST + 1, (16, 5)).astype(np.int8)
    values[0] = LARGEST
    scale = random.uniform(0.01, 0.1, 5).astype(np.float32)
    running = random.normal(size=(40, 16))
    matrix = (values * scale).astype(np.float32)
    assert np.allclose(step(matrix, LARGEST), scale)
    assert (rounded(matrix, running.T @ running / 40, scale, LARGEST) == values).all()


@given(st.integers(0, 10_000))
def test_where_inputs_go_together_products_come_nearer(seed: int) -> None:
    random = np.random.default_rng(seed)
    running = random.normal(size=(400, 4)) @ random.normal(size=(4, 48)) + 0.1 * random.normal(size=(400, 48))
    matrix = random.normal(size=(48, 16)).astype(np.float32)
    scale = step(matrix, LARGEST)
    made = rounded(matrix, running.T @ running / 400, scale, LARGEST)
    assert np.abs(made).max() <= LARGEST
    assert error(matrix, made, scale, running) < 0.7 * error(matrix, nearest(matrix, scale, LARGEST), scale, running)
