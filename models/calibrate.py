"""What the inputs of a matrix are like in running text: what 8-bit activations are evened by, and weights rounded by.

Some channels of this encoder reach 30 to 70 at the end marks of any text and 1 to 5 elsewhere (massive activations, Sun
et al. 2024). Scaled by the largest of a run, everything else would be left with a few of 256 steps. Dividing such a
channel and multiplying its weights instead is SmoothQuant (Xiao et al. 2023), done only where it is needed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from models.read_encoder import unpack
from models.windows import BEGIN, END, Encoder, tokenizer_at

SENTENCES = Path(__file__).parent / "calibration.txt"
PERCENTILE = 99
"""Channels above it are brought down to it: of 50, 90, 95 and 99 the one nearest to float 32, see docs/models.md."""
_TOKEN = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")

Factors = dict[str, NDArray[np.float32]]
"""By matrix: what each of its inputs is divided by, 1 for most."""
Moments = dict[str, NDArray[np.float64]]
"""By matrix: the mean outer product of its inputs, (in, in)."""


def rows(folder: Path) -> list[NDArray[np.float32]]:
    """The sentences as rows of the embedding in ``folder``, one run each."""
    encoder = Encoder(tokenizer_at(folder / "tokenizer.json"))
    with np.load(folder / "embedding.npz") as arrays:
        nibbles, scale = arrays["nibbles"], arrays["scale"]
    runs = []
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        ids = [BEGIN, *(piece for token in _TOKEN.findall(line) for piece in encoder.pieces(token)), END]
        runs.append(unpack(nibbles[ids], scale[ids])[None])
    return runs


def factors(graph: onnx.ModelProto, inputs: dict[str, str], runs: list[NDArray[np.float32]]) -> Factors:
    """What to divide each matrix's inputs by.

    Args:
        graph: the model in float 32.
        inputs: by matrix, the tensor that is multiplied by it.
        runs: what ``rows`` gives.
    """
    peaks: Factors = {}
    for states in _inputs(graph, inputs, runs):
        for part, state in states.items():
            peak = np.abs(state).max(0)
            peaks[part] = np.maximum(peaks[part], peak) if part in peaks else peak
    return {
        part: np.maximum(1, peak / np.percentile(peak, PERCENTILE)).astype(np.float32) for part, peak in peaks.items()
    }


def moments(graph: onnx.ModelProto, inputs: dict[str, str], runs: Sequence[NDArray[np.float32]]) -> Moments:
    """The second moments of each matrix's inputs; the arguments are those of ``factors``."""
    sums: Moments = {}
    for states in _inputs(graph, inputs, runs):
        for part, state in states.items():
            own = (state.T @ state).astype(np.float64)
            sums[part] = sums[part] + own if part in sums else own
    pieces = sum(run.shape[1] for run in runs)
    return {part: total / pieces for part, total in sums.items()}


def _inputs(
    graph: onnx.ModelProto, inputs: dict[str, str], runs: Iterable[NDArray[np.float32]]
) -> Iterator[dict[str, NDArray[np.float32]]]:
    for states in tensors(graph, list(inputs.values()), runs):
        yield dict(zip(inputs, states, strict=True))


def tensors(
    graph: onnx.ModelProto, names: Sequence[str], runs: Iterable[NDArray[np.float32]]
) -> Iterator[list[NDArray[np.float32]]]:
    """What the tensors called ``names`` of a model are in each of ``runs``, without the axis of the batch."""
    known = {output.name for output in graph.graph.output}
    graph.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names if name not in known
    )
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    for run in runs:
        yield [value[0] for value in session.run(names, {"pieces": run})]
