"""The packed encoder: words in, scores of tags out, by onnxruntime on one thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from processors import agreement, bio, windows
from processors.topics import of_windows

Floats = NDArray[np.float32]

MAX_PIECES = 512
"""Positions that the encoder knows, its two end marks among them."""

MAX_PIECES_A_TOKEN = 48
"""A longer token is no word (base64, a URL): its head says enough."""

_CACHE_WORDS = 100_000
"""Words whose pieces are remembered, some 20 MB; beyond it the memory starts afresh."""

_BOS, _EOS, _UNKNOWN = 0, 2, 3


@dataclass
class Pieces:
    """Words to the ids of their pieces, each word by itself as in training."""

    data: bytes
    _tokenizer: Any = field(init=False, repr=False)
    _known: dict[str, tuple[int, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer  # after the variable is set: the library reads it once

        self._tokenizer = Tokenizer.from_buffer(self.data)

    def __call__(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Ids of each word's pieces, at least one a word."""
        known = self._known
        new = list(dict.fromkeys(word for word in words if word not in known))
        if new:
            if len(known) + len(new) > _CACHE_WORDS:
                known = self._known = {}
                new = list(dict.fromkeys(words))
            for word, encoding in zip(
                new, self._tokenizer.encode_batch_fast(new, add_special_tokens=False), strict=True
            ):
                known[word] = tuple(encoding.ids[:MAX_PIECES_A_TOKEN]) or (_UNKNOWN,)
        return [known[word] for word in words]


@dataclass(frozen=True)
class Embedding:
    """The frozen word embeddings in 4 bits: of block b, byte j holds weights 32b + j (low) and 32b + 16 + j (high)."""

    nibbles: NDArray[np.uint8]
    scale: NDArray[np.float16]

    @classmethod
    def load(cls, path: Path) -> Embedding:
        """Read ``embedding.npz``."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["nibbles"], arrays["scale"])

    def rows(self, ids: list[int]) -> Floats:
        """The vectors of ``ids``."""
        packed = self.nibbles[ids]
        values = np.concatenate((packed & 15, packed >> 4), axis=2).astype(np.float32)
        values -= 8
        values *= self.scale[ids][:, :, None].astype(np.float32)
        return values.reshape(len(ids), -1)


@dataclass(frozen=True)
class Reading:
    """What a text says.

    ``names`` are first token, token after the last, and label; ``topics`` the logits of the topics, if the graph has
    such an output and anything was read; ``unread`` the first token that was not, if any.
    """

    names: list[bio.TagSpan]
    topics: Floats | None
    unread: int | None = None


@dataclass
class Tagger:
    """One variant of the packed encoder.

    A window is run alone and unpadded. The 8-bit arithmetic scales its activations over everything in a run, so this
    alone makes a text's result independent of its neighbours; measured, it is no slower than runs of several windows.
    """

    pieces: Pieces
    embedding: Embedding
    graph: bytes
    _session: Any = field(init=False, repr=False)
    _outputs: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(self.graph, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, pieces: list[tuple[int, ...]]) -> tuple[Floats, Floats | None]:
        """Scores of one window.

        Args:
            pieces: ids of every token's pieces; together at most ``MAX_PIECES`` less the two end marks.

        Returns:
            The tags' scores, tokens by ``bio.TAGS``, and the topics' if the graph has such an output.
        """
        ids, firsts = [_BOS], []
        for token in pieces:
            firsts.append(len(ids))
            ids.extend(token)
        ids.append(_EOS)
        feeds = {"pieces": self.embedding.rows(ids)[None]}
        outputs = dict(zip(self._outputs, self._session.run(None, feeds), strict=True))
        topics = outputs["topics"][0] if "topics" in outputs else None
        return outputs["tags"][0][firsts], topics

    def read(
        self,
        words: Sequence[str],
        sentences: Sequence[windows.Range],
        *,
        target: int,
        stop: Callable[[], bool] = lambda: False,
    ) -> Reading:
        """Read a text window by window.

        Args:
            words: its tokens, at least one.
            sentences: ranges of tokens, in order, that together hold all of them.
            target: pieces of a window, see ``windows.cut``.
            stop: asked before each window whether to leave the rest unread.
        """
        pieces = self.pieces(words)
        sizes = [len(word) for word in pieces]
        ranges: list[windows.Range] = []
        scores: list[Floats] = []
        votes: list[Floats] = []
        unread = None
        for begin, after in windows.cut(sizes, sentences, target=target):
            if stop():
                unread = begin
                break
            tags, topics = self.run(pieces[begin:after])
            ranges.append((begin, after))
            scores.append(tags)
            if topics is not None:
                votes.append(topics)
        if not ranges:
            return Reading([], None, unread)
        names = agreement.names(np.concatenate(scores), words, ranges)
        weights = [sum(sizes[begin:after]) for begin, after in ranges]
        return Reading(names, of_windows(votes, weights) if votes else None, unread)
