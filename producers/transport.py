"""An HTTP transport for hostile servers: it keeps a deadline, and off private networks."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

from contracts.errors import InputRefused

DEADLINE: ContextVar[float] = ContextVar("deadline")
"""The moment, of the monotonic clock, at which the fetch of the current thread is out of time."""


def _left(timeout: float | None) -> float:
    """Seconds that one operation on the socket may still take. Raises if the whole fetch is out of time."""
    left = DEADLINE.get(float("inf")) - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("out of time")
    return min(left, timeout if timeout is not None else left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every operation ends with the fetch's own deadline: a server cannot drip for ever."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def public_address(address: str) -> bool:
    """Whether an IP address belongs to the public internet, an IPv4 one inside IPv6 included."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return public_address(str(inner))
        if ip.is_site_local:  # fec0::/10, given up but still in use; ipaddress calls it global
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class _Backend(httpcore2.SyncBackend):
    """Connects to the very address it has checked, so that a name cannot change its meaning in between."""

    def __init__(self, allow_private: bool, resolve: Callable[..., list[Any]]) -> None:
        self._allow_private = allow_private
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            found = self._resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"there is no host {host}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [address for address in addresses if self._allow_private or public_address(address)]
        if not allowed:
            raise InputRefused(
                host,
                "private-address",
                f"its address {', '.join(addresses)} is not on the public internet; "
                "collector.allow_private_addresses = true allows it for feeds that you run yourself.",
            )
        failure: Exception = httpcore2.ConnectError(f"no address of {host}")
        for address in allowed:
            try:
                return _Stream(super().connect_tcp(address, port, _left(timeout), local_address, socket_options))
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                failure = error
        raise failure


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class GuardedTransport(httpx2.BaseTransport):
    """HTTP over connections that stay within the deadline and off private networks.

    Args:
        allow_private: connect to loopback and private addresses too.
        resolve: ``socket.getaddrinfo`` or what stands in for it.
    """

    def __init__(self, *, allow_private: bool, resolve: Callable[..., list[Any]] = socket.getaddrinfo) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=256,
            max_keepalive_connections=32,
            keepalive_expiry=30,
            network_backend=_Backend(allow_private, resolve),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
