"""Parsers in processes of their own, with real processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from contracts.errors import InputRefused
from producers.feeds import parse_feed
from producers.isolation import Isolated, directly

URL = "https://news.example/feed"


def rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


@pytest.fixture(scope="module")
def isolated() -> Iterator[Isolated]:
    with Isolated(limit_s=8) as parse:
        yield parse


def dies(data: bytes, *, url: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_feed_is_what_it_is_without_isolation(isolated: Isolated) -> None:
    data = rss("<item><guid>1</guid><title>Hochwasser im Norden</title></item>")
    assert isolated(parse_feed, data, url=URL) == directly(parse_feed, data, url=URL)


def test_a_refusal_comes_back_whole(isolated: Isolated) -> None:
    page = b"<!doctype html><link type='application/rss+xml' href='/rss'>"
    with pytest.raises(InputRefused) as here:
        directly(parse_feed, page, url=URL)
    with pytest.raises(InputRefused) as there:
        isolated(parse_feed, page, url=URL)
    assert str(there.value) == str(here.value)
    assert (there.value.reason, there.value.hint) == (here.value.reason, here.value.hint)


def test_a_feed_that_takes_for_ever_is_refused_and_the_next_one_is_read(isolated: Isolated) -> None:
    begun = time.monotonic()
    with pytest.raises(InputRefused) as refused:
        isolated(parse_feed, rss(f"<item><guid>1</guid><author>{'1' * 300_000}</author></item>"), url=URL)
    assert refused.value.reason == "too-slow"
    assert time.monotonic() - begun < 60
    assert len(isolated(parse_feed, rss("<item><guid>2</guid><title>Weiter</title></item>"), url=URL).items) == 1


def test_parsers_that_die_take_nothing_with_them(isolated: Isolated) -> None:
    for _ in range(3):
        with pytest.raises(InputRefused) as refused:
            isolated(dies, b"", url=URL)
        assert refused.value.reason == "parser-died"
    assert len(isolated(parse_feed, rss("<item><guid>3</guid><title>Da</title></item>"), url=URL).items) == 1
