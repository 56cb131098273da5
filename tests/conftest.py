"""Fixtures of all rooms: the real servers, and the data that lies beside a maintainer's checkout.

`kafka` and `elasticsearch` start their server once a run, on a free port with an empty data folder, when the first
test asks. `NEWSWIRE_TEST_KAFKA` (host:port) and `NEWSWIRE_TEST_ELASTICSEARCH` (URL) name running ones to use instead;
tests therefore make topics and indices of names of their own.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from embedded import EmbeddedElasticsearch, EmbeddedKafka, Installation, provision

SERVER_FIXTURES = {"kafka", "elasticsearch", "installation"}
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A test that runs a command sets up the process's logging; the next one must not inherit its level."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def installation() -> Installation:
    """The provisioned servers; fetched into the cache by the first run on a machine."""
    return provision()


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[str]:
    """Bootstrap servers of a real Kafka."""
    if address := os.environ.get("NEWSWIRE_TEST_KAFKA"):
        yield address
        return
    folder = server_folder()
    try:
        with EmbeddedKafka(request.getfixturevalue("installation"), folder) as server:
            yield server.bootstrap_servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def elasticsearch(request: pytest.FixtureRequest) -> Iterator[str]:
    """Base URL of a real Elasticsearch."""
    if url := os.environ.get("NEWSWIRE_TEST_ELASTICSEARCH"):
        yield url
        return
    folder = server_folder()
    try:
        with EmbeddedElasticsearch(request.getfixturevalue("installation"), folder) as server:
            yield server.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data beside a maintainer's checkout; a clone without it skips what needs it."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside this checkout")
    return SHARED


def server_folder() -> Path:
    """A data folder that Elasticsearch's own user id can traverse to; pytest's folders are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="newswire-test-"))
    folder.chmod(0o755)
    return folder
