"""The gate in the shipped graphs: what leaves the run half-way is no name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.quality import opened
from models import pack as packing
from processors import bio
from processors.encoder import VARIANT_LAYERS
from processors.tagger import Tagger

FILES = Path(packing.__file__).parent / "newswire_xx" / "newswire_encoder"

NAMED = (
    "Angela Merkel sagte am Donnerstag in Berlin , dass sie den Vorschlag von Emmanuel Macron prüfen werde , bevor sie "
    "in der kommenden Woche wieder nach Brüssel zu den Beratungen über den Haushalt fährt ."
).split()
NAMELESS = "wir haben heute nicht so viel zu tun wie gestern und gehen deshalb schon bald wieder nach hause .".split()


@pytest.fixture(scope="module", params=VARIANT_LAYERS)
def tagger(request: pytest.FixtureRequest) -> Tagger:
    return opened(FILES / f"layers-{VARIANT_LAYERS[request.param]}.onnx", FILES)


def left_out(tagger: Tagger, words: list[str]) -> np.ndarray:
    tags, _ = tagger.run(tagger.pieces(words))
    outside = np.zeros(len(bio.TAGS), np.float32)
    outside[0] = 10
    return (tags == outside).all(1)


def test_a_part_of_a_text_leaves_and_no_name_is_in_it(tagger: Tagger) -> None:
    out = left_out(tagger, NAMED)
    assert 0.15 < out.mean() < 0.8
    names = {"Angela", "Merkel", "Berlin", "Emmanuel", "Macron", "Brüssel"}
    assert not names & {word for word, gone in zip(NAMED, out, strict=True) if gone}


def test_much_of_a_text_without_names_leaves(tagger: Tagger) -> None:
    assert left_out(tagger, NAMELESS).mean() > 0.4


@pytest.mark.parametrize("words", [["Ja"], ["und", "so"], ["\u200b"], ["."] * 198])
def test_texts_of_any_length_have_scores_for_every_word(tagger: Tagger, words: list[str]) -> None:
    tags, topics = tagger.run(tagger.pieces(words))
    assert tags.shape == (len(words), len(bio.TAGS))
    assert np.isfinite(tags).all()
    assert topics is not None
    assert np.isfinite(topics).all()
