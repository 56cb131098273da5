"""What the demo serves is what publishers serve: whole feeds and pages, and one message that is truly broken."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

import feedparser
import pytest

from contracts.codec import decode
from contracts.errors import Quarantine
from contracts.messages import RawArticle
from newswire.demo.run import POISON, Expected
from newswire.demo.server import serve
from newswire.demo.site import dirty_text, load_sites, render

STARTED = datetime(2024, 3, 5, 12, tzinfo=UTC)
BASE = "http://127.0.0.1:1"


def test_there_are_a_few_dozen_articles_in_two_languages_and_two_feed_formats() -> None:
    sites = load_sites(later=True)
    assert sum(len(site.articles) for site in sites) >= 30
    assert {site.language for site in sites} == {"de", "en"}
    assert {site.format for site in sites} == {"rss", "atom"}
    assert {site.markup for site in sites} == {"json-ld", "opengraph", "plain"}
    slugs = [(site.id, article.slug) for site in sites for article in site.articles]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("later", [False, True])
def test_every_feed_lists_its_articles_and_every_page_it_links_to_is_served(later: bool) -> None:
    sites = load_sites(later=later)
    served = render(sites, base=BASE, started=STARTED)
    for site in sites:
        feed = feedparser.parse(BytesIO(served[site.path][1]))
        assert not feed.bozo
        assert [entry.title for entry in feed.entries] == [article.headline for article in site.articles]
        for entry, article in zip(feed.entries, site.articles, strict=True):
            page = served[urlsplit(entry.link).path][1].decode()
            assert article.blocks()[0][1].split("„")[0][:40].replace("&", "&amp;") in page
            assert entry.published_parsed is not None


def test_later_one_article_reads_otherwise_and_one_is_new() -> None:
    before = {(site.id, article.slug): article for site in load_sites(later=False) for article in site.articles}
    after = {(site.id, article.slug): article for site in load_sites(later=True) for article in site.articles}
    assert len(set(after) - set(before)) == 1
    assert [key for key in before if before[key] != after[key]] == [("elbtal-live", "ticker-sturmtief-wiebke")]
    expected = Expected.of(load_sites(later=True), files=1)
    assert (expected.articles, expected.versions) == (len(after) + 1, len(after) + 2)


def test_the_text_file_is_as_dirty_as_it_claims() -> None:
    raw = dirty_text()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    text = raw.decode("cp1252")
    assert text.lstrip().startswith("date 2024-03 Anzeige")
    assert "Waldbrände" in text


def test_the_broken_message_is_one_that_no_stage_can_read() -> None:
    with pytest.raises(Quarantine):
        decode(POISON, RawArticle)


def test_the_server_answers_a_conditional_get_with_304_until_the_content_changes() -> None:
    with serve(STARTED) as web:
        path = next(site.path for site in load_sites(later=False) if site.id == "elbtal-live")
        first = urllib.request.urlopen(web.base + path)
        tag = first.headers["ETag"]
        again = urllib.request.Request(web.base + path, headers={"If-None-Match": tag})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(again)
        assert refusal.value.code == 304
        web.show(later=True)
        assert urllib.request.urlopen(again).headers["ETag"] != tag
        assert web.hits[path] == 3
