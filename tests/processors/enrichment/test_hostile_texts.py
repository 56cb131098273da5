"""Whatever the text: no error, every mention where it says, and time that grows with length only."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.messages import DateClaim, Entity, Mention
from processors.enrichment.namerepair import repair_mentions
from processors.enrichment.names import fold_entities
from processors.enrichment.places import countries, link_places
from processors.enrichment.quotes import find_quotes
from processors.enrichment.summary import keyphrases, summarise, word_count
from processors.enrichment.textdates import find_dates

REFERENCE = DateClaim(value="2024-03-14", precision="day", provenance="feed")
LONG = 20_000
SECONDS = 1.0
"""For so many characters of any kind through any of the modules, on a busy machine; measured below a tenth of it."""

SCRAPS = st.sampled_from(
    [
        *'am Montag|10. Januar|vor zwei|Wochen|2014|„|“|»|«|"|sagte|, dass|Joe Biden|Bidens|Weißen Haus|Halle'.split(
            "|"
        ),
        *"Paris, Texas|die|seien|habe|, |. |\n\n|in der Nacht zum|Sonntag|bis|und|(|)|EU|U.S.|said|that|“We|,”".split(
            "|"
        ),
        *"May|the 14th|a|day|ago|’s|'|\u00a0|ß|İ|𝔘|\u0301".split("|"),
    ]
)
RUNS = st.lists(SCRAPS, max_size=60)
TEXTS = st.one_of(st.text(max_size=300), RUNS.map(" ".join), RUNS.map("".join))
REFERENCES = st.sampled_from(["2024-03-14", "2024-03", "2024", "2024-03-14T23:59:00+00:00", "0001-01-01", "9999-12-31"])
LANGUAGES = st.sampled_from(["de", "en", "de-AT", "fr", "und", ""])
LABELS = st.sampled_from(["PER", "LOC", "ORG", "MISC", "DATE"])


@st.composite
def marked(draw):
    text = draw(TEXTS)
    mentions = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        mention = Mention(field="body_text", start=start, end=end, surface=text[start:end])
        mentions.append((draw(LABELS), mention))
    return text, mentions


@given(TEXTS, LANGUAGES, REFERENCES)
@settings(deadline=None, max_examples=150)
def test_dates_stand_in_the_text_and_are_iso(text, language, value):
    precision = {4: "year", 7: "month", 10: "day"}.get(len(value), "minute")
    reference = DateClaim(value=value, precision=precision, provenance="feed")
    end = 0
    for found in find_dates(text, "body_text", language, reference):
        assert found.mention.surface == text[found.mention.start : found.mention.end] != ""
        assert found.mention.start >= end
        end = found.mention.end
        for part in found.value.split("/"):
            DateClaim(value=part, precision="day", provenance="feed").earliest()


@given(marked(), LANGUAGES)
@settings(deadline=None, max_examples=150)
def test_the_whole_enrichment_of_names_holds_its_promises(pair, language):
    text, mentions = pair
    texts = {"body_text": text}
    repaired = repair_mentions(mentions, texts, language)
    assert all(m.surface == text[m.start : m.end] for _, m in repaired)
    assert all(one[1].end <= other[1].start for one, other in pairwise(repaired))
    entities = link_places(fold_entities(repaired, texts, language), language, texts)
    folded = [m for entity in entities for m in entity.mentions]
    kept = [m for label, m in repaired if label != "DATE"]
    assert sorted(folded, key=lambda m: m.start) == kept or len(folded) <= len(kept)
    assert all(len(code) == 2 for code in countries(entities, texts, language))
    for quote in find_quotes(text, language, entities):
        assert quote.mention.surface == text[quote.mention.start : quote.mention.end]
    keyphrases(text, language, entities)
    summarise(text, (), language)


PATTERNS = (
    *'a| |\n|1|1.|„|“|"|»«|„a|“A |am Montag |vor zwei |Mai |in der Nacht zum |2014 |1. '.split("|"),
    *"A. |sagte |sagte, |, sagte |'".split("|"),
    *"said |, A said|said that |Aa |Ab-|die |Biden Putin |’|a day |(|A (|Präsident |Weißen |Ende |russische ".split(
        "|"
    ),
    *"Halle, Halle |von |und |€|𝔘|ſ|the 1st |Jan. 9 to ".split("|"),
)


@pytest.mark.parametrize("language", ["de", "en"])
def test_time_grows_with_length_only(language):
    entity = Entity(name="Aa", label="PER", mentions=(Mention(field="body_text", start=0, end=2, surface="Aa"),))
    slow = []
    for pattern in PATTERNS:
        text = (pattern * (LONG // len(pattern) + 1))[:LONG]
        mention = Mention(field="body_text", start=0, end=2, surface=text[:2])
        for name, run in (
            ("dates", lambda t: find_dates(t, "body_text", language, REFERENCE)),
            ("quotes", lambda t: find_quotes(t, language, (entity,))),
            ("summary", lambda t: summarise(t, (), language)),
            ("keyphrases", lambda t: keyphrases(t, language, ())),
            ("words", word_count),
            ("names", lambda t, m=mention: fold_entities([("PER", m)], {"body_text": t}, language)),
            ("repair", lambda t, m=mention: repair_mentions([("ORG", m)], {"body_text": t}, language)),
            ("countries", lambda t: countries((), {"body_text": t}, language)),
        ):
            began = time.process_time()
            run(text)
            taken = time.process_time() - began
            if taken > SECONDS:
                slow.append((name, pattern, round(taken, 2)))
    assert not slow


def test_thousands_of_names_take_no_thousands_of_comparisons_each():
    names = [f"Vor{number} Nach{number % 40}" for number in range(8000)]
    text = " ".join(names)
    mentions, position = [], 0
    for name in names:
        mentions.append(("PER", Mention(field="body_text", start=position, end=position + len(name), surface=name)))
        position += len(name) + 1
    began = time.process_time()
    fold_entities(repair_mentions(mentions, {"body_text": text}, "de"), {"body_text": text}, "de")
    assert time.process_time() - began < 2 * SECONDS
