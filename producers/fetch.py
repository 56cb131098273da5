"""Fetching over HTTP from servers that nobody vouches for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2

from contracts.errors import InputRefused, Retry
from contracts.settings import CollectorSettings
from producers.transport import DEADLINE, GuardedTransport

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
PERMANENT_REDIRECTS = frozenset({301, 308})

MAX_RETRY_AFTER_S = 86_400.0
"""No server makes us wait longer than a day."""

_CORE_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
)


class FetchLater(Retry):
    """The server does not answer now, or says so itself.

    Attributes:
        after_s: seconds that it asked us to wait; None if it did not say.
    """

    def __init__(self, reason: str, message: str, *, after_s: float | None = None) -> None:
        super().__init__(reason, message)
        self.after_s = after_s


@dataclass(frozen=True)
class Fetched:
    """An answer.

    Attributes:
        url: where it came from in the end.
        body: decoded; empty if nothing changed.
        not_modified: what the validators describe is still current.
        moved_to: the new address, if every redirect on the way was a permanent one.
    """

    url: str
    body: bytes = b""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False
    moved_to: str | None = None


class Fetcher(Protocol):
    """Gets what stands at an address."""

    def fetch(self, url: str, *, max_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Get ``url``.

        Args:
            max_bytes: of the decoded body.
            etag, last_modified: validators of what is known already.

        Raises:
            FetchLater: it may work another time.
            InputRefused: it will not: a status that is final, too large, an address that is not for us.
        """
        ...


@dataclass
class MemoryFetcher:
    """Answers from a dictionary: the fake of ``Fetcher``."""

    answers: dict[str, Fetched | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, *, max_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """See ``Fetcher``."""
        self.asked.append(url)
        answer = self.answers.get(url, InputRefused(url, "http-404", "the server answers 404."))
        if isinstance(answer, Exception):
            raise answer
        if len(answer.body) > max_bytes:
            raise InputRefused(url, "too-large", "it is too large.")
        if etag is not None and etag == answer.etag:
            return Fetched(url, etag=etag, not_modified=True)
        return answer


class HttpFetcher:
    """The real ``Fetcher``. A context manager; may be used from several threads.

    Args:
        transport: in place of the network.
    """

    def __init__(self, settings: CollectorSettings, transport: httpx2.BaseTransport | None = None) -> None:
        self._settings = settings
        self._client = httpx2.Client(
            transport=transport or GuardedTransport(allow_private=settings.allow_private_addresses),
            headers={"User-Agent": settings.user_agent},
            timeout=settings.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> HttpFetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, url: str, *, max_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """See ``Fetcher``."""
        headers = {"Accept": "*/*"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        token = DEADLINE.set(time.monotonic() + self._settings.timeout_s)
        try:
            return self._follow(url, headers, max_bytes)
        except InputRefused as refused:
            detail = refused.message.removeprefix(f"{refused.origin}: ")
            raise InputRefused(url, refused.reason, detail, hint=refused.hint) from refused
        except (httpx2.TimeoutException, httpcore2.TimeoutException) as error:
            raise FetchLater("timeout", f"{url} did not answer within {self._settings.timeout_s:g} s.") from error
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, ValueError) as error:
            raise InputRefused(url, "bad-url", f"this address cannot be fetched: {error}.") from error
        except httpx2.DecodingError as error:
            raise InputRefused(url, "bad-encoding", f"the answer is damaged: {error}.") from error
        except (httpx2.HTTPError, *_CORE_ERRORS) as error:
            raise FetchLater("unreachable", f"{url} cannot be reached: {error or type(error).__name__}.") from error
        finally:
            DEADLINE.reset(token)

    def _follow(self, url: str, headers: dict[str, str], max_bytes: int) -> Fetched:
        permanent = True
        at = url
        for _ in range(MAX_REDIRECTS + 1):
            check_address(at)
            with self._client.stream("GET", at, headers=headers) as response:
                if response.status_code in REDIRECTS and response.headers.get("location"):
                    permanent = permanent and response.status_code in PERMANENT_REDIRECTS
                    at = urljoin(at, response.headers["location"])
                    continue
                moved_to = at if at != url and permanent else None
                return self._answer(at, moved_to, response, max_bytes)
        raise InputRefused(url, "redirects", f"it redirects more than {MAX_REDIRECTS} times.")

    def _answer(self, url: str, moved_to: str | None, response: httpx2.Response, max_bytes: int) -> Fetched:
        status, headers = response.status_code, response.headers
        found = Fetched(
            url,
            content_type=headers.get("content-type", ""),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            moved_to=moved_to,
        )
        if status == 304:
            return replace(found, not_modified=True)
        if status in TRANSIENT:
            raise FetchLater(f"http-{status}", f"{url} answers {status}.", after_s=_retry_after(headers))
        if status != 200:
            raise InputRefused(url, f"http-{status}", f"the server answers {status}.")
        declared = headers.get("content-length", "")
        body = bytearray()
        if not declared.isdigit() or int(declared) <= max_bytes:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    break
            else:
                return replace(found, body=bytes(body))
        raise InputRefused(
            url,
            "too-large",
            f"it has more than the {max_bytes:,} bytes that are read.",
            hint="See `newswire config show`.",
        )


def check_address(url: str) -> None:
    """Raise InputRefused unless ``url`` is an http(s) address without credentials."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable:
        raise InputRefused(url, "bad-url", "only http and https addresses are fetched.")
    if parts.username is not None or parts.password is not None:
        raise InputRefused(parts.hostname or "", "bad-url", "an address with a password in it is not fetched.")


def _retry_after(headers: httpx2.Headers) -> float | None:
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return min(float(value), MAX_RETRY_AFTER_S)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
