"""What searching returns. Stable: names are added, never changed; ``to_json`` is what ``--json`` prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Hit:
    """An article in a list.

    Attributes:
        score: relevance, None where the order is by date.
        firstcreated: ISO instant in UTC; ``firstcreated_value`` is the claim as exact as it was made.
        topics: names of its subjects, German for German articles, the best first.
        highlights: by field (``headline``, ``description_text``, ``body_text``) the fragments that were found; the
            found words stand between U+E000 and U+E001.
    """

    id: str
    headline: str
    headline_derived: bool
    language: str
    source: str
    source_name: str
    sources: tuple[str, ...]
    firstcreated: str
    firstcreated_value: str
    firstcreated_precision: str
    versioncreated: str
    version_count: int
    indexed_at: str
    url: str | None = None
    summary: str | None = None
    description_text: str | None = None
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    topic_codes: tuple[str, ...] = ()
    score: float | None = None
    highlights: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """The answer to a search.

    Attributes:
        total: articles that match, all of them.
        took_ms: milliseconds that the server took.
    """

    total: int
    took_ms: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Counts:
    """How much there is.

    Attributes:
        documents: articles.
        versions: versions of all articles together, as far as their histories reach.
    """

    documents: int
    versions: int
    languages: dict[str, int]
    sources: dict[str, int]


@dataclass(frozen=True)
class Top:
    """A frequent value.

    Attributes:
        value: what a filter takes.
        name: for people; the topic's English name, for instance.
        name_de: the same in German.
        documents: articles that have it.
    """

    value: str
    name: str
    name_de: str
    documents: int


@dataclass(frozen=True)
class Tops:
    """The most frequent of each kind, the most frequent first."""

    documents: int
    people: tuple[Top, ...]
    organisations: tuple[Top, ...]
    places: tuple[Top, ...]
    topics: tuple[Top, ...]
    languages: tuple[Top, ...]
    sources: tuple[Top, ...]


Result = Hit | Found | Counts | Top | Tops


def to_json(result: Result | dict[str, Any]) -> str:
    """The result as one line of JSON."""
    return msgspec.json.encode(result).decode()
