"""One command starts everything, what is ingested can be searched, and the books balance: on real servers."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.newswire.houses import House, until

pytestmark = pytest.mark.integration

STREET = """Lauenburg. Das Landesamt hat neunzehn alte Häuser an der Elbstraße unter Schutz gestellt.

Die Eigentümer hoffen auf Zuschüsse des Landes Schleswig-Holstein, sagte Landeskonservatorin Henrike Osterloh.
"""


def test_what_ingest_has_returned_from_search_finds_with_german_stems(house: House, tmp_path: Path) -> None:
    (tmp_path / "altstadt.txt").write_bytes(STREET.encode("cp1252"))
    assert house.json("ingest", str(tmp_path / "altstadt.txt"))["searchable"]
    found = house.json("search", "Haus")
    assert any("Häuser" in hit["headline"] for hit in found["hits"])
    (hit,) = [hit for hit in found["hits"] if "Häuser" in hit["headline"]]
    assert any("\ue000Häuser\ue001" in text for texts in hit["highlights"].values() for text in texts)
    document = house.json("show", hit["id"])
    assert "Elbstraße" in document["body_text"]
    assert "Henrike Osterloh" in document["people"]


def test_the_users_own_sample_is_found_by_its_name(house: House, shared: Path) -> None:
    house.run("ingest", str(shared / "data" / "seed"))
    hits = house.json("search", "Putin", "--entity", "Joe Biden", "--until", "2021-12")["hits"]
    (hit,) = [hit for hit in hits if hit["source"] == "seed"]
    assert hit["headline_derived"]
    assert (hit["firstcreated_value"], hit["firstcreated_precision"]) == ("2021-12", "month")
    document = house.json("show", hit["id"])
    assert "Anzeige" not in document["body_text"].splitlines()[0]
    assert document["dateline"]["places"] == ["Wilmington"]
    assert {"Wladimir Putin", "Joe Biden"} <= set(document["people"])
    assert {"Ukraine", "Russland", "Moskau"} <= set(document["places"])
    assert any(name.casefold() == "nato" for name in document["organisations"])
    assert any(block["kind"] == "subheading" for block in document["blocks"])
    assert {"politics", "conflict, war and peace"} & {subject["name"].lower() for subject in document["subjects"]}


def test_bad_inputs_are_named_one_by_one_and_the_good_ones_go_on(house: House, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Husum. Der Deich hält, sagte Boje Carstensen am Freitag.\n\n" * 2)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "large.txt").write_bytes(b"Wort " * 10_000_000)
    summary = house.json("ingest", str(tmp_path), str(tmp_path / "missing.txt"), expect=3)
    assert summary["accepted"] == 1
    assert summary["refused"] == 4
    assert house.json("search", "Deich", "--entity", "Boje Carstensen")["total"] >= 1


def test_a_message_that_nobody_can_read_lands_in_quarantine_and_the_books_still_balance(house: House) -> None:
    from contracts.settings import load_settings
    from producers.client import open_producer

    settings = load_settings(folder=house.folder, overrides={"data_dir": str(house.folder / "data")})
    producer = open_producer(settings, role="test")
    producer.send("news.raw", value=b'{"id": "cut', key=b"cut").get(timeout=30)
    producer.close()
    until(lambda: house.books().quarantined.get("processor"))
    until(lambda: house.books().balanced)
    state = house.json("status", "--audit")
    assert state["healthy"]
    assert state["audit"]["missing"] == []
    held = [json.loads(line) for line in house.run("quarantine", "list", "--json").splitlines()]
    assert any(entry["excerpt"] == '{"id": "cut' and entry["reason"] == "not-a-message" for entry in held)


def test_a_second_house_in_the_same_folder_is_refused(house: House) -> None:
    house.run("up", "--detach", expect=2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_kill_9_leaves_no_orphans_a_restart_finds_its_data_and_ctrl_c_stops_all(
    empty_house: House, tmp_path: Path
) -> None:
    house = empty_house
    (tmp_path / "altstadt.txt").write_text(STREET)
    up = house.start("up", "--no-collect", "--workers", "1")
    until(lambda: house.pid_of("processor") or up.poll() is not None)
    assert up.poll() is None, house.logs()
    house.run("ingest", str(tmp_path / "altstadt.txt"))
    up.kill()
    up.wait()
    until(lambda: not house.processes(), within_s=60)

    up = house.start("up", "--no-collect", "--workers", "1")
    until(lambda: house.pid_of("processor") or up.poll() is not None)
    assert up.poll() is None, house.logs()
    assert house.json("search", "Haus")["total"] == 1
    os.kill(up.pid, signal.SIGINT)
    assert up.wait(60) == 130
    assert house.processes() == {}
    assert not (house.folder / "data" / "endpoints.toml").exists()
