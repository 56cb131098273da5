"""Languages that the model was not trained on: passages of our own writing, held by floors."""

from __future__ import annotations

import pytest
import spacy
import yaml

from models import pack
from processors import encoder  # noqa: F401  # registers the parts of the package
from tests.processors.enrichment.enrichment_gold import GOLD, unmark

PACKAGE = pack.__file__.replace("pack.py", "newswire_xx")
PASSAGES: dict[str, list[str]] = yaml.safe_load((GOLD / "names-other.yaml").read_text(encoding="utf-8"))
FLOORS = {
    "accurate": {"fr": 0.93, "es": 0.94, "it": 0.93, "nl": 0.94},
    "fast": {"fr": 0.77, "es": 0.86, "it": 0.85, "nl": 0.73},
}


@pytest.fixture(scope="module", params=FLOORS)
def variant(request: pytest.FixtureRequest) -> tuple[str, spacy.language.Language]:
    return request.param, spacy.load(PACKAGE, config={"components.newswire_encoder.variant": request.param})


@pytest.mark.parametrize("language", PASSAGES)
def test_names_of_a_language_without_training(
    variant: tuple[str, spacy.language.Language], language: str, record_property
) -> None:
    name, nlp = variant
    right = wrong = missed = 0
    notes = []
    for passage in PASSAGES[language]:
        marked = unmark(passage)
        gold = {(mention.start, mention.end, label) for label, mention in marked.mentions}
        found = {(e.start_char, e.end_char, e.label_) for e in nlp(marked.text).ents if e.label_ != "MISC"}
        right += len(gold & found)
        wrong += len(found - gold)
        missed += len(gold - found)
        notes += [marked.text[start:end] for start, end, _ in gold ^ found]
    f1 = 2 * right / (2 * right + wrong + missed)
    record_property("f1", round(f1, 3))
    assert right + missed > 50
    assert f1 >= FLOORS[name][language], notes
