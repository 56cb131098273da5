"""What the comparison of readers reads, and what it says where it cannot be made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import ner


def test_annotated_news_loses_its_marks(tmp_path: Path) -> None:
    (tmp_path / "data/news").mkdir(parents=True)
    text = "## id: a\nlang: en\ntext:\n[PER Joe Biden] met on [DATE 2021-12-30 Thursday].\n"
    text += "\n## id: b\ntext:\nIn [LOC Rome].\n"
    (tmp_path / "data/news/ENa.txt").write_text(text, encoding="utf-8")
    assert sorted(ner.articles(tmp_path)) == ["In Rome.", "Joe Biden met on Thursday."]


def test_without_annotated_news_the_demo_is_read(tmp_path: Path) -> None:
    assert len(ner.articles(tmp_path)) >= ner.ARTICLES * (ner.ROUNDS + 1)


def test_a_comparison_that_cannot_be_installed_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(cache: Path) -> Path:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(ner, "environment", refuse)
    monkeypatch.setattr(sys, "argv", ["bench.ner"])
    assert ner.main() == 2
    assert "could not be installed" in capsys.readouterr().err
