"""One document per article: how the observations of it are merged. Pure.

The document is a function of the *set* of observations: their order and repetitions do not matter. Its content is
that of the newest observation (``order_key``); its sources and versions are the union of all; its ``firstcreated``
is the best claim that any of them made. ``docs/index.md`` gives the rules and their reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from contracts.errors import Drop
from indexer.content import (
    EARLIEST_BELIEVED,
    FUTURE_BELIEVED,
    Document,
    Observation,
    believed,
    content,
    source_fields,
    stamp,
)
from indexer.history import join_sources, join_versions

FIRST_MONTHLY_YEAR = 2000
"""Articles from before this year share one index, so that hostile dates cannot make thousands of indices."""

PRECISION_ORDER = {"second": 0, "minute": 0, "day": 1, "month": 2, "year": 3}

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Limits:
    """How much of an article's past one document keeps.

    Attributes:
        mentions: entity mentions stored.
        versions: newest entries of the history.
        sources: earliest of the places it was found at.
    """

    mentions: int = 10_000
    versions: int = 500
    sources: int = 500


def encode(document: Document) -> bytes:
    """The document as UTF-8 JSON in one line."""
    return _encoder.encode(document)


def merge(existing: Document | None, observation: Observation, *, now: datetime, limits: Limits) -> Document:
    """The article's document with one more observation in it; ``existing`` is left as it is.

    Args:
        existing: the document so far, None if there is none.
        now: becomes ``updated_at``, and ``indexed_at`` of a new document.

    Raises:
        Drop: ``known``: the document has all of this already.
        Quarantine: the observation can never be indexed.
    """
    fresh = first_document(observation, limits=limits)
    moment = stamp(now)
    if existing is None:
        return fresh | {"indexed_at": moment, "updated_at": moment}
    merged = dict(fresh if order_key(fresh) > order_key(existing) else existing)
    merged |= _best_claim(existing, fresh)
    merged["first_seen"] = min(existing["first_seen"], fresh["first_seen"])
    merged["last_seen"] = max(existing["last_seen"], fresh["last_seen"])
    sources, sources_cut = join_sources(existing["sources"], fresh["sources"], limits.sources)
    versions, versions_cut = join_versions(
        existing["versions"], fresh["versions"], limits.versions, current=merged["version_id"]
    )
    merged |= {
        "sources": sources,
        "source_count": len(sources),
        "versions": versions,
        "version_count": len(versions),
        "sources_truncated": sources_cut or existing["sources_truncated"],
        "versions_truncated": versions_cut or existing["versions_truncated"],
    }
    merged["indexed_at"] = existing["indexed_at"]
    merged["updated_at"] = existing["updated_at"]
    if merged == existing:
        raise Drop("known", f"Version {observation.article.version_id} is in the index already.")
    merged["updated_at"] = max(moment, existing["updated_at"])
    return merged


def first_document(observation: Observation, *, limits: Limits) -> Document:
    """The document of an article that was observed once, without the times of its writing."""
    article = observation.article
    document = content(observation, max_mentions=limits.mentions)
    firstcreated, doubted = believed(article.firstcreated, article.source.collected_at)
    seen = document["collected_at"]
    document |= {
        "firstcreated": stamp(firstcreated),
        "firstcreated_value": article.firstcreated.value,
        "firstcreated_precision": article.firstcreated.precision,
        "firstcreated_provenance": article.firstcreated.provenance,
        "firstcreated_doubted": doubted,
        "first_seen": seen,
        "last_seen": seen,
        "sources": [source_fields(article.source) | {"first_seen": seen, "last_seen": seen}],
        "source_count": 1,
        "sources_truncated": False,
        "versions": [{"version_id": article.version_id, "versioncreated": document["versioncreated"], "seen_at": seen}],
        "version_count": 1,
        "versions_truncated": False,
    }
    return document


def order_key(document: Document) -> tuple[Any, ...]:
    """Which of two observations is the newer one: the later version, the later look, the later analysis.

    A claim from after the collection counts as made at the collection, else a wrong clock would win for ever.
    The Kafka offset decides between observations that are equal otherwise, the ids make the order total.
    """
    return (
        min(document["versioncreated"], document["collected_at"]),
        document["collected_at"],
        document["enrichment"]["at"],
        document["kafka"]["offset"],
        document["kafka"]["partition"],
        document["kafka"]["topic"],
        document["version_id"],
        document["source"]["id"],
    )


def placement(document: Document, *, alias: str, now: datetime) -> str:
    """The index of a new article: the month of its ``firstcreated`` in UTC, or one archive for old ones.

    A time of collection in the future or before all computers says nothing; the month of ``now`` is taken then.
    """
    moment = datetime.fromisoformat(document["firstcreated"])
    if not EARLIEST_BELIEVED <= moment <= now + FUTURE_BELIEVED:
        moment = now.astimezone(UTC)
    return f"{alias}-{moment:%Y.%m}" if moment.year >= FIRST_MONTHLY_YEAR else f"{alias}-archive"


CLAIM_FIELDS = (
    "firstcreated",
    "firstcreated_value",
    "firstcreated_precision",
    "firstcreated_provenance",
    "firstcreated_doubted",
)


def _best_claim(one: Document, other: Document) -> Document:
    """The better claim of first publication: credible, made by somebody, exact, early; in this order."""

    def badness(document: Document) -> tuple[Any, ...]:
        return (
            document["firstcreated_doubted"],
            document["firstcreated_provenance"] == "collected",
            PRECISION_ORDER[document["firstcreated_precision"]],
            document["firstcreated"],
            document["firstcreated_value"],
            document["firstcreated_provenance"],
        )

    best = min(one, other, key=badness)
    return {name: best[name] for name in CLAIM_FIELDS}
