"""Reading, mending and varying annotated text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.augment import augmented, rewritten, swapped
from models.data import Article, Sentence, digest, marked, read_news
from models.harmonise import harmonised
from models.templates import Names, Patterns

NAMES = Names.of(
    [
        Article("news_de", "a", "de", (Sentence(("Joe", "Biden", "traf", "Olaf"), ((0, 2, "PER"), (3, 4, "PER"))),)),
        Article("news_de", "b", "de", (Sentence(("Genf", "und", "Halle"), ((0, 1, "LOC"), (2, 3, "LOC"))),)),
        Article("news_de", "c", "de", (Sentence(("Siemens", "und", "Nato"), ((0, 1, "ORG"), (2, 3, "ORG"))),)),
        Article("news_en", "d", "en", (Sentence(("Joe", "Biden", "met", "Modi"), ((0, 2, "PER"), (3, 4, "PER"))),)),
        Article("news_en", "e", "en", (Sentence(("Paris", "and", "Nato"), ((0, 1, "LOC"), (2, 3, "ORG"))),)),
    ]
)  # fmt: skip
SENTENCE = Sentence(
    ("„", "Im", "Rat", "der", "EU", "“", "traf", "Angela", "Merkel", "am", "3.", "Mai", "Joe-Biden", "."),
    ((2, 5, "ORG"), (7, 9, "PER"), (12, 13, "PER")),
)


def surfaces(sentence: Sentence) -> list[tuple[str, str]]:
    return [(" ".join(sentence.tokens[start:end]), label) for start, end, label in sentence.spans]


def test_marks_become_spans_and_dates_lose_theirs() -> None:
    (sentence,) = marked("[PER Joe Biden] sprach [DATE 2021-12-30 am Donnerstag] in [LOC Genf].")
    assert sentence.tokens == ("Joe", "Biden", "sprach", "am", "Donnerstag", "in", "Genf", ".")
    assert sentence.spans == ((0, 2, "PER"), (6, 7, "LOC"))


def test_a_news_file_gives_headline_text_and_topics() -> None:
    text = "## id: x1\nlang: de\ntopics: 11000000, 99000000\nheadline: [LOC Genf] wartet\ntext:\nEs regnet.\n\nSehr.\n"
    (article,) = read_news(text, "news_de")
    assert (article.name, article.language, article.topics) == ("x1", "de", ("11000000",))
    assert [" ".join(sentence.tokens) for sentence in article.sentences] == ["Genf wartet", "Es regnet .", "Sehr ."]


@given(st.integers(0, 10_000))
def test_a_variant_keeps_every_name_and_its_label(seed: int) -> None:
    found = augmented(SENTENCE, NAMES, "de", random.Random(seed))
    assert [label for *_, label in found.spans] == ["ORG", "PER", "PER"]
    ends = [0]
    for start, end, _ in found.spans:
        assert ends[-1] <= start < end <= len(found.tokens)
        ends.append(end)
    assert all(found.tokens)


@given(st.integers(0, 10_000))
def test_swapping_changes_names_and_nothing_else(seed: int) -> None:
    found = swapped(SENTENCE, NAMES, "de", random.Random(seed), 1.0)
    named = {place for start, end, _ in found.spans for place in range(start, end)}
    own = {place for start, end, _ in SENTENCE.spans for place in range(start, end)}
    assert [token for place, token in enumerate(found.tokens) if place not in named] == [
        token for place, token in enumerate(SENTENCE.tokens) if place not in own
    ]


def test_splitting_a_token_moves_the_spans() -> None:
    found = rewritten(SENTENCE, lambda token, named: token.split("-") if "-" in token else [token])
    assert surfaces(found) == [("Rat der EU", "ORG"), ("Angela Merkel", "PER"), ("Joe Biden", "PER")]


@pytest.mark.parametrize("language", ["de", "en"])
def test_patterns_bring_names_side_by_side(language: str) -> None:
    rng = random.Random(1)
    patterns = Patterns(NAMES)
    drawn = [patterns.sentences(rng) for _ in range(300)]
    own = [sentence for found, sentences in drawn if found == language for sentence in sentences]
    touching = [
        sentence
        for sentence in own
        for (_, end, one), (start, _, other) in zip(sentence.spans, sentence.spans[1:], strict=False)
        if end == start and one == other == "PER"
    ]
    assert touching


def test_the_white_house_is_a_place_and_the_government_no_name() -> None:
    sentence = Sentence(
        ("Das", "Weiße", "Haus", "und", "die", "Bundesregierung", "in", "Euro"), ((5, 6, "ORG"), (7, 8, "MISC"))
    )
    (mended,) = harmonised(Article("news_de", "a", "de", (sentence,))).sentences
    assert surfaces(mended) == [("Weiße Haus", "LOC")]


def test_what_is_held_out_hangs_on_source_and_name_alone() -> None:
    numbers = [Article("news_de", str(number), "de", ()) for number in range(2_000)]
    assert 0.08 < sum(article.held_out for article in numbers) / len(numbers) < 0.12
    assert [article.held_out for article in numbers[:12]] == [
        Article("news_de", str(number), "en", (SENTENCE,), ("01000000",)).held_out for number in range(12)
    ]
    assert Article("germeval14_dev_first700", "1", "de", ()).held_out


def test_a_digest_tells_another_span_from_the_same_text() -> None:
    article = Article("news_de", "a", "de", (SENTENCE,))
    other = Article("news_de", "a", "de", (Sentence(SENTENCE.tokens, SENTENCE.spans[1:]),))
    assert digest([article]) == digest([article])
    assert digest([article]) != digest([other])
