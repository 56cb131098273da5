"""The house keeps its walls, and a clone of it is whole."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("contracts", "producers", "processors", "indexer", "search", "models", "embedded", "newswire")

MOST_LINES = 500
"""Lines of a module. The house asks for some 300; tables of words may have more."""


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and first part of the name of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.split(".")[0]


def tracked() -> list[tuple[str, str]]:
    """Mode and path of every file in the repository's index."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "--stage", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    entries = [entry.partition("\t") for entry in listed.stdout.split("\0") if entry]
    return [(head.split()[0], path) for head, _, path in entries]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_contracts_and_itself_and_no_other_room(room):
    allowed = set(ROOMS) if room == "newswire" else {room, "contracts"}
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules
    strangers = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules
        for line, name in imports(path)
        if name in ROOMS and name not in allowed
    ]
    assert strangers == []


def test_contracts_does_no_input_or_output_of_its_own():
    outside = {"kafka", "faust", "aiokafka", "elasticsearch", "httpx2", "spacy", "onnxruntime"}
    found = {name for path in (ROOT / "contracts").glob("*.py") for _, name in imports(path)}
    assert not found & outside


def test_a_clone_holds_files_and_no_links_that_lead_out_of_it():
    links = [path for mode, path in tracked() if mode == "120000"]
    assert links == []


def test_no_module_outgrows_a_reading():
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }
    assert sizes
    assert {path: lines for path, lines in sizes.items() if lines > MOST_LINES} == {}
