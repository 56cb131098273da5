"""What the comparison of readers reads, and what it says where it cannot be made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import ner
from bench.__main__ import render_names


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


@pytest.mark.parametrize("name", ["fast", f"fast{ner.WHOLE}"])
def test_a_reading_process_answers_with_seconds_and_memory(name: str) -> None:
    with ner.reader(sys.executable, name, core=0) as process:
        first, again = (ner.ask(process, ["Joe Biden met Wladimir Putin in Geneva.\n\nNATO agreed."]) for _ in "ab")
    assert 0 < again[0] < 60
    assert 50 < first[1] <= again[1] < 600


def test_the_page_shows_each_variant_beside_the_other_model() -> None:
    three = {"min": 1.0, "median": 2.0, "max": 3.0}
    names = [ner.OTHER_MODULE, *(variant + part for variant in ner.VARIANTS for part in ("", ner.WHOLE))]
    page = render_names(
        {
            "rates": dict.fromkeys(names, three),
            "ratio": dict.fromkeys(ner.VARIANTS, three),
            "enrichment_to_names": dict.fromkeys(ner.VARIANTS, three),
            "memory_mib": dict.fromkeys(names, 389),
            "vnni": True,
        }
    )
    assert page.count("1 / 2 / 3") == 9
    assert "| names and topics, fast | 1 / 2 / 3 | 1 / 2 / 3 | 2.5 |" in page
    assert page.endswith("with VNNI.")
