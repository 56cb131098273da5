"""The network: the encoder's layers with a tag layer and a topic layer, several copies of it trained side by side.

Every parameter has a leading axis of copies, and every matrix product is one batched product over them: small models
leave a fast card idle, so seeds and variants are trained at once for little more than the price of one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from models.labels import TAGS, TOPICS
from models.read_encoder import Encoder

HEADS = 12
EPS = 1e-12
State = dict[str, Tensor]
"""One copy's parameters by name."""


def encoder_state(encoder: Encoder, layers: Sequence[int], seed: int) -> State:
    """Parameters of one copy that starts from ``layers`` of the untouched encoder and random tag and topic layers."""
    own = {name: torch.from_numpy(np.array(value)) for name, value in encoder.tensors.items()}
    noise = torch.Generator().manual_seed(seed)
    width = encoder.width
    state = {
        "pos": own["emb.pos"] + own["emb.type"][0],
        "ln.w": own["emb.ln.w"],
        "ln.b": own["emb.ln.b"],
        "tags.w": torch.randn(width, len(TAGS), generator=noise) * 0.02,
        "tags.b": torch.zeros(len(TAGS)),
        "topics.w": torch.randn(width, len(TOPICS), generator=noise) * 0.02,
        "topics.b": torch.full((len(TOPICS),), -2.0),
    }
    for new, old in enumerate(layers):
        at = f"l{old}."
        state[f"{new}.qkv.w"] = torch.cat([own[f"{at}{part}.w"].T for part in "qkv"], dim=1)
        state[f"{new}.qkv.b"] = torch.cat([own[f"{at}{part}.b"] for part in "qkv"])
        for part in ("ao", "fi", "fo"):
            state[f"{new}.{part}.w"] = own[f"{at}{part}.w"].T.contiguous()
            state[f"{new}.{part}.b"] = own[f"{at}{part}.b"]
        for part in ("aln", "oln"):
            state[f"{new}.{part}.w"] = own[f"{at}{part}.w"]
            state[f"{new}.{part}.b"] = own[f"{at}{part}.b"]
    return state


def some_layers(state: State, layers: Sequence[int]) -> State:
    """A copy that keeps only ``layers`` of a trained one, renumbered."""
    out = {name: value for name, value in state.items() if not name[0].isdigit()}
    for new, old in enumerate(layers):
        for name, value in state.items():
            number, _, rest = name.partition(".")
            if number == str(old):
                out[f"{new}.{rest}"] = value
    return out


def renumbered(state: State, first: int) -> State:
    """The layers alone, counted from ``first``."""
    own = ((name.partition("."), value) for name, value in state.items() if name[0].isdigit())
    return {f"{int(number) + first}.{rest}": value for (number, _, rest), value in own}


def padded(states: Sequence[State]) -> list[State]:
    """The copies with as many feed-forward neurons a layer as the widest of them: idle ones, which no training wakes.

    Such a neuron gives nothing and nothing is asked of it, so its gradient is zero on both sides.
    """
    out = [dict(state) for state in states]
    for name in (name for name in states[0] if name.partition(".")[2] in ("fi.w", "fi.b", "fo.w")):
        axis = -1 if ".fi." in name else 0
        widest = max(state[name].shape[axis] for state in states)
        for state in out:
            more = list(state[name].shape)
            more[axis] = widest - more[axis]
            state[name] = torch.cat([state[name], state[name].new_zeros(more)], axis)
    return out


def compact(state: State) -> State:
    """A copy without its idle feed-forward neurons, the reverse of ``padded``."""
    out = dict(state)
    for number in range(depth(state)):
        used = state[f"{number}.fo.w"].any(1)
        out[f"{number}.fi.w"] = state[f"{number}.fi.w"][:, used].contiguous()
        out[f"{number}.fi.b"] = state[f"{number}.fi.b"][used].contiguous()
        out[f"{number}.fo.w"] = state[f"{number}.fo.w"][used].contiguous()
    return out


def depth(state: State) -> int:
    """Layers of one copy."""
    return 1 + max(int(name.partition(".")[0]) for name in state if name[0].isdigit())


@dataclass(frozen=True)
class Output:
    """``tags`` (copies, batch, length, 9) and ``topics`` (copies, batch, 17), both as logits.

    ``states`` (copies, batch, length, width) are what the layers asked for gave.
    """

    tags: Tensor
    topics: Tensor
    states: tuple[Tensor, ...] = ()


