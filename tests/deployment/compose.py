"""The compose file as Compose would read it: merge keys resolved, variables put in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"

VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<rest>[^}]*))?\})")

ONE_SHOT = ("accounts", "setup", "dashboards")
STAGES = ("collector", "processor", "indexer")
SERVERS = ("kafka", "elasticsearch", "kibana")


class Missing(Exception):
    """A variable without a value, and what Compose says about it."""


def interpolate(text: str, variables: dict[str, str]) -> str:
    """``text`` with its variables' values, as Compose's documentation has it."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        given = variables.get(match["name"], "")
        if given:
            return given
        if match["kind"] == ":-":
            return match["rest"]
        raise Missing(f"{match['name']}: {match['rest']}")

    return VARIABLE.sub(value, text)


def used_variables() -> dict[str, str]:
    """Every variable that the file uses, with its default; empty for one that must be set."""
    text = "\n".join(
        line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    return {
        match["name"]: match["rest"] if match["kind"] == ":-" else ""
        for match in VARIABLE.finditer(text)
        if match["name"]
    }


def load(variables: dict[str, str] | None = None) -> dict[str, Any]:
    """The file with ``variables``; those that must be set have a value of their own name otherwise."""
    chosen = {name: f"{name.lower()}-0123456789abcdef" for name, default in used_variables().items() if not default}
    chosen |= variables or {}

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return interpolate(node, chosen) if isinstance(node, str) else node

    resolved: dict[str, Any] = walk(raw())
    return resolved


def raw() -> dict[str, Any]:
    """The file with its variables as they are written."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def services() -> dict[str, dict[str, Any]]:
    """Every service, resolved."""
    found: dict[str, dict[str, Any]] = load()["services"]
    return found
