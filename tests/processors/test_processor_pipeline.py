"""The enricher: what becomes of a batch, good and bad, with and without the real model."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from contracts.codec import decode, encode
from contracts.errors import Quarantine
from contracts.messages import Block, DateClaim, EnrichedArticle, Label, RawArticle, Source
from contracts.settings import ProcessorSettings
from processors import steps
from processors.offline import enrich_stream
from processors.pipeline import Enricher, Outcome
from processors.reader import FakeReader, Reader, Readers

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def article(number: int = 1, **changes: Any) -> RawArticle:
    known: dict[str, Any] = {
        "id": f"{number:032x}",
        "version_id": f"{number:032x}",
        "source": Source(id="test", kind="feed", collected_at=NOW),
        "headline": "Merz in Berlin",
        "blocks": (Block(text="Friedrich Merz war am Montag in Berlin, teilte die Nato mit."),),
    }
    return RawArticle(**(known | changes))


@dataclass
class OneReader(Readers):
    """Hands out one reader for every language."""

    reader: Reader | None = None

    def default(self) -> Reader:
        assert self.reader is not None
        return self.reader


def enricher(reader: Reader, **changes: Any) -> Enricher:
    config = ProcessorSettings(**changes)
    return Enricher(config, readers=OneReader(config, reader=reader), clock=lambda: NOW)


def good(outcome: Outcome) -> EnrichedArticle:
    assert isinstance(outcome, EnrichedArticle), outcome
    return outcome


def test_one_bad_article_does_not_poison_its_batch() -> None:
    reader = FakeReader({"Berlin": "LOC"}, poison="GIFT")
    batch = [article(1), article(2, blocks=(Block(text="GIFT"),)), article(3, headline=None, blocks=()), article(4)]
    outcomes = enricher(reader).enrich(batch)
    assert [outcome.reason if isinstance(outcome, Quarantine) else outcome.id for outcome in outcomes] == [
        batch[0].id,
        "analysis-failed",
        "no-text",
        batch[3].id,
    ]
    assert [entity.name for entity in good(outcomes[0]).entities] == ["Berlin"]


def test_headline_and_body_are_read_apart_and_mentions_of_a_name_are_one_entity() -> None:
    read = good(enricher(FakeReader({"Berlin": "LOC", "Nato": "ORG"})).enrich([article()])[0])
    berlin = next(entity for entity in read.entities if entity.name == "Berlin")
    assert [(mention.field, mention.start) for mention in berlin.mentions] == [("headline", 8), ("body_text", 32)]
    assert read.enrichment.pipeline == "fake"
    assert read.enrichment.at == NOW
    assert read.word_count == 11


def test_a_derived_headline_is_marked_and_not_read_twice() -> None:
    read = good(enricher(FakeReader({"Berlin": "LOC"})).enrich([article(headline=None)])[0])
    assert read.headline_derived
    assert read.headline == "Friedrich Merz war am Montag in Berlin, teilte die Nato mit"
    assert [mention.field for entity in read.entities for mention in entity.mentions] == ["body_text"]


def test_an_article_of_headline_and_standfirst_passes() -> None:
    read = good(enricher(FakeReader()).enrich([article(blocks=(), headline=None, description_text="Merz ist da.")])[0])
    assert (read.headline, read.body_text, read.description_text) == ("Merz ist da", "", "Merz ist da.")


def test_what_lies_beyond_the_cap_is_kept_unread() -> None:
    blocks = (Block(text="Wort. " * 300), Block(text="Berlin"))
    capped = enricher(FakeReader({"Berlin": "LOC"}), max_chars=1000)
    read = good(capped.enrich([article(blocks=blocks, headline="A")])[0])
    assert read.body_text.endswith("Berlin")
    assert read.entities == ()
    assert read.enrichment.truncated == ("body:1000",)


def test_a_failing_step_leaves_a_warning_and_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(known: steps.Input, found: steps.Found) -> steps.Found:
        raise RuntimeError("broken")

    monkeypatch.setattr(steps, "STEPS", (("quotes", fail), *steps.STEPS))
    read = good(enricher(FakeReader({"Berlin": "LOC"})).enrich([article()])[0])
    assert read.enrichment.warnings == ("quotes-failed",)
    assert read.entities
    assert read.word_count


def test_a_month_in_the_name_of_a_person_or_place_is_no_date() -> None:
    text = "Jan Marsalek floh im Juni 2020 aus München. Am Platz des 18. März blieb es am 1. Mai ruhig, Jan war weg."
    reader = FakeReader({"Jan Marsalek": "PER", "München": "LOC", "Platz des 18. März": "LOC"})
    read = good(enricher(reader).enrich([article(blocks=(Block(text=text),), headline="A")])[0])
    surfaces = [date.mention.surface for date in read.dates]
    assert surfaces[:2] == ["Juni 2020", "1. Mai"]
    assert "18. März" not in surfaces


def test_steps_after_the_time_budget_are_left_out_and_named() -> None:
    ticks = iter(range(0, 10_000, 100))
    slow = enricher(FakeReader({"Berlin": "LOC"}))
    slow.timer = lambda: float(next(ticks))
    read = good(slow.enrich([article()])[0])
    assert read.enrichment.warnings == ("time-budget",)
    assert read.entities


def test_the_offline_stream_pairs_each_article_with_its_outcome_as_they_come() -> None:
    reader = FakeReader()
    config = ProcessorSettings(batch_size=2)
    articles = [article(number) for number in range(5)]
    pairs = list(enrich_stream(iter(articles), config, enricher=enricher(reader)))
    assert [raw.id for raw, _ in pairs] == [raw.id for raw in articles]
    assert [good(outcome).id for _, outcome in pairs] == [raw.id for raw in articles]
    assert reader.calls[1:] == [4, 4, 2]


@pytest.fixture(scope="module")
def fast() -> Enricher:
    """With the shipped model in its fast form."""
    return Enricher(ProcessorSettings(variant="fast"))


@pytest.fixture(scope="module")
def accurate() -> Enricher:
    """With the shipped model in its accurate form."""
    return Enricher(ProcessorSettings())


def names(read: EnrichedArticle) -> set[tuple[str, Label]]:
    return {(surface, entity.label) for entity in read.entities for surface in (entity.name, *entity.aliases)}


def seed(shared: Path) -> RawArticle:
    text = next((shared / "data" / "seed").glob("*.txt")).read_text(encoding="utf-8")
    blocks = [Block(text=part) for part in text.split("\n\n")[1:]]
    blocks[2] = Block(text=blocks[2].text, kind="subheading")
    return article(
        headline=None,
        blocks=tuple(blocks),
        dateline="Wilmington",
        dates=(DateClaim(value="2021-12", precision="month", provenance="crawl-header"),),
    )


@pytest.mark.parametrize("variant", ["fast", "accurate"])
def test_the_seed_article(shared: Path, request: pytest.FixtureRequest, variant: str) -> None:
    read = good(request.getfixturevalue(variant).enrich([seed(shared)])[0])
    assert read.headline_derived
    assert read.headline.startswith("Zum zweiten Mal binnen weniger Wochen haben US-Präsident Joe Biden")
    assert read.language == "de"
    assert (read.firstcreated.value, read.firstcreated.precision) == ("2021-12", "month")
    assert read.dateline is not None
    assert read.dateline.places == ("Wilmington",)
    found = names(read)
    assert any(label == "PER" and "Biden" in name for name, label in found)
    assert any(label == "PER" and "Putin" in name for name, label in found)
    assert {("Ukraine", "LOC"), ("Russland", "LOC"), ("Moskau", "LOC"), ("Nato", "ORG")} <= found
    assert {subject.code for subject in read.subjects} & {"medtop:11000000", "medtop:16000000"}
    assert [span.kind for span in read.blocks].count("subheading") == 1


TEXTS = [
    "Angela Merkel besuchte am Donnerstag Paris. Die EU-Kommission lobte Frankreichs Präsidenten Emmanuel Macron.",
    "Apple will open an office in Munich, chief executive Tim Cook told the BBC on Friday.",
    "Kurz.",
    "Der FC Bayern München gewann in Dortmund mit 2:1. Harry Kane traf zweimal. „Wahnsinn“, sagte Vincent Kompany.",
]


def test_the_result_does_not_depend_on_the_neighbours(fast: Enricher) -> None:
    together = fast.enrich([article(number, blocks=(Block(text=text),)) for number, text in enumerate(TEXTS)])
    alone = [fast.enrich([article(number, blocks=(Block(text=text),))])[0] for number, text in enumerate(TEXTS)]
    assert [good(one).entities for one in together] == [good(one).entities for one in alone]
    assert [good(one).subjects for one in together] == [good(one).subjects for one in alone]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
        | st.sampled_from([*TEXTS, "👩‍🚒 in Köln\u00a0–\tMüller", "A\u0308rzte in Mu\u0308nchen", "Ⓑerlin ﬁnden"]),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([None, "Merz trifft Macron in Paris", "🎉 Nato-Gipfel in Den Haag"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_surface_is_what_stands_at_its_offsets(fast: Enricher, texts: list[str], headline: str | None) -> None:
    (outcome,) = fast.enrich([article(headline=headline, blocks=tuple(Block(text=text) for text in texts))])
    if isinstance(outcome, Quarantine):
        assert outcome.reason == "no-text"
        return
    for entity in outcome.entities:
        for mention in entity.mentions:
            text = outcome.headline if mention.field == "headline" else outcome.body_text
            assert text[mention.start : mention.end] == mention.surface
            assert mention.surface.strip() == mention.surface != ""
    assert decode(encode(outcome), EnrichedArticle) == outcome


def test_the_time_budget_cuts_reading_and_keeps_what_was_read() -> None:
    hurried = Enricher(ProcessorSettings(variant="fast", time_budget_s=0.2))
    hurried.warm()
    text = "Angela Merkel war am Montag mit Emmanuel Macron in Paris. " * 1500
    began = time.monotonic()
    read = good(hurried.enrich([article(blocks=(Block(text=text),))])[0])
    assert time.monotonic() - began < 10
    assert "time-budget" in read.enrichment.warnings
    (cut,) = [int(name.removeprefix("read:")) for name in read.enrichment.truncated]
    assert 0 < cut < len(text)
    assert read.body_text == text.strip()
    assert read.entities
    assert max(mention.end for entity in read.entities for mention in entity.mentions) <= cut


def third_party(folder: Path) -> Path:
    """A pipeline as others make them: OntoNotes' labels, and our languages' tokenizer."""
    nlp = spacy.blank("de")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Friedrich Merz"},
            {"label": "GPE", "pattern": "Berlin"},
            {"label": "DATE", "pattern": "Montag"},
        ]
    )
    nlp.meta["name"] = "of_others"
    nlp.to_disk(folder)
    return folder


def test_any_spacy_pipeline_can_take_the_place_of_ours(tmp_path: Path) -> None:
    config = ProcessorSettings(variant="fast", pipelines={"de": str(third_party(tmp_path / "others"))})
    read = good(Enricher(config).enrich([article(headline="Guten Tag, liebe Leute")])[0])
    assert names(read) == {("Friedrich Merz", "PER"), ("Berlin", "LOC")}
    assert read.enrichment.pipeline == "de_of_others"
    assert read.enrichment.warnings == ()


def test_a_pipeline_that_is_not_installed_falls_back_and_says_so_once() -> None:
    config = ProcessorSettings(variant="fast", pipelines={"de": "de_core_news_lg"})
    with capture_logs() as logs:
        reads = [good(outcome) for outcome in Enricher(config).enrich([article(1), article(2)])]
    assert [read.enrichment.pipeline for read in reads] == ["fallback:newswire_xx:fast"] * 2
    assert [read.enrichment.warnings for read in reads] == [("pipeline-missing",)] * 2
    assert [event["package"] for event in logs if event["event"] == "pipeline.missing"] == ["de_core_news_lg"]


def test_a_package_with_our_component_is_loaded_by_spacy_alone(tmp_path: Path) -> None:
    from processors.reader import SHIPPED

    nlp = spacy.load(SHIPPED, config={"components.newswire_encoder.variant": "fast"})
    nlp.to_disk(tmp_path / "copy")
    again = spacy.load(tmp_path / "copy")
    text = TEXTS[0]
    assert [(e.text, e.label_) for e in again(text).ents] == [(e.text, e.label_) for e in nlp(text).ents]
    assert next(sentence.text for sentence in again(text).sents) == "Angela Merkel besuchte am Donnerstag Paris."
