"""One observed version of an article as the fields of its document. Pure.

The fields stand in ``indexer.template``; what several observations have in common is merged in ``indexer.document``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.errors import Quarantine
from contracts.messages import DateClaim, EnrichedArticle, Entity, Source

Document = dict[str, Any]

EARLIEST_BELIEVED = datetime(1450, 1, 1, tzinfo=UTC)
"""Printing began about then; a date before it is a broken one."""

FUTURE_BELIEVED = timedelta(days=2)
"""Zones, embargoes and wrong clocks put honest dates a little after the collection."""

MAX_ID_BYTES = 512
"""Elasticsearch refuses a longer ``_id``, and the whole bulk request with it."""

MAX_SUGGESTIONS = 30
"""Names an article offers for completion, the most mentioned first."""

MAX_ENTITIES = 2000
"""Entities kept per document; more than any real article has."""

FLAT_FIELDS = {"PER": "people", "ORG": "organisations", "LOC": "places", "MISC": "others"}

_CONTROL = dict.fromkeys([*range(0x20), 0x7F])


@dataclass(frozen=True)
class Observation:
    """A version as it stood on the topic."""

    article: EnrichedArticle
    topic: str
    partition: int
    offset: int


def stamp(moment: datetime) -> str:
    """The instant in UTC with six decimals: stamps compare as texts in the order of time.

    Raises:
        Quarantine: ``naive-date`` without time zone, ``bad-date`` outside the years 1 to 9999.
    """
    if moment.tzinfo is None:
        raise Quarantine("naive-date", f"The time {moment.isoformat()} names no time zone.")
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError as error:
        raise Quarantine("bad-date", f"The time {moment.isoformat()} lies outside the years 1 to 9999.") from error


def believed(claim: DateClaim, collected_at: datetime) -> tuple[datetime, bool]:
    """The instant the claim is indexed under, and whether the claim was doubted and the collection taken instead.

    Raises:
        Quarantine: ``bad-date`` if the claim's value is no date.
    """
    try:
        moment = claim.earliest()
    except (ValueError, OverflowError) as error:
        raise Quarantine("bad-date", f"{claim.value!r} is not a date of {claim.precision} precision.") from error
    try:
        doubted = not EARLIEST_BELIEVED <= moment <= collected_at + FUTURE_BELIEVED
    except OverflowError:
        doubted = True
    return (collected_at, True) if doubted else (moment, False)


def check_identity(article: EnrichedArticle) -> None:
    """Raises Quarantine ``bad-id`` for ids that Elasticsearch cannot hold."""
    if not 0 < len(article.id.encode("utf-8", "surrogatepass")) <= MAX_ID_BYTES or not article.version_id:
        raise Quarantine("bad-id", "The article has no id and version id of 1 to 512 bytes.")


def source_fields(source: Source) -> Document:
    """Where a copy was found; ``name`` falls back to the id, so that charts can rely on it."""
    fields = {
        "id": source.id,
        "kind": source.kind,
        "name": source.name or source.id,
        "uri": source.uri,
        "item_id": source.item_id,
        "url": source.url,
    }
    return {name: value for name, value in fields.items() if value is not None}


def content(observation: Observation, *, max_mentions: int) -> Document:
    """Everything in the document that belongs to this one observation.

    Args:
        max_mentions: mentions stored; what is beyond is counted in ``mention_count`` only.

    Raises:
        Quarantine: the version can never be indexed.
    """
    article = observation.article
    check_identity(article)
    collected = article.source.collected_at
    versioncreated, _ = believed(article.versioncreated, collected)
    fields: Document = {
        "id": article.id,
        "version_id": article.version_id,
        "url": article.url,
        "headline": article.headline,
        "headline_derived": article.headline_derived,
        "description_text": article.description_text,
        "body_text": article.body_text,
        "summary": article.summary,
        "byline": article.byline,
        "blocks": article.blocks,
        "language": article.language,
        "language_score": article.language_score,
        "word_count": article.word_count,
        "reading_time_s": article.reading_time_s,
        "lane": article.lane,
        "section": article.section,
        "keywords": article.keywords,
        "keyphrases": article.keyphrases,
        "stripped": article.stripped,
        "notes": article.notes,
        "source": source_fields(article.source),
        "versioncreated": stamp(versioncreated),
        "versioncreated_value": article.versioncreated.value,
        "versioncreated_precision": article.versioncreated.precision,
        "versioncreated_provenance": article.versioncreated.provenance,
        "collected_at": stamp(collected),
        **entity_fields(article.entities, max_mentions),
        "subjects": [
            {
                "code": subject.code,
                "name": subject.name,
                "name_de": subject.name_de,
                "score": subject.score,
                "provenance": subject.provenance,
            }
            for subject in article.subjects
        ],
        "countries": article.countries,
        "dates": article.dates,
        "dates_mentioned": _unique(mention.value for mention in article.dates),
        "quotes": article.quotes,
        "quote_speakers": _unique(quote.speaker for quote in article.quotes),
        "dateline": article.dateline,
        "enrichment": {
            "at": stamp(article.enrichment.at),
            "pipeline": article.enrichment.pipeline,
            "model_version": article.enrichment.model_version,
            "lexicon_version": article.enrichment.lexicon_version,
            "truncated": article.enrichment.truncated,
            "warnings": article.enrichment.warnings,
        },
        "kafka": {"topic": observation.topic, "partition": observation.partition, "offset": observation.offset},
    }
    return {name: value for name, value in fields.items() if value is not None and value != () and value != []}


def entity_fields(entities: tuple[Entity, ...], max_mentions: int) -> Document:
    """The entities in full, and the flat fields beside them that facets, filters and completion use."""
    kept: list[Document] = []
    flat: dict[str, list[str | None]] = {name: [] for name in FLAT_FIELDS.values()}
    names: list[str | None] = []
    links: list[str | None] = []
    locations: list[Document] = []
    room = max_mentions
    for entity in entities[:MAX_ENTITIES]:
        field = FLAT_FIELDS.get(entity.label)
        if field is not None:
            flat[field].append(entity.name)
            names += [entity.name, *entity.aliases]
        stored: Document = {"name": entity.name, "label": entity.label, "count": entity.count}
        if entity.role:
            stored["role"] = entity.role
        if entity.aliases:
            stored["aliases"] = entity.aliases
        if entity.link is not None:
            stored["link"] = entity.link
            links.append(entity.link.id)
            lat, lon = entity.link.lat, entity.link.lon
            if lat is not None and lon is not None and -90 <= lat <= 90 and -180 <= lon <= 180:
                locations.append({"lat": lat, "lon": lon})
        mentions = entity.mentions[:room]
        room -= len(mentions)
        stored["mentions"] = mentions
        kept.append(stored)
    return {
        **{field: _unique(values) for field, values in flat.items()},
        "entity_names": _unique(names),
        "entity_links": _unique(links),
        "entities": kept,
        "entity_count": len(entities),
        "mention_count": sum(entity.count for entity in entities),
        "locations": locations,
        "suggest": _suggestions(entities),
    }


def _suggestions(entities: tuple[Entity, ...]) -> list[Document]:
    """Completion input: Elasticsearch refuses empty texts and keeps some control characters for itself."""
    weights: dict[str, int] = {}
    for entity in entities:
        name = entity.name.translate(_CONTROL).strip()
        if name and entity.label in FLAT_FIELDS:
            weights[name] = weights.get(name, 0) + entity.count
    best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MAX_SUGGESTIONS]
    return [{"input": name, "weight": weight} for name, weight in best]


def _unique(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value and not value.isspace()))
