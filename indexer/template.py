"""The strict index template for ``<alias>-*`` and the settings of the placements index. Pure values.

One template serves a full cluster and the minimal distribution that ``newswire up`` runs: it uses only field types
and token filters that both have. There is no language analyser in it for that reason: ``news_de`` and ``news_en``
are built of Lucene's filters, which the minimal distribution gets from a plugin under the same names.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from contracts.settings import ElasticsearchSettings

TEMPLATE_VERSION = 1
"""Raised with every change of the mapping or the analysis. Fields are only ever added; see ``docs/index.md``."""

IGNORE_ABOVE = 8191
"""Characters of a keyword that is indexed: Lucene takes 32,766 bytes a term, a character has at most 4."""

Json = dict[str, Any]

KEYWORD: Json = {"type": "keyword", "ignore_above": IGNORE_ABOVE}
FOLDED: Json = {"type": "keyword", "ignore_above": IGNORE_ABOVE, "normalizer": "lowercase"}
STORED: Json = {"type": "keyword", "index": False, "doc_values": False}
DATE: Json = {"type": "date", "format": "strict_date_optional_time"}
COUNT: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
OPAQUE: Json = {"type": "object", "enabled": False}
NAME: Json = KEYWORD | {"fields": {"folded": FOLDED}}
"""A name as it is, for facets, and in lower case, for filters that people type."""


def text(**more: Any) -> Json:
    """A text that is searched as it stands, by German stems and by English stems."""
    return {
        "type": "text",
        "analyzer": "news_plain",
        "fields": {
            "de": {"type": "text", "analyzer": "news_de"},
            "en": {"type": "text", "analyzer": "news_en"},
        },
    } | more


ANALYSIS: Json = {
    "filter": {
        "news_german_normalization": {"type": "german_normalization"},
        "news_german_stop": {"type": "stop", "stopwords": "_german_"},
        "news_german_stemmer": {"type": "stemmer", "language": "light_german"},
        "news_english_possessive": {"type": "stemmer", "language": "possessive_english"},
        "news_english_stop": {"type": "stop", "stopwords": "_english_"},
        "news_english_stemmer": {"type": "stemmer", "language": "english"},
    },
    "analyzer": {
        "news_plain": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
        "news_de": {
            "type": "custom",
            "tokenizer": "standard",
            "filter": ["lowercase", "news_german_stop", "news_german_normalization", "news_german_stemmer"],
        },
        "news_en": {
            "type": "custom",
            "tokenizer": "standard",
            "filter": ["news_english_possessive", "lowercase", "news_english_stop", "news_english_stemmer"],
        },
    },
}
"""As Elasticsearch documents the rebuilt ``german`` and ``english`` analysers, without their keyword lists."""

_SOURCE: Json = {
    "properties": {
        "id": KEYWORD,
        "kind": KEYWORD,
        "name": NAME,
        "uri": STORED,
        "item_id": STORED,
        "url": KEYWORD,
        "first_seen": DATE,
        "last_seen": DATE,
    }
}

PROPERTIES: Json = {
    # identity
    "id": KEYWORD,
    "version_id": KEYWORD,
    "url": KEYWORD,
    # text
    "headline": text(),
    "headline_derived": FLAG,
    "description_text": text(),
    "body_text": text(),
    "summary": text(),
    "byline": {"type": "text", "analyzer": "news_plain", "fields": {"keyword": KEYWORD}},
    "blocks": OPAQUE,
    "language": KEYWORD,
    "language_score": {"type": "float"},
    "word_count": COUNT,
    "reading_time_s": COUNT,
    "lane": KEYWORD,
    "section": NAME,
    "keywords": NAME,
    "keyphrases": NAME,
    "stripped": KEYWORD,
    "notes": KEYWORD,
    # where it was found
    "source": _SOURCE,
    "sources": _SOURCE,
    "source_count": COUNT,
    "sources_truncated": FLAG,
    # when
    "firstcreated": DATE,
    "firstcreated_value": KEYWORD,
    "firstcreated_precision": KEYWORD,
    "firstcreated_provenance": KEYWORD,
    "firstcreated_doubted": FLAG,
    "versioncreated": DATE,
    "versioncreated_value": KEYWORD,
    "versioncreated_precision": KEYWORD,
    "versioncreated_provenance": KEYWORD,
    "collected_at": DATE,
    "first_seen": DATE,
    "last_seen": DATE,
    "indexed_at": DATE,
    "updated_at": DATE,
    # its versions
    "versions": {"properties": {"version_id": KEYWORD, "versioncreated": DATE, "seen_at": DATE}},
    "version_count": COUNT,
    "versions_truncated": FLAG,
    # what it is about
    "people": NAME,
    "organisations": NAME,
    "places": NAME,
    "others": NAME,
    "entity_names": FOLDED | {"fields": {"words": {"type": "text", "analyzer": "news_plain"}}},
    "entity_links": KEYWORD,
    # Not nested: Kibana's charts cannot count nested fields, and every nested entity would count as a document.
    "entities": OPAQUE,
    "entity_count": COUNT,
    "mention_count": COUNT,
    "subjects": {
        "properties": {
            "code": KEYWORD,
            "name": NAME,
            "name_de": NAME,
            "score": {"type": "float"},
            "provenance": KEYWORD,
        }
    },
    "countries": KEYWORD,
    "locations": {"type": "geo_point"},
    "suggest": {"type": "completion", "analyzer": "news_plain", "preserve_position_increments": False},
    "dates": OPAQUE,
    "dates_mentioned": KEYWORD,
    "quotes": OPAQUE,
    "quote_speakers": NAME,
    "dateline": {
        "properties": {"text": KEYWORD, "places": KEYWORD, "agencies": KEYWORD, "date": KEYWORD},
    },
    # how the document was made
    "enrichment": {
        "properties": {
            "at": DATE,
            "pipeline": KEYWORD,
            "model_version": KEYWORD,
            "lexicon_version": KEYWORD,
            "truncated": KEYWORD,
            "warnings": KEYWORD,
        }
    },
    "kafka": {
        "properties": {"topic": KEYWORD, "partition": COUNT, "offset": {"type": "long"}},
    },
}


def placements_index(alias: str) -> str:
    """Name of the index of claims; no article pattern (``<alias>*``) matches it."""
    return f"placements-{alias}"


def article_mappings() -> Json:
    """The strict mapping, stamped with its version and digest for the detection of drift."""
    digest = hashlib.sha256(json.dumps([PROPERTIES, ANALYSIS], sort_keys=True).encode()).hexdigest()[:16]
    return {
        "dynamic": "strict",
        "_meta": {"newswire_template": TEMPLATE_VERSION, "newswire_digest": digest},
        "properties": PROPERTIES,
    }


def index_template(settings: ElasticsearchSettings, *, lifecycle: str | None = None) -> Json:
    """The composable index template for every article index.

    Args:
        settings: shards, replicas, refresh interval and the alias.
        lifecycle: name of an ILM policy, where the cluster has ILM.
    """
    index: Json = {
        "number_of_shards": settings.shards,
        "number_of_replicas": settings.replicas,
        "refresh_interval": settings.refresh_interval,
        "analysis": ANALYSIS,
    }
    if lifecycle is not None:
        index["lifecycle"] = {"name": lifecycle}
    return {
        "index_patterns": [f"{settings.alias}-*"],
        "priority": 200,
        "version": TEMPLATE_VERSION,
        "template": {
            "settings": {"index": index},
            "mappings": article_mappings(),
            "aliases": {settings.alias: {}},
        },
        "_meta": {"managed_by": "newswire", "description": "Articles, one document each."},
    }


def placements_body(settings: ElasticsearchSettings) -> Json:
    """Settings and mapping of the placements index: claims are read by id only, so nothing in it is indexed."""
    return {
        "settings": {
            "index": {
                "number_of_shards": settings.shards,
                "number_of_replicas": settings.replicas,
                "refresh_interval": "30s",
                "hidden": True,
            }
        },
        "mappings": {"dynamic": "strict", "properties": {"index": {"type": "keyword", "index": False}}},
    }


def lifecycle_policy(settings: ElasticsearchSettings) -> Json:
    """ILM: a month that is no longer written to is merged after 45 days, and deleted where a retention is set."""
    phases: Json = {
        "hot": {"min_age": "0ms", "actions": {"set_priority": {"priority": 100}}},
        "warm": {
            "min_age": "45d",
            "actions": {"set_priority": {"priority": 50}, "forcemerge": {"max_num_segments": 1}},
        },
    }
    if settings.retention_days:
        phases["delete"] = {"min_age": f"{settings.retention_days}d", "actions": {"delete": {}}}
    return {"phases": phases, "_meta": {"managed_by": "newswire"}}
