"""Houses to test in: one that runs, shared by a module, and empty ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.newswire.houses import House, new_house


@pytest.fixture
def empty_house() -> Iterator[House]:
    """A folder in which nothing runs yet."""
    house = new_house()
    yield house
    house.run("down", "--purge")
    shutil.rmtree(house.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def house(installation: object) -> Iterator[House]:
    """A running house, shared by the tests of a module."""
    house = new_house()
    house.run("up", "--detach", "--no-collect", "--workers", "1")
    yield house
    house.run("down", "--purge")
    assert not (house.folder / "data").exists()
    assert house.processes() == {}
    shutil.rmtree(house.folder, ignore_errors=True)
