"""One article has one id, whatever way it came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identity import article_id, canonical_url, version_id
from contracts.messages import Block

SAME = [
    "https://www.example.org/politik/artikel.html",
    "http://www.example.org/politik/artikel.html",
    "HTTPS://WWW.EXAMPLE.ORG:443/politik/artikel.html#kommentare",
    "https://www.example.org./politik/../politik/artikel.html?utm_source=rss&utm_medium=feed",
    "https://user:secret@www.example.org/politik/artikel.html?fbclid=x&wt_zmc=y",
]


def test_spellings_of_an_address_are_one_article() -> None:
    assert len({article_id(url=url) for url in SAME}) == 1


def test_query_parameters_that_name_the_page_are_kept_in_one_order() -> None:
    assert canonical_url("https://example.org/?b=2&a=1&utm_term=x") == canonical_url("https://example.org/?a=1&b=2")
    assert article_id(url="https://example.org/?id=1") != article_id(url="https://example.org/?id=2")


def test_credentials_never_enter_an_address() -> None:
    assert "secret" not in canonical_url(SAME[-1])


@pytest.mark.parametrize(
    "url",
    ["", "artikel.html", "/a", "javascript:alert(1)", "file:///etc/passwd", "ftp://a/b", "https://", "http://.../"],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        canonical_url(url)


@given(
    st.sampled_from(["a", "ü", "例"]),
    st.lists(st.tuples(st.text("abü&=%+ /", max_size=5), st.text(max_size=5)), max_size=4),
)
def test_canonical_form_is_stable(path: str, query: list[tuple[str, str]]) -> None:
    from yarl import URL

    once = canonical_url(str(URL.build(scheme="https", host="example.org", path=f"/{path}", query=query)))
    assert canonical_url(once) == once


def test_without_address_the_sources_own_id_decides_then_the_text() -> None:
    assert article_id(source_id="dpa", item_id="1") != article_id(source_id="afp", item_id="1")
    assert article_id(source_id="dpa", item_id="1") != article_id(source_id="dpa", item_id="2")
    assert article_id(text="Ein  Text\n\nmit Umbrüchen") == article_id(text="Ein Text mit Umbrüchen ")
    assert article_id(text="Ein Text") != article_id(text="Ein anderer Text")


def test_a_version_is_what_a_reader_sees() -> None:
    blocks = [Block(text="Erster Absatz."), Block(text="Zwischenruf", kind="subheading")]
    assert version_id("Titel", blocks) == version_id("Titel ", [Block(text="Erster\u00a0Absatz."), blocks[1]])
    assert version_id("Titel", blocks) != version_id("Titel", blocks[::-1])
    assert version_id("Titel", blocks) != version_id("Titel", [blocks[0], Block(text="Zwischenruf")])
    assert version_id("a", [Block(text="b")]) != version_id("a b", [])
