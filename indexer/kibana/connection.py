"""One conversation with Kibana: credentials, patience while it starts, and its refusals as our errors."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import structlog

from contracts.errors import ConfigError, ServiceUnavailable
from contracts.settings import KibanaSettings

SERVICE = "Kibana"

POLL_S = 1.0
"""Kibana takes some twenty seconds to start; asking once a second is no load."""

REQUEST_TIMEOUT_S = 30.0
"""An import of our size takes below a second; the rest is for a server that has just started."""

BUSY = frozenset({429, 500, 502, 503, 504})
"""Answers that may be another one a moment later. Every request of ours may be repeated."""

SET_ADDRESS = "Set it with --url or NEWSWIRE_KIBANA__URL, such as http://127.0.0.1:5601."

SET_CREDENTIALS = "Set NEWSWIRE_KIBANA__API_KEY, or NEWSWIRE_KIBANA__USERNAME and NEWSWIRE_KIBANA__PASSWORD."

log = structlog.get_logger()


def connect(settings: KibanaSettings) -> httpx2.Client:
    """An HTTP client with the credentials and the header that Kibana wants against cross-site requests.

    Raises:
        ConfigError: the address is none, or the authority's file cannot be read.
    """
    try:
        url = httpx2.URL(settings.url.strip())
    except httpx2.InvalidURL as error:
        raise ConfigError("Kibana's address is no URL.", hint=SET_ADDRESS) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(f"Kibana's address {without_credentials(url)!r} is no http or https URL.", hint=SET_ADDRESS)
    headers = {"kbn-xsrf": "newswire"}
    auth: tuple[str, str] | None = None
    if key := settings.api_key.get_secret_value():
        headers["Authorization"] = f"ApiKey {key}"
    elif settings.username:
        auth = (settings.username, settings.password.get_secret_value())
    elif url.userinfo:
        auth = (url.username, url.password)
    return httpx2.Client(
        base_url=url.copy_with(userinfo=b""),
        headers=headers,
        auth=auth,
        verify=_trust(settings),
        follow_redirects=False,
        trust_env=False,
    )


def _trust(settings: KibanaSettings) -> ssl.SSLContext | bool:
    if settings.ca_certs is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(settings.ca_certs))
    except OSError as error:
        raise ConfigError(
            f"The certificates in {settings.ca_certs} cannot be read: {error}.",
            hint="Correct NEWSWIRE_KIBANA__CA_CERTS.",
        ) from error


def without_credentials(url: httpx2.URL) -> str:
    """The URL as it may be shown and logged."""
    return str(url.copy_with(userinfo=b"")).rstrip("/")


@dataclass
class Deadline:
    """When an operation must have ended; made once and passed down."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until then, not below 0."""
        return max(0.0, self._end - self.clock())

    def wait(self, seconds: float) -> bool:
        """Pause for ``seconds`` or what is left; False, without a pause, if nothing is left."""
        left = self.left
        if left > 0:
            self.pause(min(seconds, left))
        return left > 0


@dataclass(frozen=True)
class Kibana:
    """Requests to one Kibana, within one deadline."""

    http: httpx2.Client
    deadline: Deadline

    @property
    def address(self) -> str:
        """Base URL without credentials."""
        return without_credentials(self.http.base_url)

    def ask(
        self,
        method: str,
        path: str,
        *,
        allowed: tuple[int, ...] = (200,),
        accept: Callable[[httpx2.Response], bool] = lambda answer: True,
        **options: Any,
    ) -> httpx2.Response:
        """The first answer with an allowed status that is accepted; asked again until the deadline.

        Args:
            path: below the address, whose own base path stays in front.
            options: as of ``httpx2.Client.request``.

        Raises:
            ConfigError: an answer that no waiting mends.
            ServiceUnavailable: no accepted answer in time.
        """
        said = ""
        while True:
            timeout = min(REQUEST_TIMEOUT_S, max(POLL_S, self.deadline.left))
            try:
                answer = self.http.request(method, path, timeout=timeout, **options)
            except (httpx2.TransportError, httpx2.DecodingError) as error:
                problem = str(error) or type(error).__name__
            else:
                if answer.status_code in allowed and accept(answer):
                    return answer
                problem = self._judge(answer, allowed)
            if problem != said:
                said = problem
                log.info("waiting-for-kibana", address=self.address, problem=problem)
            if not self.deadline.wait(POLL_S):
                raise ServiceUnavailable(
                    SERVICE, self.address, problem, hint="Start it, or set its address: --url or NEWSWIRE_KIBANA__URL."
                )

    def _judge(self, answer: httpx2.Response, allowed: tuple[int, ...]) -> str:
        """What is being waited for, in words."""
        status, path = answer.status_code, answer.request.url.path
        if status == 401:
            raise ConfigError(f"Kibana at {self.address} does not accept our credentials.", hint=SET_CREDENTIALS)
        if status == 403:
            raise ConfigError(
                f"Kibana at {self.address} does not allow us {answer.request.method} {path}.",
                hint="The user or API key needs the privilege Saved Objects Management in that space, "
                "and the right to manage spaces if the space is new.",
            )
        if status in BUSY or (status in allowed and level(answer)):
            return level(answer) or f"HTTP {status}"
        raise ConfigError(
            f"What answers at {self.address} is no Kibana that we know: HTTP {status} for {path}.",
            hint=f"Its address must name its base path too, if it has one. {SET_ADDRESS}",
        )


def level(answer: httpx2.Response) -> str:
    """The overall level of a status answer, such as ``available``; empty for any other answer."""
    status = body(answer).get("status")
    overall = status.get("overall") if isinstance(status, dict) else None
    return str(overall.get("level", "")) if isinstance(overall, dict) else ""


def body(answer: httpx2.Response) -> dict[str, Any]:
    """The answer's JSON object; empty for anything else."""
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
