"""Enrichment without servers, for ``newswire enrich``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from contracts.messages import RawArticle
from contracts.settings import ProcessorSettings
from processors.pipeline import Enricher, Outcome


def enrich_stream(
    articles: Iterable[RawArticle], settings: ProcessorSettings, *, enricher: Enricher | None = None
) -> Iterator[tuple[RawArticle, Outcome]]:
    """Each article with its outcome, in order, while they come: an enriched article, or the reason why there is none.

    Args:
        articles: as the producers make them; read ``settings.batch_size`` at a time.
        settings: of the processor.
        enricher: one that is loaded already.
    """
    enricher = enricher or Enricher(settings)
    source = iter(articles)
    while batch := list(islice(source, settings.batch_size)):
        yield from zip(batch, enricher.enrich(batch), strict=True)
