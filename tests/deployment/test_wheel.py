"""The wheel holds the whole house: what runs from a checkout runs from an installed package too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from setuptools.dist import Distribution

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("contracts", "producers", "processors", "indexer", "search", "models", "embedded", "newswire")


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Paths in the wheel, as the build would copy them."""
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"script_name": "setup.py"})
    distribution.parse_config_files()
    distribution.include_package_data = False  # a list left by an earlier build would hide what is missing
    build = distribution.get_command_obj("build_py")
    build.ensure_finalized()
    return {
        Path(path).relative_to(build.build_lib).as_posix()
        for path in build.get_outputs(include_bytecode=False)  # type: ignore[attr-defined]
    }


def test_every_file_of_a_room_is_in_the_wheel(packed: set[str]) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = {path for path in listed.stdout.split("\0") if path}
    assert len(tracked) > 200
    assert tracked - packed == set()


def test_what_is_read_at_run_time_is_in_the_wheel(packed: set[str]) -> None:
    assert {
        "contracts/schemas/EnrichedArticle.json",
        "embedded/artifacts.lock.toml",
        "embedded/plugin/NewswireAnalysis.java",
        "indexer/kibana/objects/newsroom.ndjson",
        "models/newswire_xx/newswire_encoder/layers-12.onnx",
        "newswire/demo/content/elbtal-bote.toml",
        "newswire/tether.py",
        "processors/data/places.tsv.gz",
        "producers/places.txt",
    } <= packed
