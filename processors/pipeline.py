"""Raw articles to enriched ones: pure but for the loaded models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

import structlog

from contracts.errors import Quarantine
from contracts.messages import EnrichedArticle, Enrichment, Field, RawArticle
from contracts.settings import ProcessorSettings
from processors import clean, dateline, dates, entities, headline, steps
from processors.enrichment import lexicon
from processors.language import LanguageDetector
from processors.reader import READ_SHARE, Reader, Readers, Reading
from processors.topics import TopicTable, combine

log = structlog.get_logger()

HEADLINE_CHARS = 1_000
"""Longest headline that is kept; a longer one is a body in the wrong field."""

UNDATED = ("file", "archive")
"""Sources whose time of collection says nothing about when an article was written."""

Outcome = EnrichedArticle | Quarantine


@dataclass(frozen=True)
class Prepared:
    """An article whose text and language are known."""

    article: RawArticle
    headline: str
    derived: bool
    description: str
    text: clean.Cleaned
    language: str
    language_score: float
    reader: Reader
    pipeline: str
    truncated: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def texts(self) -> dict[Field, str]:
        """What is read, by field."""
        body = self.text.body_text[: self.text.analysed]
        return {"body_text": body} if self.derived else {"headline": self.headline, "body_text": body}


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)


@dataclass
class Enricher:
    """Enriches articles in batches.

    Args:
        settings: languages, pipelines, caps and the time budget.
        readers: who reads names; by default the configured spaCy pipelines.
        clock: the current instant.
        timer: monotonic seconds.
    """

    settings: ProcessorSettings
    readers: Readers | None = None
    clock: Callable[[], datetime] = now
    timer: Callable[[], float] = monotonic
    detector: LanguageDetector = field(init=False)
    table: TopicTable = field(init=False, default_factory=TopicTable)
    names: lexicon.Lexicon = field(init=False)
    _warm: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.readers = self.readers or Readers(self.settings)
        self.detector = LanguageDetector(self.settings.languages)
        self.names = lexicon.load(self.settings.lexicon)

    def warm(self) -> None:
        """Load what every article needs, so that the first one does not wait for it."""
        assert self.readers is not None
        self.readers.default().read(["Berlin."])
        steps.warm(self.names)
        self._warm = True

    def enrich(self, batch: Sequence[RawArticle]) -> list[Outcome]:
        """One outcome an article, in order. An article that cannot be read is a ``Quarantine`` and harms no other."""
        if not self._warm:
            self.warm()
        outcomes: list[Outcome | None] = [None] * len(batch)
        prepared: list[tuple[int, Prepared]] = []
        for index, article in enumerate(batch):
            try:
                prepared.append((index, self._prepare(article)))
            except Quarantine as refusal:
                outcomes[index] = refusal
            except Exception as error:
                outcomes[index] = _failed(article, "prepare", error)
        readings = self._read([item for _, item in prepared])
        for (index, item), reading in zip(prepared, readings, strict=True):
            if isinstance(reading, Quarantine):
                outcomes[index] = reading
                continue
            try:
                outcomes[index] = self._finish(item, *reading)
            except Exception as error:
                outcomes[index] = _failed(item.article, "finish", error)
        return [outcome for outcome in outcomes if outcome is not None]

    def _prepare(self, article: RawArticle) -> Prepared:
        assert self.readers is not None
        text = clean.body(article.blocks, max_chars=self.settings.max_chars)
        description = clean.line(article.description_text)
        title = clean.line(article.headline)
        truncated = text.truncated
        if len(title) > HEADLINE_CHARS:
            title, truncated = title[:HEADLINE_CHARS], (*truncated, f"headline:{HEADLINE_CHARS}")
        if not (text.body_text or title or description):
            raise Quarantine("no-text", "The article has no text: no headline, no standfirst, no body.")
        derived = not title
        if derived:
            title = headline.derive(text.body_text, text.blocks) if text.body_text else headline.derive(description)
        sample = text.body_text[: text.analysed] or description
        language, score = self.detector.detect(sample if derived else f"{title}\n{sample}", article.language)
        reader, pipeline, warnings = self.readers.for_language(language)
        return Prepared(
            article, title, derived, description, text, language, score, reader, pipeline, truncated, warnings
        )

    def _read(self, items: Sequence[Prepared]) -> list[tuple[Reading, Reading] | Quarantine]:
        """Readings of each article's headline and body. A batch that fails is read again one article at a time."""
        results: dict[int, tuple[Reading, Reading] | Quarantine] = {}
        by_reader: dict[int, list[int]] = {}
        for index, item in enumerate(items):
            by_reader.setdefault(id(item.reader), []).append(index)
        for indices in by_reader.values():
            try:
                results.update(self._read_together(items, indices))
            except Exception as error:
                log.warning("batch.failed", articles=len(indices), error=repr(error))
                for index in indices:
                    try:
                        results.update(self._read_together(items, [index]))
                    except Exception as single:
                        results[index] = _failed(items[index].article, "read", single)
        return [results[index] for index in range(len(items))]

    @staticmethod
    def _read_together(items: Sequence[Prepared], indices: Sequence[int]) -> dict[int, tuple[Reading, Reading]]:
        texts = []
        for index in indices:
            known = items[index].texts
            texts += [known.get("headline", ""), known["body_text"]]
        wanted = [text for text in texts if text]
        readings = iter(items[indices[0]].reader.read(wanted))
        read = [next(readings) if text else Reading() for text in texts]
        return {index: (read[2 * at], read[2 * at + 1]) for at, index in enumerate(indices)}

    def _finish(self, item: Prepared, title: Reading, body: Reading) -> EnrichedArticle:
        article, text = item.article, item.text
        created, changed, date_warnings = dates.created_and_changed(article)
        tagged = [
            *entities.mentions(title.names, item.headline, "headline"),
            *entities.mentions(body.names, text.body_text, "body_text"),
        ]
        found = steps.run(
            steps.Input(
                tagged=tagged,
                texts=item.texts,
                blocks=text.blocks,
                language=item.language,
                reference=None if created.provenance == "collected" and article.source.kind in UNDATED else created,
                lexicon=self.names,
            ),
            deadline=self.timer() + self.settings.time_budget_s * (1 - READ_SHARE),
            timer=self.timer,
        )
        warnings = (*item.warnings, *date_warnings, *found.warnings)
        if body.cut is not None or title.cut is not None:
            warnings = (*warnings, "time-budget")
        truncated = item.truncated if body.cut is None else (*item.truncated, f"read:{body.cut}")
        subjects = combine(self.table, self.table.declared(article), body.topics or title.topics)
        return EnrichedArticle(
            id=article.id,
            version_id=article.version_id,
            source=article.source,
            lane=article.lane,
            url=article.url,
            headline=item.headline,
            headline_derived=item.derived,
            body_text=text.body_text,
            blocks=text.blocks,
            description_text=item.description or None,
            byline=clean.line(article.byline) or None,
            dateline=dateline.parse(clean.line(article.dateline)),
            language=item.language,
            language_score=item.language_score,
            firstcreated=created,
            versioncreated=changed,
            entities=found.entities,
            subjects=subjects,
            dates=found.dates,
            quotes=found.quotes,
            countries=found.countries,
            keyphrases=found.keyphrases,
            summary=found.summary,
            word_count=found.word_count,
            reading_time_s=found.reading_time_s,
            section=clean.line(article.section) or None,
            keywords=tuple(word for word in map(clean.line, article.keywords) if word),
            stripped=article.stripped,
            notes=article.notes,
            enrichment=Enrichment(
                at=self.clock(),
                pipeline=item.pipeline,
                model_version=item.reader.version,
                lexicon_version=steps.lexicon_version(self.names),
                truncated=truncated,
                warnings=tuple(dict.fromkeys(warnings)),
            ),
        )


def _failed(article: RawArticle, step: str, error: Exception) -> Quarantine:
    log.warning("article.failed", id=article.id, step=step, error=repr(error), at=steps.where(error))
    return Quarantine("analysis-failed", f"The analysis failed in its step {step!r}: {error!r}.")
