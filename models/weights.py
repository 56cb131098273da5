"""Trained parameters in a file: matrices in 8 bits by blocks of 32 inputs, the same blocks the exported model has.

``python -m models.weights GRAPH.onnx STEM`` takes them out of a packed model again, to train on from it.
"""

import argparse
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


def from_graph(graph: Path) -> State:
    """The parameters of a model that ``models.export`` wrote with ``dynamic`` matrices, in the 7 bits of that."""
    import onnx  # a training machine has none
    from onnx import numpy_helper

    arrays = {array.name: numpy_helper.to_array(array) for array in onnx.load(graph).graph.initializer}
    state: State = {}
    for name, value in arrays.items():
        base, _, kind = name.rpartition(".")
        if kind == "q":
            matrix = value.astype(np.float32) * arrays[f"{base}.s"]
            if (inverse := arrays.get(f"{base}.even")) is not None:
                matrix *= inverse[:, None]
            state[f"{base}.w"] = torch.from_numpy(matrix)
        elif kind in ("w", "b") or name == "pos":
            state[name] = torch.from_numpy(value.astype(np.float32))
    return state


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("graph", type=Path)
    options.add_argument("out", type=Path, help="stem of the files to write")
    given = options.parse_args()
    state = from_graph(given.graph)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for file in save(state, given.out, 2 if depth(state) > 8 else 1):
        print(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
