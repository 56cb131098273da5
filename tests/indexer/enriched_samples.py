"""Builders of enriched articles for the tests of the indexer and of the search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from contracts.codec import encode, headers
from contracts.messages import (
    DateClaim,
    EnrichedArticle,
    Enrichment,
    Entity,
    Link,
    Mention,
    Source,
    Subject,
)
from indexer.content import Observation

T0 = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def claim(value: str = "2026-03-14T08:00:00+00:00", precision: str = "second", provenance: str = "feed") -> DateClaim:
    return DateClaim(value=value, precision=precision, provenance=provenance)


def entity(name: str, label: str = "PER", *, aliases: tuple[str, ...] = (), link: Link | None = None, count: int = 1):
    mentions = tuple(Mention(field="body_text", start=i, end=i + len(name), surface=name) for i in range(count))
    return Entity(name=name, label=label, mentions=mentions, aliases=aliases, link=link)


def article(
    id: str = "a" * 32,
    version: str = "v1",
    *,
    collected: datetime = T0,
    created: DateClaim | None = None,
    versioncreated: DateClaim | None = None,
    source: str = "tagesblatt",
    enriched: datetime | None = None,
    **more: Any,
) -> EnrichedArticle:
    fields: dict[str, Any] = {
        "id": id,
        "version_id": version,
        "source": Source(id=source, kind="feed", collected_at=collected, url=f"https://{source}.example/{id}"),
        "headline": "Die Häuser der Präsidenten",
        "body_text": "In den ukrainischen Städten stehen alte Häuser.",
        "language": "de",
        "firstcreated": created or claim(),
        "versioncreated": versioncreated or created or claim(),
        "enrichment": Enrichment(at=enriched or collected + timedelta(seconds=5), pipeline="test", model_version="0"),
        "url": f"https://tagesblatt.example/{id}",
        "word_count": 7,
        "entities": (
            entity("Wladimir Putin", aliases=("Putin",), count=2),
            entity("Nato", "ORG"),
            entity("Ukraine", "LOC", link=Link(id="iso3166-1:UA", country="UA", lat=49.0, lon=32.0)),
        ),
        "subjects": (Subject(code="medtop:11000000", name="politics", name_de="Politik", score=0.9),),
        "countries": ("UA",),
    }
    return EnrichedArticle(**(fields | more))


def observation(offset: int = 0, *args: Any, partition: int = 0, **kwargs: Any) -> Observation:
    return Observation(article(*args, **kwargs), "news.enriched", partition, offset)


class Record:
    """What kafka-python's ConsumerRecord offers."""

    def __init__(self, value: bytes | None, offset: int = 0, *, partition: int = 0, key: bytes | None = b"k") -> None:
        self.topic = "news.enriched"
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers: list[tuple[str, bytes]] = []


def record(message: EnrichedArticle, offset: int = 0, *, partition: int = 0) -> Record:
    made = Record(encode(message), offset, partition=partition, key=message.id.encode())
    made.headers = headers(message)
    return made


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it comes back from JSON."""
    return msgspec.json.decode(msgspec.json.encode(document))
