"""Trained layers to ONNX: ``python -m models.export WEIGHTS OUT.onnx --vocabulary BUILD``.

The graph is written out by hand with onnxruntime's fused operators (attention over all heads, bias with GELU), so that
neither torch's exporter nor an optimiser decides what runs. Matrices are ``float``, ``blocks`` (8 bits, a scale for
each 32 inputs; activations in 8 bits by block too) or ``dynamic`` (7 bits by output; activations in 8 bits, scaled over
the whole run). Seven bits, since a processor without VNNI adds two products of bytes in 16 bits, which eight can
overflow; with ``--data`` they are rounded so that one makes up for another (``rounding.py``).

Input: ``pieces`` f32 (1, length, 384), the rows of one text with its end marks, unpadded. Outputs: ``tags`` f32
(1, length, 9) and ``topics`` f32 (1, 17), both logits. A state with a gate (``models.gate``) makes a graph whose upper
layers see only the pieces that the gate lets through.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models import rounding, weights
from models.calibrate import Factors, Moments, factors, moments, rows
from models.carry import Carried
from models.labels import TAGS, TOPICS
from models.network import EPS, HEADS, State, depth
from models.prune import texts

_OPSET = 17
_IR = 8
"""The oldest format that holds these operators: any onnxruntime since 1.14 reads it."""
_MICROSOFT = "com.microsoft"
KINDS = ("float", "dynamic", "blocks")
_SURE = 10.0
"""Logit of O where a piece left the run; the other tags have 0."""
_LARGEST = 64
"""Of a weight in ``dynamic``: 2 x 255 x 64 still fits into 16 bits."""


@dataclass
class _Graph:
    state: State
    kind: str
    even: Factors
    moments: Moments
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def parameter(self, name: str) -> str:
        return self.constant(name, self.state[name].numpy().astype(np.float32))

    def add(self, operator: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, list(inputs), [output], output, domain=domain, **attributes))
        return output

    def product(self, x: str, part: str, output: str) -> str:
        """``x`` times a quantised matrix, plus its bias."""
        matrix = self.state[f"{part}.w"].numpy().astype(np.float32)
        bias = self.parameter(f"{part}.b")
        if part in self.even:
            matrix = matrix * self.even[part][:, None]
            x = self.add("Mul", [x, self.constant(f"{part}.even", 1 / self.even[part])], f"{output}_even")
        if self.kind == "float":
            plain = self.add("MatMul", [x, self.constant(f"{part}.w", matrix)], f"{output}_raw")
            return self.add("Add", [plain, bias], output)
        if self.kind == "dynamic":
            return self.add("DynamicQuantizeMatMul", [x, *self.seven_bits(part, matrix), bias], output, _MICROSOFT)
        values, scales = weights.quantised(matrix)
        inputs_count, outputs = matrix.shape
        packed = (values.T.astype(np.int16) + 128).astype(np.uint8).reshape(outputs, -1, weights.BLOCK)
        names = [self.constant(f"{part}.q", packed), self.constant(f"{part}.s", scales.T.astype(np.float32))]
        sizes = {"K": inputs_count, "N": outputs, "bits": 8, "block_size": weights.BLOCK, "accuracy_level": 4}
        plain = self.add("MatMulNBits", [x, *names], f"{output}_raw", _MICROSOFT, **sizes)
        return self.add("Add", [plain, bias], output)

    def seven_bits(self, part: str, matrix: NDArray[np.float32]) -> list[str]:
        """The names of a matrix in 7 bits, its scales by output and its zero points."""
        scale = rounding.step(matrix, _LARGEST)
        if (moments := self.moments.get(part)) is None:
            values = rounding.nearest(matrix, scale, _LARGEST)
        else:
            even = self.even.get(part, np.ones(len(matrix), np.float32))
            values = rounding.rounded(matrix, moments / np.outer(even, even), scale, _LARGEST)
        names = [self.constant(f"{part}.q", values), self.constant(f"{part}.s", scale)]
        return [*names, self.constant(f"{part}.z", np.zeros(len(scale), np.int8))]

    def attention(self, x: str, at: str, width: int) -> str:
        """Self-attention over all heads, before its output matrix."""
        if self.kind == "dynamic":
            # One operator for the product and the attention saves the copies into heads: 10 to 14 % of both.
            matrix = self.state[f"{at}qkv.w"].numpy().astype(np.float32)
            values, scale, zero = self.seven_bits(f"{at}qkv", matrix)
            rounded, step, middle = (f"{at}x_{part}" for part in ("rounded", "step", "middle"))
            names = [rounded, step, middle]
            self.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], names, f"{at}rounding"))
            inputs = [rounded, values, self.parameter(f"{at}qkv.b"), step, scale, "", middle, zero]
            return self.add("QAttention", inputs, f"{at}mixed", _MICROSOFT, num_heads=HEADS)
        qkv = self.product(x, f"{at}qkv", f"{at}qkv")
        q, k, v = (f"{at}{part}" for part in "qkv")
        sizes = self.constant(f"{at}thirds", np.array([width] * 3, np.int64))
        self.nodes.append(helper.make_node("Split", [qkv, sizes], [q, k, v], f"{at}split", axis=-1))
        return self.add("MultiHeadAttention", [q, k, v], f"{at}mixed", _MICROSOFT, num_heads=HEADS)

    def norm(self, x: str, other: str, part: str, output: str) -> str:
        scale, shift = self.parameter(f"{part}.w"), self.parameter(f"{part}.b")
        # Two operators: the fused SkipLayerNormalization took 15 % longer for the whole model (onnxruntime 1.32).
        self.add("Add", [x, other], f"{output}_sum")
        return self.add("LayerNormalization", [f"{output}_sum", scale, shift], output, epsilon=EPS, axis=-1)

    def layer(self, x: str, number: int, width: int) -> str:
        at = f"{number}."
        mixed = self.attention(x, at, width)
        x = self.norm(x, self.product(mixed, f"{at}ao", f"{at}ao"), f"{at}aln", f"{at}between")
        inner = self.product(x, f"{at}fi", f"{at}fi")
        inner = self.add("Gelu", [inner], f"{at}gelu", _MICROSOFT)  # the exact one
        return self.norm(x, self.product(inner, f"{at}fo", f"{at}fo"), f"{at}oln", f"{at}out")

    def gate(self, x: str) -> str:
        """The pieces of ``x`` that the gate lets through: what it knows, their neighbours and the end marks."""
        self.add("ReduceMean", [x], "mean_below", axes=[1], keepdims=0)
        self.add("MatMul", [x, self.parameter("gate.w")], "gate_raw")
        self.add("Add", ["gate_raw", self.parameter("gate.b")], "gate_scores")
        self.add("Transpose", ["gate_scores"], "gate_row", perm=[0, 2, 1])
        self.add("MaxPool", ["gate_row"], "gate_beside", kernel_shape=[3], pads=[1, 1])
        # The end marks are where the heads of this encoder rest: without them nothing else reads right.
        places = {"from": 1, "to": -1, "axis": 2}
        inner = [self.constant(f"gate_{name}", np.array([at], np.int64)) for name, at in places.items()]
        self.add("Slice", ["gate_beside", *inner], "gate_inner")
        pads = self.constant("gate_ends", np.array([0, 0, 1, 0, 0, 1], np.int64))
        self.add("Pad", ["gate_inner", pads, self.constant("gate_open", np.array(1, np.float32))], "gate_all")
        self.add("Greater", ["gate_all", self.constant("gate_least", np.array(0, np.float32))], "gate_some")
        flat = self.constant("gate_flat", np.array([-1], np.int64))
        self.add("Reshape", ["gate_some", flat], "passed")
        return self.add("Compress", [x, "passed"], "let_through", axis=1)

    def everywhere(self, tags: str, output: str) -> str:
        """The scores of all pieces: ``tags`` where the gate was passed, a sure O elsewhere."""
        outside = np.zeros((1, 1, len(TAGS)), np.float32)
        outside[..., 0] = _SURE
        one, count = (self.constant(f"outside_{n}", np.array([n], np.int64)) for n in (1, len(TAGS)))
        shape = self.add("Concat", [one, "length", count], "tags_shape", axis=0)
        self.add("Expand", [self.constant("outside", outside), shape], "tags_outside")
        self.add("Squeeze", ["tags_outside", "zero"], "tags_flat")
        self.add("NonZero", ["passed"], "passed_row")
        self.add("Transpose", ["passed_row"], "passed_at", perm=[1, 0])
        self.add("Squeeze", [tags, "zero"], "tags_passed")
        self.add("ScatterND", ["tags_flat", "passed_at", "tags_passed"], "tags_both")
        return self.add("Unsqueeze", ["tags_both", "zero"], output)


def evened(state: State, folder: Path) -> Factors:
    """What to divide the inputs of the feed-forward matrices by, measured with the vocabulary in ``folder``."""
    inputs: dict[str, str] = {}
    for number in range(depth(state)):
        inputs |= {f"{number}.fi": f"{number}.between", f"{number}.fo": f"{number}.gelu"}
    return factors(model(state, "float"), inputs, rows(folder))


def moments_of(state: State, carried: Carried) -> Moments:
    """What the inputs of all matrices are like in the openings of 200 training articles."""
    inputs: dict[str, str] = {}
    for number in range(depth(state)):
        before = f"{number - 1}.out" if number else "embedded"
        inputs |= {f"{number}.qkv": before, f"{number}.ao": f"{number}.mixed"}
        inputs |= {f"{number}.fi": f"{number}.between", f"{number}.fo": f"{number}.gelu"}
    return moments(model(state, "float"), inputs, texts(carried, 200))


def model(state: State, kind: str, even: Factors | None = None, moments: Moments | None = None) -> onnx.ModelProto:
    """The ONNX model of one copy's parameters.

    ``kind`` is one of ``KINDS``. For ``dynamic``, ``even`` is what ``evened`` gives and ``moments`` what ``moments_of``
    gives.
    """
    if kind not in KINDS:
        raise ValueError(f"matrices are {', '.join(KINDS)}, not {kind}")
    graph = _Graph(state, kind, even or {}, moments or {})
    width = state["pos"].shape[1]
    graph.constant("zero", np.array([0], np.int64))
    graph.add("Shape", ["pieces"], "length", start=1, end=2)
    graph.add("Slice", [graph.parameter("pos"), "zero", "length", "zero"], "positions")
    graph.add("Add", ["pieces", "positions"], "placed")
    inputs = ["placed", graph.parameter("ln.w"), graph.parameter("ln.b")]
    x = graph.add("LayerNormalization", inputs, "embedded", epsilon=EPS, axis=-1)
    gated = int(state["gate.after"]) if "gate.w" in state else 0
    for number in range(depth(state)):
        if gated and number == gated:
            x = graph.gate(x)
        x = graph.layer(x, number, width)
    graph.add("MatMul", [x, graph.parameter("tags.w")], "tags_raw")
    graph.add("Add", ["tags_raw", graph.parameter("tags.b")], "tags_seen" if gated else "tags")
    graph.add("ReduceMean", [x], "mean", axes=[1], keepdims=0)
    told = graph.add("MatMul", ["mean", graph.parameter("topics.w")], "topics_raw")
    if gated:
        graph.everywhere("tags_seen", "tags")
        below = graph.add("MatMul", ["mean_below", graph.parameter("gate.topics.w")], "topics_below")
        told = graph.add("Add", [told, below], "topics_both")
    graph.add("Add", [told, graph.parameter("topics.b")], "topics")
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        graph.nodes,
        "newswire",
        [value("pieces", TensorProto.FLOAT, [1, "length", width])],
        [
            value("tags", TensorProto.FLOAT, [1, "length", len(TAGS)]),
            value("topics", TensorProto.FLOAT, [1, len(TOPICS)]),
        ],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=_IR, producer_name="newswire")


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("weights", type=Path, help="stem of the files that training wrote, such as out/layers-12")
    options.add_argument("out", type=Path)
    options.add_argument("--matrices", choices=KINDS, default="dynamic")
    options.add_argument("--vocabulary", type=Path, help="folder with tokenizer.json and embedding.npz, for `dynamic`")
    options.add_argument("--data", type=Path, help="what models.carry wrote, to round `dynamic` weights by")
    given = options.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    state = weights.load(given.weights)
    dynamic = given.matrices == "dynamic"
    even = evened(state, given.vocabulary) if given.vocabulary and dynamic else None
    known = moments_of(state, Carried.read(given.data)) if given.data and dynamic else None
    given.out.write_bytes(model(state, given.matrices, even, known).SerializeToString())
    print(f"{given.out}: {given.out.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
