"""Who reads names in texts: spaCy pipelines by language, and the shipped one for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import structlog

from contracts.messages import Label
from contracts.settings import ProcessorSettings
from processors.labels import ours

log = structlog.get_logger()

SHIPPED = Path(__file__).resolve().parent.parent / "models" / "newswire_xx"
"""The packed model, beside this package in a checkout and where it is installed."""

READ_SHARE = 0.75
"""Part of an article's time budget that reading names may take; the rest is for what builds on them."""

_UNNEEDED = ["tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer", "trainable_lemmatizer"]
"""Components of spaCy's own packages that do not help to find names."""


@dataclass(frozen=True)
class Name:
    """A name in a text, as code points."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True)
class Reading:
    """What was read in one text.

    Attributes:
        names: in order, not overlapping.
        topics: scores by topic code.
        cut: first character left unread when the time was up, None if all was read.
    """

    names: tuple[Name, ...] = ()
    topics: Mapping[str, float] = field(default_factory=dict)
    cut: int | None = None


class Reader(Protocol):
    """Reads names and topics in texts."""

    name: str
    version: str

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order."""
        ...


@dataclass
class FakeReader:
    """A reader for tests: finds the words it was given, and fails on the texts it was told to fail on."""

    known: Mapping[str, Label] = field(default_factory=dict)
    poison: str = "\0never"
    topics: Mapping[str, float] = field(default_factory=dict)
    name: str = "fake"
    version: str = "0"
    calls: list[int] = field(default_factory=list)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Every occurrence of every known word."""
        self.calls.append(len(texts))
        readings = []
        for text in texts:
            if self.poison in text:
                raise RuntimeError("poisoned")
            names = []
            for word, label in self.known.items():
                at = text.find(word)
                while at >= 0:
                    names.append(Name(at, at + len(word), label))
                    at = text.find(word, at + len(word))
            readings.append(Reading(tuple(sorted(names, key=lambda name: name.start)), self.topics))
        return readings


@dataclass
class SpacyReader:
    """A spaCy pipeline as a reader. Its strings are freed after each batch, so that no worker grows by what it read."""

    nlp: Any
    name: str
    version: str

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Run the pipeline over all texts as one stream."""
        from processors.encoder import CUT_KEY
        from processors.tokenizing import LinearTokenizer, eased

        if not isinstance(self.nlp.tokenizer, LinearTokenizer):
            texts = [eased(text) for text in texts]
        readings = []
        with self.nlp.memory_zone():
            for doc in self.nlp.pipe(texts):
                names = [
                    Name(entity.start_char, entity.end_char, label)
                    for entity in doc.ents
                    if (label := ours(entity.label_)) is not None and entity.text.strip()
                ]
                topics = {code: score for code, score in doc.cats.items() if code.startswith("medtop:")}
                readings.append(Reading(tuple(names), topics, doc.user_data.get(CUT_KEY)))
        return readings


@dataclass
class Readers:
    """The reader of each language, loaded when first needed.

    Args:
        settings: which packages, which variant of the shipped model.
        shipped: folder of the shipped model.
    """

    settings: ProcessorSettings
    shipped: Path = SHIPPED
    _loaded: dict[str, Reader] = field(init=False, default_factory=dict)
    _missing: set[str] = field(init=False, default_factory=set)

    def for_language(self, language: str) -> tuple[Reader, str, tuple[str, ...]]:
        """The reader, the name to record for it, and warnings.

        A package that is configured but cannot be loaded is reported once in the log and in every article.
        """
        wanted = self.settings.pipelines.get(language)
        if wanted is None:
            reader = self.default()
            return reader, reader.name, ()
        if wanted not in self._missing:
            try:
                reader = self._load(wanted)
                return reader, reader.name, ()
            except (OSError, ImportError, ValueError) as error:
                self._missing.add(wanted)
                log.warning(
                    "pipeline.missing",
                    language=language,
                    package=wanted,
                    error=str(error).split("\n")[0],
                    instead=self.default().name,
                    hint=f"Install it (`pip install {wanted}`) or correct processor.pipelines.",
                )
        reader = self.default()
        return reader, f"fallback:{reader.name}", ("pipeline-missing",)

    def default(self) -> Reader:
        """The shipped model."""
        if "" not in self._loaded:
            import spacy

            from processors import encoder  # registers its parts where newswire is not installed

            overrides = {
                f"components.{encoder.COMPONENT}.variant": self.settings.variant,
                f"components.{encoder.COMPONENT}.time_budget_s": self.settings.time_budget_s * READ_SHARE,
            }
            nlp = spacy.load(self.shipped, config=overrides)
            self._loaded[""] = SpacyReader(nlp, f"newswire_xx:{self.settings.variant}", nlp.meta["version"])
        return self._loaded[""]

    def _load(self, package: str) -> Reader:
        if package not in self._loaded:
            import spacy
            from thinc.api import NumpyOps, set_current_ops

            from processors import encoder  # noqa: F401  # a package may hold our components

            # spaCy's BLIS wheel has no fast kernel for many CPUs; numpy's OpenBLAS measured 1.4 to 1.9 times faster.
            set_current_ops(NumpyOps(use_blis=False))
            nlp = spacy.load(package, exclude=_UNNEEDED)
            self._loaded[package] = SpacyReader(
                nlp, f"{nlp.meta['lang']}_{nlp.meta['name']}", str(nlp.meta.get("version", "0"))
            )
        return self._loaded[package]
