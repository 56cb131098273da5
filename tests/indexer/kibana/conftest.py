from __future__ import annotations

import re
import socket
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer

from contracts.settings import KibanaSettings
from tests.indexer.kibana.fake_kibana import FakeKibana


@pytest.fixture
def kibana(httpserver: HTTPServer) -> FakeKibana:
    fake = FakeKibana()
    httpserver.expect_request(re.compile(".*")).respond_with_handler(fake)
    return fake


@pytest.fixture
def settings(httpserver: HTTPServer) -> Callable[..., KibanaSettings]:
    def make(path: str = "", **values: object) -> KibanaSettings:
        return KibanaSettings(**{"url": httpserver.url_for(path).rstrip("/")} | values)

    return make


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
