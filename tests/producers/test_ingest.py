"""The books of a batch balance, and a broker that goes away stops it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputRefused, ServiceUnavailable
from contracts.settings import Settings
from producers.articles import build
from producers.client import ArticleProducer
from producers.ingest import ingest
from producers.publishing import MemoryPublisher

NOW = datetime(2022, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text(
            f"Artikel {number}\n\nDer Rat hat am Mittwoch getagt, Folge {number}.\n"
        )
    (tmp_path / "5.txt").write_text((tmp_path / "4.txt").read_text())
    (tmp_path / "6.txt").touch()
    return tmp_path


def test_every_input_has_one_outcome(folder: Path) -> None:
    publisher, outcomes = MemoryPublisher(), list[Any]()
    summary = ingest(
        [str(folder), str(folder / "none")],
        publisher,
        lane="backfill",
        source="probe",
        settings=Settings(),
        now=lambda: NOW,
        on_outcome=outcomes.append,
    )
    assert summary.accepted == len(publisher.articles) == 6
    assert len(summary.ids) == 5
    assert summary.ids_complete
    assert summary.reasons == {"empty": 1, "no-such-path": 1}
    assert len(outcomes) == summary.accepted + summary.refused_count == 8
    assert {(article.lane, article.source.id) for article in publisher.articles} == {("backfill", "probe")}


def test_files_of_a_folder_that_are_not_read_are_counted(folder: Path) -> None:
    (folder / "deep").mkdir()
    for name in ("picture.jpg", "deep/notes.md", "deep/more.txt.bak", ".hidden.md"):
        (folder / name).write_text("x")
    publisher = MemoryPublisher()
    paths = [str(folder), str(folder / "deep" / "notes.md")]
    summary = ingest(paths, publisher, lane="live", settings=Settings(), now=lambda: NOW)
    assert summary.passed_over == 3
    assert summary.accepted + summary.refused_count == 8


@pytest.mark.parametrize("room", ["files", "archive"])
def test_a_defect_is_the_refusal_of_one_input(folder: Path, room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "7.jsonl").write_text("\n".join(f'{{"text": "Zeile {number} der Sammlung."}}' for number in range(3)))

    def build_and_fail(draft: Any, *arguments: Any, **more: Any) -> Any:
        if draft.blocks[-1].text.endswith(("Folge 2.", "1 der Sammlung.")):
            raise ZeroDivisionError("nobody foresaw it")
        return build(draft, *arguments, **more)

    monkeypatch.setattr(f"producers.{room}.build", build_and_fail)
    summary = ingest([str(folder)], MemoryPublisher(), lane="live", settings=Settings(), now=lambda: NOW)
    assert summary.reasons == {"empty": 1, "defect": 1}
    assert summary.accepted == 8


def test_a_broker_that_goes_away_stops_the_batch(folder: Path) -> None:
    publisher = MemoryPublisher(fail_with=ServiceUnavailable("Kafka", "127.0.0.1:1"))
    with pytest.raises(ServiceUnavailable):
        ingest([str(folder)], publisher, lane="live", settings=Settings(), now=lambda: NOW)


def test_an_article_that_the_broker_refuses_is_a_refusal_like_any_other(folder: Path) -> None:
    publisher = MemoryPublisher(fail_with=InputRefused("x", "too-large", "it is too large."))
    summary = ingest([str(folder)], publisher, lane="live", settings=Settings(), now=lambda: NOW)
    assert (summary.accepted, summary.reasons["too-large"]) == (0, 6)


def test_a_folder_goes_onto_the_real_topic(folder: Path, broker: Any) -> None:
    with ArticleProducer(broker.settings, topics=broker.lanes) as producer:
        summary = ingest([str(folder)], producer, lane="live", settings=broker.settings, now=lambda: NOW)
    assert summary.accepted == producer.counts.accepted == 6
