"""Cleaning, sentences, windows and tags: the pure parts around the model."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import Block, BlockSpan
from processors import bio, clean, windows
from processors.headline import MAX_CHARS, derive
from processors.tokens import group, sentence_spans, token_spans

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from(" \n.„“'-Aaß1"), max_size=300)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def test_a_token_is_a_run_of_word_characters_with_inner_marks() -> None:
    text = "Graf-Rudolfs „Weißes Haus“ (U.S.) kostete 2.144 Euro, sagt’s dpa."
    assert [text[start:end] for start, end in token_spans(text)] == [
        *("Graf-Rudolfs", "„", "Weißes", "Haus", "“", "(", "U.S", ".", ")", "kostete", "2.144", "Euro", ",", "sagt’s"),
        *("dpa", "."),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'Union et L’Élysée", "l' Union et L’ Élysée"),
        ("jusqu'en mai, qu’Emmanuel", "jusqu' en mai , qu’ Emmanuel"),
        ("dell'Italia, all'ONU, un'altra", "dell' Italia , all' ONU , un' altra"),
        ("Valéry Giscard d'Estaing", "Valéry Giscard d' Estaing"),
        ("D'Angelo, N'Djamena, Dell'Utri, O'Brien, Macy's", "D'Angelo , N'Djamena , Dell'Utri , O'Brien , Macy's"),
        ("rock'n'roll, o'clock, sagt's, aujourd'hui", "rock'n'roll , o'clock , sagt's , aujourd'hui"),
        ("l' und l'1", "l ' und l'1"),
    ],
)
def test_a_word_that_lost_its_vowel_is_a_token_and_a_name_with_an_apostrophe_too(text: str, expected: str) -> None:
    assert " ".join(text[start:end] for start, end in token_spans(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Am 10. Januar reist er nach Genf.",
        "Dr. Angela Müller und Prof. Peter Schulz kamen ins St. Josef-Hospital.",
        "J. R. R. Tolkien schrieb es.",
        "The U.S. Senate met Sen. Bernie Sanders on Nov. 5 at noon.",
        "Das kostet ca. 5 Mio. Euro, d.h. viel.",
    ],
)
def test_abbreviations_ordinals_and_initials_end_no_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_sentences_end_at_marks_with_their_quotation_marks_and_at_line_breaks() -> None:
    text = (
        "Moskau hat 2014 die Krim annektiert. „Nein!“ Er ging.\n\nDeeskalation statt Eskalation\n\nIm Vorfeld kam er."
    )
    assert sentences(text) == [
        "Moskau hat 2014 die Krim annektiert.",
        "„Nein!“",
        "Er ging.",
        "Deeskalation statt Eskalation",
        "Im Vorfeld kam er.",
    ]


@given(ANY_TEXT)
def test_sentences_lie_in_order_and_hold_all_that_is_not_space(text: str) -> None:
    spans = sentence_spans(text)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    outside = "".join(text[end:start] for (_, end), (start, _) in pairwise([(0, 0), *spans, (len(text), 0)]))
    assert not outside.strip()
    tokens = token_spans(text)
    ranges = group(tokens, spans)
    assert [token for first, last in ranges for token in range(first, last)] == list(range(len(tokens)))


@given(
    st.lists(st.lists(st.integers(1, 48), min_size=1, max_size=40), min_size=1, max_size=12),
    st.integers(16, 400),
)
def test_every_token_is_in_one_window_and_no_window_is_too_long(sizes: list[list[int]], target: int) -> None:
    flat = [size for sentence in sizes for size in sentence]
    ranges, start = [], 0
    for sentence in sizes:
        ranges.append((start, start + len(sentence)))
        start += len(sentence)
    cut = windows.cut(flat, ranges, target=target)
    assert [token for first, last in cut for token in range(first, last)] == list(range(len(flat)))
    assert all(sum(flat[first:last]) <= max(target, max(flat)) for first, last in cut)


def test_windows_are_of_about_one_size() -> None:
    sentences = [(start, start + 30) for start in range(0, 300, 30)]
    assert windows.cut([1] * 300, sentences, target=200) == [(0, 150), (150, 300)]


def may_follow(before: str, tag: str) -> bool:
    return not tag.startswith("I-") or before in (f"B-{tag[2:]}", tag)


def brute_force(scores: np.ndarray) -> float:
    allowed = [[may_follow(a, b) for b in bio.TAGS] for a in bio.TAGS]
    best = {tag: score for tag, score in enumerate(scores[0]) if not bio.TAGS[tag].startswith("I-")}
    for row in scores[1:]:
        best = {
            tag: max(score for before, score in best.items() if allowed[before][tag]) + row[tag]
            for tag in range(len(bio.TAGS))
            if any(allowed[before][tag] for before in best)
        }
    return max(best.values())


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_the_best_tags_are_valid_and_score_the_most(seed: int, length: int) -> None:
    scores = np.random.default_rng(seed).normal(0, 2, (length, len(bio.TAGS)))
    tags = bio.best_tags(scores)
    names = ["O", *(bio.TAGS[tag] for tag in tags)]
    assert all(may_follow(before, tag) for before, tag in pairwise(names))
    assert scores[np.arange(length), tags].sum() == pytest.approx(brute_force(scores))


def test_tags_become_names_and_a_change_of_type_closes_one() -> None:
    tags = [bio.TAGS.index(tag) for tag in ("I-PER", "I-PER", "B-PER", "I-LOC", "O", "B-ORG")]
    assert bio.spans(np.array(tags)) == [(0, 2, "PER"), (2, 3, "PER"), (3, 4, "LOC"), (5, 6, "ORG")]


@given(st.lists(ANY_TEXT, max_size=8))
def test_blocks_stand_where_the_body_says(texts: list[str]) -> None:
    cleaned = clean.body([Block(text=text) for text in texts], max_chars=1000)
    kept = [line for line in map(clean.line, texts) if line]
    assert [cleaned.body_text[span.start : span.end] for span in cleaned.blocks] == kept
    assert cleaned.body_text == clean.BLOCK_BREAK.join(kept)
    assert cleaned.analysed <= len(cleaned.body_text)


def test_invisible_characters_go_and_letters_are_composed() -> None:
    assert clean.line("Mu\u0308ll\u00ader\u200b\x00 \u00a0 fa\ufeffhrt\n heim\ud800") == "Müller fahrt heim"


def test_analysis_of_a_long_body_ends_at_a_sentence_and_the_cut_has_a_name() -> None:
    cleaned = clean.body([Block(text="Ein Satz. " * 500)], max_chars=1004)
    assert cleaned.truncated == ("body:1004",)
    assert cleaned.body_text[: cleaned.analysed].endswith("Satz.")
    assert len(cleaned.body_text) == 4999


def test_a_derived_headline_is_the_first_real_sentence_of_a_paragraph() -> None:
    body = "Zwischentitel\n\nWilmington. Biden hat mit Putin telefoniert. Mehr nicht."
    blocks = (BlockSpan(kind="subheading", start=0, end=13), BlockSpan(kind="paragraph", start=15, end=len(body)))
    assert derive(body, blocks) == "Biden hat mit Putin telefoniert"


def test_a_long_sentence_is_shortened_where_a_clause_ends() -> None:
    text = (
        "Der Bundestag hat am Freitag den Haushalt beschlossen, nachdem die Koalition wochenlang über " + "x" * 99 + "."
    )
    assert derive(text) == "Der Bundestag hat am Freitag den Haushalt beschlossen"


@given(ANY_TEXT.filter(lambda text: bool(clean.line(text))))
def test_a_derived_headline_is_short_and_never_empty(text: str) -> None:
    headline = derive(clean.line(text))
    assert headline.strip()
    assert len(headline) <= MAX_CHARS + 2
