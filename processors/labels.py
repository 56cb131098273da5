"""Other pipelines' names for our four kinds of entities."""

from __future__ import annotations

from contracts.messages import Label

LABELS: dict[str, Label] = {
    "PER": "PER", "PERSON": "PER", "PERS": "PER", "persName": "PER", "PRS": "PER",
    "LOC": "LOC", "GPE": "LOC", "FAC": "LOC", "FACILITY": "LOC", "placeName": "LOC", "geogName": "LOC",
    "ORG": "ORG", "ORGANIZATION": "ORG", "orgName": "ORG", "GPE_LOC": "LOC", "GPE_ORG": "ORG",
    "MISC": "MISC", "EVENT": "MISC", "PRODUCT": "MISC", "WORK_OF_ART": "MISC", "LAW": "MISC", "EVT": "MISC",
    "PROD": "MISC",
}  # fmt: skip
"""OntoNotes, CoNLL, WikiNER and the label sets of spaCy's own packages. What is not here (NORP, LANGUAGE, numbers,
dates) is no name after our guide, and is dropped."""


def ours(label: str) -> Label | None:
    """Our label for another pipeline's, None for what is no name."""
    return LABELS.get(label.removeprefix("B-").removeprefix("I-"))
