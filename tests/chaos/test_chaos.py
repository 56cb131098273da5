"""Whatever is killed on the way, every accepted article is one document in the end: none lost, none twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newswire.houses import House, new_house, until

pytestmark = pytest.mark.integration

PLACES = "Berlin Hamburg Kiel Lübeck Husum Rostock Bremen Leipzig Dresden Köln Mainz Essen Halle Erfurt Ulm".split()
NAMES = ("Merle Thomsen", "Tjark Lührs", "Henrike Osterloh", "Jannik Brodersen", "Renate Zschoche")


@pytest.fixture
def chaotic_house(installation: object) -> Iterator[House]:
    house = new_house()
    house.run("up", "--detach", "--no-collect", "--workers", "1")
    yield house
    house.run("down", "--purge")
    shutil.rmtree(house.folder, ignore_errors=True)


def archive(path: Path, count: int) -> None:
    """Articles that differ in their addresses and texts."""
    with path.open("w", encoding="utf-8") as lines:
        for number in range(count):
            place, name = PLACES[number % len(PLACES)], NAMES[number % len(NAMES)]
            text = (
                f"{place}. Die Meldung Nummer {number} handelt von einer Brücke in {place}. Sie wird im Jahr "
                f"{1900 + number % 120} zum {number % 9 + 1}. Mal erneuert, sagte {name} am Montag."
            )
            entry = {
                "url": f"https://chaos.example/{number}",
                "headline": f"Brücke {number} in {place}",
                "text": text,
                "date": "2024-03-05",
            }
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")


def survive(house: House, folder: Path, count: int) -> None:
    """Ingest ``count`` articles, kill a processor and an indexer on the way, and settle the accounts."""
    archive(folder / "archive.jsonl", count)
    ingest = house.start("ingest", str(folder / "archive.jsonl"))
    until(lambda: house.pid_of("processor") and house.pid_of("indexer"))
    processor, indexer = house.pid_of("processor"), house.pid_of("indexer")
    until(lambda: house.books().enriched >= count // 10, within_s=300)
    os.kill(processor, signal.SIGKILL)
    until(lambda: house.pid_of("processor") not in (0, processor))
    until(lambda: (house.books().documents or 0) >= count // 4, within_s=600)
    os.kill(indexer, signal.SIGKILL)
    until(lambda: house.pid_of("indexer") not in (0, indexer))
    assert ingest.wait(1_500) == 0, house.logs()
    until(lambda: house.books().balanced, within_s=120)
    state = house.json("status", "--audit")
    assert state["books"]["accepted"]["total"] == count
    assert state["books"]["documents"] == count
    assert state["books"]["versions"] == count
    assert state["books"]["quarantined"]["total"] == 0
    assert state["books"]["lag"] == {"processor": 0, "indexer": 0}
    assert state["audit"]["missing"] == []
    assert house.json("search", "", "--limit", "0")["total"] == count


def test_200_articles_survive_a_kill_9_of_the_processor_and_of_the_indexer(
    chaotic_house: House, tmp_path: Path
) -> None:
    survive(chaotic_house, tmp_path, 200)


@pytest.mark.chaos
@pytest.mark.timeout(2_400)
def test_5000_articles_survive_a_kill_9_of_the_processor_and_of_the_indexer(
    chaotic_house: House, tmp_path: Path
) -> None:
    survive(chaotic_house, tmp_path, 5_000)
