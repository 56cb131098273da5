"""Tags, spans, decoding and scores of the recipe: pure parts that need neither torch nor data."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.quality import broken
from models.labels import TAGS, TYPES, Span, spans_of, tags_of
from models.read_encoder import unpack
from models.score import argmax, f1, topic_scores, viterbi
from processors import bio
from processors.tagger import Embedding


@st.composite
def annotated(draw: st.DrawFn) -> tuple[int, list[Span]]:
    """A length and spans in order that do not overlap."""
    spans: list[Span] = []
    at = 0
    for _ in range(draw(st.integers(0, 5))):
        start = at + draw(st.integers(0, 3))
        at = start + draw(st.integers(1, 4))
        spans.append((start, at, draw(st.sampled_from(TYPES))))
    return at + draw(st.integers(0, 3)), spans


def logits(tokens: int) -> st.SearchStrategy[NDArray[np.float32]]:
    row = st.lists(st.floats(-8, 8, width=32), min_size=len(TAGS), max_size=len(TAGS))
    return st.lists(row, min_size=tokens, max_size=tokens).map(lambda rows: np.array(rows, np.float32))


def test_training_and_run_time_mean_the_same_tags() -> None:
    assert TAGS == bio.TAGS == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-MISC", "I-MISC")


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_training_and_run_time_decode_alike(seed: int, length: int) -> None:
    scores = np.random.default_rng(seed).normal(0, 2, (length, len(TAGS))).astype(np.float32)
    assert bio.spans(np.array(bio.best_tags(scores))) == viterbi(scores)


def test_training_and_run_time_unpack_alike() -> None:
    noise = np.random.default_rng(1)
    nibbles = noise.integers(0, 256, (20, 12, 16), dtype=np.uint8)
    scale = noise.normal(0, 1, (20, 12)).astype(np.float16)
    ids = [3, 0, 19, 3]
    assert np.array_equal(Embedding(nibbles, scale).rows(ids), unpack(nibbles[ids], scale[ids]))


@given(annotated())
def test_spans_survive_their_tags(case: tuple[int, list[Span]]) -> None:
    length, spans = case
    assert spans_of(tags_of(length, spans)) == spans


def test_an_i_without_its_b_opens_a_span_and_another_type_closes_one() -> None:
    assert spans_of([2, 2, 4, 0, 6]) == [(0, 2, "PER"), (2, 3, "LOC"), (4, 5, "ORG")]


def allowed(tags: tuple[int, ...]) -> bool:
    pairs = zip((0, *tags), tags, strict=False)
    return all(TAGS[tag][0] != "I" or (before != 0 and TAGS[before][2:] == TAGS[tag][2:]) for before, tag in pairs)


@settings(max_examples=25)
@given(logits(3))
def test_the_decoded_sequence_is_the_likeliest_of_all_allowed_ones(scores: NDArray[np.float32]) -> None:
    shifted = scores - np.log(np.exp(scores.astype(np.float64)).sum(1, keepdims=True))
    sums = {
        tags: sum(shifted[place, tag] for place, tag in enumerate(tags))
        for tags in product(range(len(TAGS)), repeat=3)
        if allowed(tags)
    }
    found = viterbi(scores)
    of_found = max(total for tags, total in sums.items() if spans_of(tags) == found)
    assert of_found == pytest.approx(max(sums.values()), abs=1e-4)


def test_decoding_mends_a_name_that_begins_inside() -> None:
    scores = np.full((2, len(TAGS)), -5, np.float32)
    scores[0, TAGS.index("I-PER")], scores[0, TAGS.index("B-PER")] = 2, 1
    scores[1, TAGS.index("I-LOC")], scores[1, TAGS.index("I-PER")] = 2, 1.5
    assert argmax(scores) == [(0, 1, "PER"), (1, 2, "LOC")]
    assert viterbi(scores) == [(0, 2, "PER")]


def test_no_tokens_have_no_names() -> None:
    assert viterbi(np.zeros((0, len(TAGS)), np.float32)) == []


def test_a_span_counts_only_whole_and_with_its_label() -> None:
    gold = [[(0, 2, "PER"), (3, 4, "LOC")], [(0, 1, "MISC")]]
    found = [[(0, 1, "PER"), (3, 4, "LOC")], [(0, 1, "ORG")]]
    scores = f1(gold, found)
    # Two gold names (MISC counts apart), three found, one right.
    assert scores["all"] == pytest.approx(40.0)
    assert (scores["LOC"], scores["PER"], scores["MISC"]) == (100.0, 0.0, 0.0)


def test_sentences_of_different_number_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="zip"):
        f1([[], []], [[]])


def test_topics_are_scored_by_the_best_and_by_all_above_one_half() -> None:
    gold = [np.array([1, 1, 0], np.int8), np.array([0, 0, 1], np.int8)]
    given_logits = [np.array([2.0, -1.0, -1.0], np.float32), np.array([1.0, -1.0, 0.5], np.float32)]
    scores = topic_scores(gold, given_logits)
    assert scores["top"] == 50.0
    assert scores["macro"] == pytest.approx((2 / 3 + 0 + 1) / 3, abs=1e-4)


def test_the_gate_names_a_changed_set_and_a_lower_score() -> None:
    floors = {"news": {"digest": "a", "all": 90.0}, "web": {"digest": "b", "all": 70.0}}
    scores = {"news": {"all": 89.9}, "web": {"all": 99.0}}
    assert broken(scores, {"news": "a", "web": "b"}, floors) == ["news: 89.9 is below the floor of 90.0"]
    assert broken(scores, {"news": "c", "web": "b"}, floors) == [
        "news: the set is not the one the floor was measured on"
    ]
