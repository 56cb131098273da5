"""Words that come twice in a text agree on the type of their name, and on nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors import agreement, bio

WORDS = st.lists(
    st.sampled_from(("Halle", "Paris", "NATO", "und", "I", "-", "2024", "iPhone")), min_size=1, max_size=25
)


def scores(words: list[str], seed: int) -> bio.Scores:
    return np.random.default_rng(seed).normal(0, 3, (len(words), len(bio.TAGS))).astype(np.float32)


def chances(scores: bio.Scores) -> bio.Scores:
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def row(**odds: float) -> list[float]:
    return [odds.get(tag.replace("-", "_"), 0.001) for tag in bio.TAGS]


@given(WORDS, st.integers(0, 1000))
def test_how_likely_a_name_is_stays_as_it_was(words: list[str], seed: int) -> None:
    before, after = chances(scores(words, seed)), np.exp(agreement.agreed(scores(words, seed), words))
    assert np.allclose(after.sum(axis=1), 1, atol=1e-4)
    assert np.allclose(after[:, 0], before[:, 0], atol=1e-4)


@given(WORDS, st.integers(0, 1000))
def test_a_word_that_comes_once_or_has_no_capital_is_left_alone(words: list[str], seed: int) -> None:
    before, after = chances(scores(words, seed)), np.exp(agreement.agreed(scores(words, seed), words))
    for place, word in enumerate(words):
        if words.count(word) == 1 or word in ("und", "I", "-", "2024"):
            assert np.allclose(after[place], before[place], atol=1e-4)


@given(WORDS, st.integers(0, 1000))
def test_a_place_that_is_no_name_does_not_change(words: list[str], seed: int) -> None:
    own = scores(words, seed)
    own[:, 0] += 20
    assert np.allclose(np.exp(agreement.agreed(own, words)), chances(own), atol=1e-4)


def test_the_sure_places_of_a_word_tell_the_unsure_one() -> None:
    words = ["Halle", "gewann", "Halle", "und", "Halle"]
    sure, unsure, nothing = row(B_ORG=90), row(B_ORG=40, B_LOC=60), row(O=99)
    own = np.log(np.array([sure, nothing, unsure, nothing, sure]))
    assert bio.spans(bio.best_tags(own))[1] == (2, 3, "LOC")
    assert agreement.names(own, words, [(0, 5)]) == [(0, 1, "ORG"), (2, 3, "ORG"), (4, 5, "ORG")]


def test_a_place_that_is_sure_keeps_its_own_type() -> None:
    words = ["Washington", "und", "Washington"]
    own = np.log(np.array([row(B_PER=99.9), row(O=99), row(B_LOC=99.9)]))
    assert agreement.names(own, words, [(0, 3)]) == [(0, 1, "PER"), (2, 3, "LOC")]


def test_names_are_counted_from_the_start_of_the_text_and_end_with_their_window() -> None:
    own = np.log(np.array([row(O=99), row(B_PER=99), row(I_PER=99), row(I_PER=99)]))
    words = ["Herr", "Joe", "Biden", "Jr"]
    assert agreement.names(own, words, [(0, 4)]) == [(1, 4, "PER")]
    assert agreement.names(own, words, [(0, 3), (3, 4)])[0] == (1, 3, "PER")


def test_of_a_text_that_was_read_in_part_the_rest_says_nothing() -> None:
    own = np.log(np.array([row(B_LOC=99), row(O=99)]))
    assert agreement.names(own, ["Halle", "ist", "Halle"], [(0, 2)]) == [(0, 1, "LOC")]
