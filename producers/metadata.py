"""What a page says about itself to machines: JSON-LD and meta tags, each date with who claims it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from lxml import html

from contracts.messages import DateClaim, DateRole
from producers.articles import unique
from producers.cleaning import one_line
from producers.dates import whole_date

ARTICLE_TYPES = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle "
    "ReviewNewsArticle AskPublicNewsArticle LiveBlogPosting BlogPosting SocialMediaPosting Report "
    "AdvertiserContentArticle ScholarlyArticle TechArticle WebPage".split()
)
"""schema.org's types that describe the article of a page; ``WebPage`` counts where there is no other."""

MAX_LD_CHARS = 500_000
MAX_LD_NODES = 2_000

META_DATES: tuple[tuple[str, DateRole], ...] = (
    ("article:published_time", "published"),
    ("og:published_time", "published"),
    ("datepublished", "published"),
    ("date", "published"),
    ("dc.date.issued", "published"),
    ("dcterms.created", "published"),
    ("dc.date", "published"),
    ("publish-date", "published"),
    ("pubdate", "published"),
    ("parsely-pub-date", "published"),
    ("sailthru.date", "published"),
    ("cxenseparse:recs:publishtime", "published"),
    ("article:modified_time", "modified"),
    ("og:updated_time", "modified"),
    ("last-modified", "modified"),
    ("datemodified", "modified"),
    ("dcterms.modified", "modified"),
)

_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_CONTROLS = re.compile(r"[\x00-\x1f]+")


@dataclass(frozen=True)
class PageMetadata:
    """What JSON-LD and meta tags say, the more trusted first."""

    headline: str | None = None
    description: str | None = None
    byline: str | None = None
    section: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] = ()
    dates: tuple[DateClaim, ...] = ()
    text: str | None = None


def page_metadata(tree: html.HtmlElement, assumed: tzinfo) -> PageMetadata:
    """Read them.

    Args:
        assumed: the time zone of dates that name none.
    """
    node = _article_node(tree)
    meta = _meta(tree)

    def first(*values: object) -> str | None:
        return next((line for value in values if isinstance(value, str) and (line := one_line(value))), None)

    dates = [
        *_claims(
            ((node.get("datePublished"), "published"), (node.get("dateModified"), "modified")), "json-ld", assumed
        ),
        *_claims(((meta.get(name), role) for name, role in META_DATES), "meta", assumed),
    ]
    keywords = node.get("keywords") or meta.get("news_keywords") or meta.get("keywords") or ()
    parts = re.split(r"[,;]", keywords) if isinstance(keywords, str) else keywords
    body = node.get("articleBody")
    return PageMetadata(
        headline=first(node.get("headline"), meta.get("og:title"), meta.get("twitter:title")),
        description=first(node.get("description"), meta.get("og:description"), meta.get("description")),
        byline=_names(node.get("author")) or first(meta.get("author"), meta.get("parsely-author")),
        section=first(*_as_list(node.get("articleSection")), meta.get("article:section"), meta.get("section")),
        language=first(node.get("inLanguage"), tree.get("lang"), meta.get("og:locale")),
        keywords=tuple(unique(one_line(part) for part in _as_list(parts) if isinstance(part, str))),
        dates=tuple(dates),
        text=body if isinstance(body, str) and body.strip() else None,
    )


def _claims(values: Any, provenance: str, assumed: tzinfo) -> Iterator[DateClaim]:
    for written, role in values:
        found = whole_date(written, assumed) if isinstance(written, str) else None
        if found is not None:
            yield found.claim(provenance, role)


def _meta(tree: html.HtmlElement) -> dict[str, str]:
    """First content of each name, property or itemprop, in lower case."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv")
        content = tag.get("content")
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _article_node(tree: html.HtmlElement) -> dict[str, Any]:
    """The JSON-LD object that describes the article, empty if there is none."""
    best: dict[str, Any] = {}
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() != "application/ld+json":
            continue
        for node in _nodes(_tolerant(script.text or "")):
            kinds = {kind.rsplit("/", 1)[-1] for kind in _as_list(node.get("@type")) if isinstance(kind, str)}
            if kinds & (ARTICLE_TYPES - {"WebPage"}):
                return node
            if "WebPage" in kinds and not best:
                best = node
    return best


def _tolerant(text: str) -> Any:
    """JSON as sites write it: with control characters, trailing commas and comments around it."""
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")[:MAX_LD_CHARS]
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", _CONTROLS.sub(" ", text))):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in ``value``, outer before inner, at most ``MAX_LD_NODES``."""
    open_values, seen = [value], 0
    while open_values and seen < MAX_LD_NODES:
        current = open_values.pop(0)
        seen += 1
        if isinstance(current, dict):
            yield current
            open_values += [inner for inner in current.values() if isinstance(inner, dict | list)]
        elif isinstance(current, list):
            open_values += current


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(value: Any) -> str | None:
    names = [part.get("name") if isinstance(part, dict) else part for part in _as_list(value)]
    flat = [name for entry in names for name in _as_list(entry)]
    lines = unique(one_line(name, limit=200) for name in flat if isinstance(name, str) and "://" not in name)
    return ", ".join(lines) or None
