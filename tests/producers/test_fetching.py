"""Fetching from real HTTP servers that misbehave."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from contracts.errors import InputRefused
from contracts.settings import CollectorSettings
from producers.fetch import Fetched, Fetcher, FetchLater, HttpFetcher, MemoryFetcher
from producers.manners import PatientFetcher, PoliteFetcher
from producers.transport import GuardedTransport, public_address

LIMIT = 1_000_000


def settings(**values: Any) -> CollectorSettings:
    return CollectorSettings(**{"allow_private_addresses": True, "timeout_s": 5, **values})


@pytest.fixture
def fetcher() -> Iterator[HttpFetcher]:
    with HttpFetcher(settings()) as fetcher:
        yield fetcher


@pytest.fixture(params=["memory", "http"])
def page(request: pytest.FixtureRequest, httpserver: HTTPServer) -> tuple[Fetcher, str]:
    """A fetcher, and an address at which it finds the body ``hello`` with the validator ``"v1"``."""
    url = httpserver.url_for("/page")
    if request.param == "memory":
        return MemoryFetcher({url: Fetched(url, b"hello", etag='"v1"')}), url

    def answer(asked: Request) -> Response:
        if asked.headers.get("If-None-Match") == '"v1"':
            return Response(status=304)
        return Response("hello", headers={"ETag": '"v1"'})

    httpserver.expect_request("/page").respond_with_handler(answer)
    httpserver.expect_request("/page-not").respond_with_data("", status=404)
    return request.getfixturevalue("fetcher"), url


def test_every_fetcher_gets_a_page_once_and_nothing_while_it_is_unchanged(page: tuple[Fetcher, str]) -> None:
    fetcher, url = page
    first = fetcher.fetch(url, max_bytes=LIMIT)
    assert (first.body, first.etag, first.not_modified) == (b"hello", '"v1"', False)
    second = fetcher.fetch(url, max_bytes=LIMIT, etag=first.etag)
    assert (second.body, second.not_modified) == (b"", True)


def test_every_fetcher_refuses_what_is_absent_or_too_large(page: tuple[Fetcher, str]) -> None:
    fetcher, url = page
    with pytest.raises(InputRefused):
        fetcher.fetch(url + "-not", max_bytes=LIMIT)
    with pytest.raises(InputRefused) as refused:
        fetcher.fetch(url, max_bytes=4)
    assert refused.value.reason == "too-large"


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "http-404"), (410, "http-410"), (403, "http-403"), (204, "http-204")]
)
def test_a_final_status_is_a_refusal(httpserver: HTTPServer, fetcher: HttpFetcher, status: int, reason: str) -> None:
    httpserver.expect_request("/x").respond_with_data("x", status=status)
    with pytest.raises(InputRefused) as refused:
        fetcher.fetch(httpserver.url_for("/x"), max_bytes=LIMIT)
    assert refused.value.reason == reason


def test_a_busy_server_is_for_later_and_says_when(httpserver: HTTPServer, fetcher: HttpFetcher) -> None:
    httpserver.expect_request("/x").respond_with_data("x", status=503, headers={"Retry-After": "120"})
    with pytest.raises(FetchLater) as later:
        fetcher.fetch(httpserver.url_for("/x"), max_bytes=LIMIT)
    assert (later.value.reason, later.value.after_s) == ("http-503", 120.0)


def test_a_gzip_bomb_is_cut_off(httpserver: HTTPServer, fetcher: HttpFetcher) -> None:
    bomb = gzip.compress(b"\x00" * 60_000_000)
    httpserver.expect_request("/bomb").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(InputRefused) as refused:
        fetcher.fetch(httpserver.url_for("/bomb"), max_bytes=LIMIT)
    assert refused.value.reason == "too-large"


def test_damaged_compression_is_refused(httpserver: HTTPServer, fetcher: HttpFetcher) -> None:
    httpserver.expect_request("/x").respond_with_data(b"no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(InputRefused) as refused:
        fetcher.fetch(httpserver.url_for("/x"), max_bytes=LIMIT)
    assert refused.value.reason == "bad-encoding"


def test_redirects_are_followed_and_permanent_ones_reported(httpserver: HTTPServer, fetcher: HttpFetcher) -> None:
    httpserver.expect_request("/old").respond_with_data("", status=301, headers={"Location": "/new"})
    httpserver.expect_request("/temporary").respond_with_data("", status=302, headers={"Location": "/new"})
    httpserver.expect_request("/new").respond_with_data("here")
    moved = fetcher.fetch(httpserver.url_for("/old"), max_bytes=LIMIT)
    assert (moved.body, moved.moved_to) == (b"here", httpserver.url_for("/new"))
    assert fetcher.fetch(httpserver.url_for("/temporary"), max_bytes=LIMIT).moved_to is None


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "bad-url"),
        ("ftp://example.org/x", "bad-url"),
        ("http://user:secret@example.org/", "bad-url"),
        ("/loop", "redirects"),
        ("http://[bad", "bad-url"),
    ],
)
def test_a_bad_redirect_is_refused(location: str, reason: str) -> None:
    answer = httpx2.MockTransport(lambda _: httpx2.Response(302, headers={"Location": location}))
    with HttpFetcher(settings(), answer) as fetcher, pytest.raises(InputRefused) as refused:
        fetcher.fetch("http://example.org/loop", max_bytes=LIMIT)
    assert refused.value.reason == reason
    assert "secret" not in str(refused.value)


def resolver(addresses: dict[str, str]) -> Callable[..., list[Any]]:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses.get(host, host), port))]

    return resolve


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_loopback_is_refused_however_it_is_spelt(httpserver: HTTPServer, host: str) -> None:
    httpserver.expect_request("/x").respond_with_data("inner secret")
    with (
        HttpFetcher(settings(allow_private_addresses=False)) as fetcher,
        pytest.raises((InputRefused, FetchLater)) as error,
    ):
        fetcher.fetch(f"http://{host}:{httpserver.port}/x", max_bytes=LIMIT)
    assert error.value.reason in {"private-address", "unreachable", "bad-url"}
    assert httpserver.log == []


def test_a_name_that_means_a_private_address_is_refused_at_the_connection(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data("inner secret")
    transport = GuardedTransport(allow_private=False, resolve=resolver({"innocent.example": "127.0.0.1"}))
    with HttpFetcher(settings(), transport) as fetcher, pytest.raises(InputRefused) as refused:
        fetcher.fetch(f"http://innocent.example:{httpserver.port}/x", max_bytes=LIMIT)
    assert refused.value.reason == "private-address"
    assert httpserver.log == []


def test_a_redirect_to_loopback_is_refused() -> None:
    class Outside(httpx2.BaseTransport):
        """A public host that redirects inwards; everything else goes through the guard."""

        guard = GuardedTransport(allow_private=False)

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.url.host == "public.example":
                return httpx2.Response(302, headers={"Location": "http://127.0.0.1:9/admin"})
            return self.guard.handle_request(request)

    with HttpFetcher(settings(), Outside()) as fetcher, pytest.raises(InputRefused) as refused:
        fetcher.fetch("http://public.example/", max_bytes=LIMIT)
    assert refused.value.reason == "private-address"
    assert refused.value.origin == "http://public.example/"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert public_address(address) is public


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends one byte of its headers now and then, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    stop.set()
    server.close()
    thread.join(timeout=5)


def test_a_server_that_drips_is_left_at_the_deadline(dripping: str) -> None:
    began = time.monotonic()
    with HttpFetcher(settings(timeout_s=0.5)) as fetcher, pytest.raises(FetchLater) as later:
        fetcher.fetch(dripping, max_bytes=LIMIT)
    assert later.value.reason == "timeout"
    assert time.monotonic() - began < 4


def test_nobody_at_home_is_for_later(fetcher: HttpFetcher) -> None:
    with pytest.raises(FetchLater) as later:
        fetcher.fetch("http://127.0.0.1:1/", max_bytes=LIMIT)
    assert later.value.reason == "unreachable"


class Flaky:
    """Fails as it is told, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def fetch(self, url: str, **_: Any) -> Fetched:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return Fetched(url)


