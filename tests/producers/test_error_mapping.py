"""Whatever the libraries raise comes out as an error of ours."""

from __future__ import annotations

import inspect
from typing import Any

import httpcore2
import httpx2
import pytest
from kafka import errors as kafka_errors

from contracts.errors import ConfigError, InputRefused, NewswireError, ServiceUnavailable
from contracts.settings import CollectorSettings, KafkaSettings
from producers.broker import reaching
from producers.fetch import FetchLater, HttpFetcher


def exceptions_of(module: Any, base: type[BaseException]) -> list[type[BaseException]]:
    found = [value for _, value in inspect.getmembers(module, inspect.isclass) if issubclass(value, base)]
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", exceptions_of(kafka_errors, kafka_errors.KafkaError), ids=lambda kind: kind.__name__)
def test_every_error_of_kafka_is_mapped(kind: type[BaseException]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "something")
    with pytest.raises((ServiceUnavailable, ConfigError)) as mapped, reaching(KafkaSettings()):
        raise error
    assert mapped.value.__cause__ is error


REQUEST_ERRORS = [
    *[kind for kind in exceptions_of(httpx2, httpx2.HTTPError) if kind is not httpx2.HTTPStatusError],
    httpx2.InvalidURL,
    httpcore2.ConnectError,
    httpcore2.ConnectTimeout,
    httpcore2.PoolTimeout,
    httpcore2.ReadError,
    httpcore2.ReadTimeout,
    httpcore2.RemoteProtocolError,
    httpcore2.LocalProtocolError,
    httpcore2.UnsupportedProtocol,
    httpcore2.WriteError,
]


@pytest.mark.parametrize("kind", REQUEST_ERRORS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_error_of_http_is_mapped(kind: type[Exception]) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise kind("something")

    transport = httpx2.MockTransport(fail)
    with HttpFetcher(CollectorSettings(), transport) as fetcher, pytest.raises(NewswireError) as mapped:
        fetcher.fetch("http://example.org/", max_bytes=10)
    assert isinstance(mapped.value, InputRefused | FetchLater)