class Copies(nn.Module):
    """Several copies of one shape. ``states`` must have equal depth; dropout is a probability."""

    def __init__(self, states: Sequence[State], dropout: float = 0.1) -> None:
        super().__init__()
        self.copies, self.layers, self.dropout = len(states), depth(states[0]), dropout
        self.parts = nn.ParameterDict(
            {
                name.replace(".", "_"): nn.Parameter(torch.stack([state[name].float() for state in states]))
                for name in states[0]
            }
        )

    def state(self, copy: int) -> State:
        """Parameters of one copy, detached, on the CPU."""
        return {name.replace("_", "."): value[copy].detach().float().cpu() for name, value in self.parts.items()}

    def _product(self, x: Tensor, part: str) -> Tensor:
        weight, bias = self.parts[f"{part}_w"], self.parts[f"{part}_b"]
        flat = x.reshape(self.copies, -1, x.shape[-1])
        return torch.baddbmm(bias[:, None], flat, weight).reshape(*x.shape[:-1], weight.shape[-1])

    def _norm(self, x: Tensor, part: str) -> Tensor:
        weight, bias = self.parts[f"{part}_w"], self.parts[f"{part}_b"]
        normal = fn.layer_norm(x.float(), x.shape[-1:], eps=EPS)
        return torch.addcmul(bias[:, None, None], normal, weight[:, None, None])

    def _drop(self, x: Tensor) -> Tensor:
        return fn.dropout(x, self.dropout, self.training)

    def _attended(self, x: Tensor, layer: int, real: Tensor) -> Tensor:
        copies, batch, length, width = x.shape
        qkv = self._product(x, f"{layer}_qkv").reshape(copies * batch, length, 3, HEADS, width // HEADS)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attend = real.reshape(copies * batch, 1, 1, length)
        drop = self.dropout if self.training else 0.0
        mixed = fn.scaled_dot_product_attention(q, k, v, attn_mask=attend, dropout_p=drop)
        mixed = mixed.transpose(1, 2).reshape(copies, batch, length, width)
        return self._norm(x + self._drop(self._product(mixed, f"{layer}_ao")), f"{layer}_aln")

    def forward(
        self, pieces: Tensor, mask: Tensor, keep: Sequence[int] = (), neurons: dict[int, Tensor] | None = None
    ) -> Output:
        """``pieces`` (copies or 1, batch, length, width): embedding rows; ``mask`` (without width): 1 or 0.

        ``keep`` numbers the layers whose states are given too, from 0. ``neurons`` is filled with what the feed-forward
        neurons of each layer give.
        """
        x = pieces + self.parts["pos"][:, None, : pieces.shape[-2]]
        return self.above(self._drop(self._norm(x, "ln")), mask, keep, neurons)

    def above(
        self, x: Tensor, mask: Tensor, keep: Sequence[int] = (), neurons: dict[int, Tensor] | None = None
    ) -> Output:
        """What the layers make of ``x``, states (copies, batch, length, width); the others are those of ``forward``."""
        real = mask.bool().expand(x.shape[:3])
        states = []
        for layer in range(self.layers):
            x = self._attended(x, layer, real)
            inner = fn.gelu(self._product(x, f"{layer}_fi"))
            if neurons is not None:
                neurons[layer] = inner
            x = self._norm(x + self._drop(self._product(inner, f"{layer}_fo")), f"{layer}_oln")
            if layer in keep:
                states.append(x)
        weight = real.float()
        mean = (x * weight[..., None]).sum(2) / weight.sum(2, keepdim=True)
        tags, topics = self._product(self._drop(x), "tags"), self._product(self._drop(mean), "topics")
        return Output(tags.float(), topics.float(), tuple(states))


def rates(model: Copies, rate: float, decay: float) -> list[dict[str, object]]:
    """AdamW groups: new layers at ``rate`` times two, each encoder layer at ``decay`` times the rate of the one above.

    Weight decay is 0.01 on matrices, none on biases and norms.
    """
    groups: list[dict[str, object]] = []
    for name, value in model.parts.items():
        first = name.partition("_")[0]
        if first in ("tags", "topics"):
            own = 2 * rate
        elif first.isdigit():
            own = rate * math.pow(decay, model.layers - 1 - int(first))
        else:
            own = rate * math.pow(decay, model.layers)
        matrix = name.endswith("_w") and value.dim() == 3
        groups.append({"params": [value], "lr": own, "weight_decay": 0.01 if matrix else 0.0})
    return groups