@pytest.mark.parametrize(
    ("errors", "calls", "succeeds"),
    [
        ([FetchLater("http-503", "busy")] * 2, 3, True),
        ([FetchLater("http-503", "busy")] * 3, 3, False),
        ([FetchLater("http-429", "busy", after_s=0.01)], 2, True),
        ([FetchLater("http-429", "busy", after_s=600)], 1, False),
        ([FetchLater("timeout", "slow")], 1, False),
        ([InputRefused("x", "http-404", "gone")], 1, False),
    ],
)
def test_what_may_work_at_once_is_tried_again(errors: list[Exception], calls: int, succeeds: bool) -> None:
    flaky = Flaky(*errors)
    if succeeds:
        PatientFetcher(flaky).fetch("http://example.org/", max_bytes=1)
    else:
        with pytest.raises((FetchLater, InputRefused)):
            PatientFetcher(flaky).fetch("http://example.org/", max_bytes=1)
    assert flaky.calls == calls


def test_one_host_is_given_a_pause_and_another_is_not() -> None:
    waits: list[float] = []
    polite = PoliteFetcher(Flaky(), 2.0, pause=waits.append, clock=lambda: 100.0)
    for url in ("http://a.example/1", "http://b.example/1", "http://a.example/2", "http://A.example/3"):
        polite.fetch(url, max_bytes=1)
    assert waits == [2.0, 2.0]
