"""Hostile texts are tokenized in linear time, and no character moves."""

from __future__ import annotations

import time

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from contracts.settings import ProcessorSettings
from processors.reader import Readers, SpacyReader
from processors.tokenizing import LONGEST_RUN, LinearTokenizer, eased

TOKENIZER = LinearTokenizer(spacy.blank("xx").vocab)
STACKED = {
    "brackets": "(" * 20_000,
    "closing brackets": "a" + ")" * 20_000,
    "quotation marks": "„" * 10_000 + "“" * 10_000,
    "genitives": "'s" * 10_000,
    "underscores": "_" * 20_000,
    "emoji": "😀" * 20_000,
}


@given(st.text(alphabet=st.sampled_from("aÄ1 \n\t\u00a0\u2028.,('’-„“_😀\u0301")) | st.text())
def test_the_linear_tokenizer_keeps_every_character_in_its_place(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert TOKENIZER(text).text == text


@given(st.text(alphabet=st.sampled_from("aÄ1 \n(’_"), max_size=3 * LONGEST_RUN) | st.text())
def test_easing_changes_neither_length_nor_words(text: str) -> None:
    changed = eased(text)
    assert len(changed) == len(text)
    assert all(new == old or (new == " " and not old.isalnum()) for new, old in zip(changed, text, strict=True))


def test_a_text_of_ordinary_words_is_not_changed() -> None:
    text = "Der Präsident („Putin“) sprach am 1.1.2026 in St. Petersburg. " * 50 + "a" * 1_000
    assert eased(text) == text


@pytest.mark.parametrize("text", STACKED.values(), ids=STACKED)
def test_stacked_punctuation_costs_any_spacy_package_seconds_and_not_hours(text: str) -> None:
    reader = SpacyReader(spacy.blank("de"), "blank", "0")
    started = time.process_time()
    assert len(reader.read([text])) == 1
    assert time.process_time() - started < 10


@pytest.mark.parametrize("text", STACKED.values(), ids=STACKED)
def test_stacked_punctuation_stays_within_the_time_budget_of_the_shipped_model(text: str) -> None:
    reader = Readers(ProcessorSettings(variant="fast", time_budget_s=2)).default()
    started = time.process_time()
    assert len(reader.read([f"Putin sprach in Berlin. {text}"])) == 1
    assert time.process_time() - started < 15


def test_a_worker_does_not_grow_by_the_words_it_read() -> None:
    nlp = spacy.blank("de")
    reader = SpacyReader(nlp, "blank", "0")
    reader.read(["Ein Anfang."])
    known = len(nlp.vocab.strings)
    reader.read([" ".join(f"wort{number}" for number in range(1_000))])
    assert len(nlp.vocab.strings) == known
