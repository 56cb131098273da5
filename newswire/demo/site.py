"""The demo's web sites: feeds and pages as publishers make them, menus, advertisements and all. Values only.

Three habits of publishers are shown: full JSON-LD, OpenGraph tags only, and next to nothing.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from typing import Any, Literal

Markup = Literal["json-ld", "opengraph", "plain"]

AD = {
    "de": "Anzeige: Sparen Sie jetzt 20 % auf Gummistiefel. Hier klicken!",
    "en": "Advertisement: Save 20% on rubber boots today. Click here!",
}
MENU = {"de": ("Start", "Politik", "Sport", "Abo"), "en": ("Home", "World", "Sport", "Subscribe")}
COOKIES = {"de": "Wir verwenden Cookies. Alle akzeptieren", "en": "We use cookies. Accept all"}
READ_ON = {"de": "Lesen Sie auch", "en": "Read more"}


@dataclass(frozen=True)
class Article:
    """One article of a site, in the version that is shown now.

    Attributes:
        minutes_ago: age at the start of the demo.
        updated: the version that appears while the demo runs.
    """

    slug: str
    headline: str
    byline: str
    section: str
    teaser: str
    body: str
    minutes_ago: int
    keywords: tuple[str, ...] = ()
    updated: bool = False

    def blocks(self) -> list[tuple[str, str]]:
        """Tag and text of every paragraph and sub-heading."""
        parts = [part.strip() for part in self.body.strip().split("\n\n")]
        return [("h2", part[3:]) if part.startswith("## ") else ("p", part) for part in parts]


@dataclass(frozen=True)
class Site:
    """A publisher: a feed and its pages."""

    id: str
    title: str
    language: str
    format: Literal["rss", "atom"]
    path: str
    markup: Markup
    articles: tuple[Article, ...] = field(default=())

    def page_path(self, article: Article) -> str:
        """Where the article's page stands."""
        return f"/{self.id}/{article.slug}.html"


def load_sites(*, later: bool) -> list[Site]:
    """The sites as they are at the start, or ``later`` in the demo."""
    folder = files("newswire.demo") / "content"
    sites = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            sites.append(_site(tomllib.loads(entry.read_text(encoding="utf-8")), later=later))
    return sites


def dirty_text() -> bytes:
    """The text file as a crawler left it: cp1252, with a header and advertisement labels."""
    return (files("newswire.demo") / "content" / "waldbrand-anzeige.txt").read_bytes()


def _site(data: dict[str, Any], *, later: bool) -> Site:
    entries = data.pop("article")
    articles = tuple(_article(entry, later=later) for entry in entries if later or not entry.get("only_later"))
    return Site(**data, articles=articles)


def _article(entry: dict[str, Any], *, later: bool) -> Article:
    known = {name: value for name, value in entry.items() if name not in {"later", "only_later"}}
    article = Article(**known | {"keywords": tuple(entry.get("keywords", ()))})
    if later and "later" in entry:
        return replace(article, **entry["later"], updated=True)
    return article


def render(sites: Iterable[Site], *, base: str, started: datetime) -> dict[str, tuple[str, bytes]]:
    """Path to content type and bytes, for everything the web server serves.

    Args:
        sites: the publishers.
        base: address of the web server, without a slash at its end.
        started: when the demo began; the articles' ages count from it.
    """
    served: dict[str, tuple[str, bytes]] = {}
    for site in sites:
        feed = _rss if site.format == "rss" else _atom
        served[site.path] = (f"application/{site.format}+xml; charset=utf-8", feed(site, base, started).encode())
        for article in site.articles:
            served[site.page_path(article)] = ("text/html; charset=utf-8", _page(site, article, base, started).encode())
    return served


def _published(article: Article, started: datetime) -> datetime:
    return started - timedelta(minutes=article.minutes_ago)


def _modified(article: Article, started: datetime) -> datetime:
    return started if article.updated else _published(article, started)


