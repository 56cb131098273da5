"""What ``newswire ingest`` says in the end."""

from __future__ import annotations

import json

import pytest

from newswire.ingest import _report
from producers.ingest import Summary


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 other file was passed over"), (3, "3 other files were passed over: of a folder only *.txt, *.jsonl")],
)
def test_files_that_were_passed_over_are_told(capsys: pytest.CaptureFixture[str], count: int, words: str) -> None:
    _report(Summary(accepted=2, passed_over=count), waited=True, as_json=False)
    assert words in capsys.readouterr().out
    _report(Summary(accepted=2, passed_over=count), waited=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["passed_over"] == count


def test_nothing_is_said_where_nothing_was_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    _report(Summary(accepted=2), waited=True, as_json=False)
    assert capsys.readouterr().out == "2 accepted\n"
