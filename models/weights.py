"""Trained parameters in a file: matrices in 8 bits by blocks of 32 inputs, the same blocks the exported model has."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.network import State, depth

BLOCK = 32


def quantised(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Symmetric 8 bits of an (in, out) matrix, one fp16 scale for each 32 inputs of an output."""
    blocks = matrix.reshape(-1, BLOCK, matrix.shape[1])
    scale = (np.abs(blocks).max(1, keepdims=True) / 127).astype(np.float16)
    scale[scale == 0] = 1
    values = np.rint(blocks / scale.astype(np.float32)).clip(-127, 127).astype(np.int8)
    return values.reshape(matrix.shape), scale[:, 0]


def save(state: State, path: Path, parts: int = 1) -> list[Path]:
    """Write ``state`` to ``path`` (a stem) in ``parts`` files; matrices lose to 8 bits, the rest to 16."""
    names = sorted(
        state,
        key=lambda name: (name[0].isdigit(), int(name.partition(".")[0]) if name[0].isdigit() else 0, name),
    )
    layers = depth(state)
    out: list[dict[str, NDArray[np.generic]]] = [{} for _ in range(parts)]
    for name in names:
        number = int(name.partition(".")[0]) if name[0].isdigit() else 0
        part = out[number * parts // layers]
        value = state[name].numpy()
        if value.ndim == 2 and name[0].isdigit():
            part[f"{name}:q"], part[f"{name}:s"] = quantised(value)
        else:
            part[name] = value.astype(np.float16)
    files = []
    for place, part in enumerate(out):
        file = path.with_name(f"{path.name}.{place}.npz")
        np.savez(file, **part)  # type: ignore[arg-type]  # numpy's stub takes no mapping
        files.append(file)
    return files


def load(path: Path) -> State:
    """The parameters saved under the stem ``path``; raises FileNotFoundError when there are none."""
    files = sorted(path.parent.glob(f"{path.name}.*.npz"))
    if not files:
        raise FileNotFoundError(f"no weights at {path}.0.npz: run the training first")
    state: State = {}
    for file in files:
        arrays = np.load(file)
        for name in arrays.files:
            base, _, kind = name.partition(":")
            if kind == "q":
                scale = arrays[f"{base}:s"].astype(np.float32)
                state[base] = torch.from_numpy(arrays[name] * np.repeat(scale, BLOCK, 0))
            elif not kind:
                state[name] = torch.from_numpy(arrays[name].astype(np.float32))
    return state