def _rss(site: Site, base: str, started: datetime) -> str:
    items = "".join(
        f"<item><title>{escape(article.headline)}</title>"
        f"<link>{base}{site.page_path(article)}?utm_source=rss&amp;utm_medium=feed</link>"
        f'<guid isPermaLink="false">{site.id}-{article.slug}</guid>'
        f"<pubDate>{format_datetime(_published(article, started))}</pubDate>"
        f"<category>{escape(article.section)}</category>"
        f"<description>{escape(f'<p>{article.teaser}</p>')}</description></item>"
        for article in site.articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(site.title)}</title><link>{base}/{site.id}/</link><language>{site.language}</language>"
        f"<description>{escape(site.title)}</description>{items}</channel></rss>"
    )


def _atom(site: Site, base: str, started: datetime) -> str:
    entries = "".join(
        f'<entry><title type="html">{escape(escape(article.headline))}</title>'
        f'<link rel="alternate" type="text/html" href="{base}{site.page_path(article)}"/>'
        f"<id>tag:{site.id}.example,2024:{article.slug}</id>"
        f"<published>{_published(article, started).isoformat()}</published>"
        f"<updated>{_modified(article, started).isoformat()}</updated>"
        f"<author><name>{escape(article.byline)}</name></author>"
        f'<category term="{escape(article.section)}"/><summary>{escape(article.teaser)}</summary></entry>'
        for article in site.articles
    )
    newest = max((_modified(article, started) for article in site.articles), default=started)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language}">'
        f"<title>{escape(site.title)}</title><id>{base}{site.path}</id><updated>{newest.isoformat()}</updated>"
        f"{entries}</feed>"
    )


def _page(site: Site, article: Article, base: str, started: datetime) -> str:
    language = site.language
    url = base + site.page_path(article)
    menu = "".join(f'<li><a href="{base}/{site.id}/">{escape(entry)}</a></li>' for entry in MENU[language])
    blocks = [f"<{tag}>{escape(text, quote=False)}</{tag}>" for tag, text in article.blocks()]
    advertisement = f'<div class="ad advertisement">{AD[language]}</div>'
    blocks.insert(min(2, len(blocks)), advertisement)
    others = "".join(
        f'<li><a href="{base}{site.page_path(other)}">{escape(other.headline)}</a></li>'
        for other in site.articles[:4]
        if other.slug != article.slug
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(article.headline)} | {escape(site.title)}</title>"
        f'<link rel="canonical" href="{url}">{_metadata(site, article, url, started)}</head><body>'
        f'<div id="cookie-banner">{COOKIES[language]}</div><header><nav><ul>{menu}</ul></nav></header>'
        f'<main><article><h1>{escape(article.headline)}</h1><p class="lead">{escape(article.teaser)}</p>'
        f'<p class="byline">{escape(article.byline)}</p>{"".join(blocks)}</article>'
        f'<aside class="related"><h3>{READ_ON[language]}</h3><ul>{others}</ul></aside></main>'
        f"<footer><p>© {escape(site.title)} · Impressum · Kontakt · Datenschutz</p></footer></body></html>"
    )


def _metadata(site: Site, article: Article, url: str, started: datetime) -> str:
    published = _published(article, started).isoformat()
    modified = _modified(article, started).isoformat()
    description = f'<meta name="description" content="{escape(article.teaser)}">'
    if site.markup == "json-ld":
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.headline,
            "description": article.teaser,
            "datePublished": published,
            "dateModified": modified,
            "articleSection": article.section,
            "keywords": list(article.keywords),
            "author": {"@type": "Person", "name": article.byline.removeprefix("Von ").removeprefix("By ")},
            "publisher": {"@type": "NewsMediaOrganization", "name": site.title},
            "mainEntityOfPage": url,
            "inLanguage": site.language,
        }
        text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        return f'{description}<script type="application/ld+json">{text}</script>'
    if site.markup == "opengraph":
        return description + "".join(
            f'<meta property="{name}" content="{escape(value)}">'
            for name, value in (
                ("og:type", "article"),
                ("og:title", article.headline),
                ("og:description", article.teaser),
                ("og:url", url),
                ("og:site_name", site.title),
                ("article:published_time", published),
                ("article:modified_time", modified),
                ("article:section", article.section),
                ("article:author", article.byline),
            )
        )
    return description
