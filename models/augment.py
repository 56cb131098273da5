"""Variety for the same annotated sentence: other names, other quotation marks, other token boundaries, other case."""

import random
from collections.abc import Callable

from models.data import Sentence
from models.labels import Span
from models.templates import Names

_QUOTES = (("„", "“"), ("»", "«"), ('"', '"'), ("“", "”"), ("«", "»"), ("''", "''"))
_OPEN, _CLOSE = set('„»“«"'), set('“«”»"')
_CONTRACTIONS = {
    "im": "in dem", "zum": "zu dem", "zur": "zu der", "vom": "von dem", "beim": "bei dem", "am": "an dem",
    "ans": "an das", "ins": "in das", "Im": "In dem", "Zum": "Zu dem", "Zur": "Zu der", "Vom": "Von dem",
    "Beim": "Bei dem", "Am": "An dem", "Ins": "In das",
}  # fmt: skip


def rewritten(sentence: Sentence, split: Callable[[str, bool], list[str]]) -> Sentence:
    """The sentence with each token replaced by ``split(token, is_named)``, spans moved along."""
    named = {place for start, end, _ in sentence.spans for place in range(start, end)}
    starts: list[int] = []
    tokens: list[str] = []
    for place, token in enumerate(sentence.tokens):
        starts.append(len(tokens))
        tokens += split(token, place in named)
    starts.append(len(tokens))
    spans = tuple((starts[start], starts[end], label) for start, end, label in sentence.spans)
    return Sentence(tuple(tokens), spans)


def swapped(sentence: Sentence, names: Names, language: str, rng: random.Random, share: float) -> Sentence:
    """The sentence with ``share`` of its mentions replaced by other names of their type.

    A mention in the genitive (it ends in s) gets one that ends in s too where three draws find one.
    """
    tokens: list[str] = []
    spans: list[Span] = []
    at = 0
    for start, end, label in sentence.spans:
        tokens += sentence.tokens[at:start]
        old = sentence.tokens[start:end]
        new = old
        if rng.random() < share and (language, label) in names.mentions:
            for _ in range(3):
                new = names.draw(rng, language, label)
                if new[-1].endswith("s") == old[-1].endswith("s"):
                    break
        spans.append((len(tokens), len(tokens) + len(new), label))
        tokens += new
        at = end
    return Sentence((*tokens, *sentence.tokens[at:]), tuple(spans))


def _quoted(sentence: Sentence, rng: random.Random) -> Sentence:
    left, right = rng.choice(_QUOTES)
    inside = False

    def split(token: str, named: bool) -> list[str]:
        nonlocal inside
        if token in _OPEN or token in _CLOSE or token == "''":
            inside = not inside
            return [left if inside else right]
        return [token]

    return rewritten(sentence, split)


def _split(token: str, named: bool, language: str, rng: random.Random, parts: str) -> list[str]:
    if language == "de" and parts == "contractions" and not named and token in _CONTRACTIONS:
        return _CONTRACTIONS[token].split()
    if parts == "dots" and len(token) > 1 and token.endswith(".") and token.count(".") == 1:
        return [token[:-1], "."]
    if parts == "hyphens" and "-" in token.strip("-") and language == "en":
        out: list[str] = []
        for place, part in enumerate(token.split("-")):
            out += (["-"] if place else []) + ([part] if part else [])
        return out
    return [token]


def augmented(sentence: Sentence, names: Names, language: str, rng: random.Random) -> Sentence:
    """A variant of the sentence; about a third come back with nothing changed."""
    if sentence.spans and rng.random() < 0.4:
        sentence = swapped(sentence, names, language, rng, rng.choice((0.4, 1.0)))
    if rng.random() < 0.4:
        sentence = _quoted(sentence, rng)
    if rng.random() < 0.3:
        parts = rng.choice(("contractions", "dots", "hyphens"))
        sentence = rewritten(sentence, lambda token, named: _split(token, named, language, rng, parts))
    draw = rng.random()
    if draw < 0.015:
        sentence = rewritten(sentence, lambda token, named: [token.upper()])
    elif draw < 0.02:
        sentence = rewritten(sentence, lambda token, named: [token.lower()])
    elif draw < 0.06 and sentence.tokens[-1] == "." and len(sentence.tokens) > 1:
        sentence = Sentence(sentence.tokens[:-1], tuple(s for s in sentence.spans if s[1] < len(sentence.tokens)))
    return sentence
