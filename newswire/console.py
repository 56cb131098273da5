"""What a person or a script sees: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def out() -> Console:
    """Console of the results."""
    from rich.console import Console

    return Console(soft_wrap=False, highlight=False)


def err() -> Console:
    """Console of progress, warnings and errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def write_json(value: Any, *, indent: int | None = 2) -> None:
    """One JSON document on standard output; ``indent=None`` makes it a line of JSON Lines."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent, default=str) + "\n")
    sys.stdout.flush()


def printable(text: str) -> str:
    """The text without control characters: articles are strangers' texts, and terminals obey escape sequences."""
    return "".join(character if character.isprintable() or character in "\n\u00ad" else " " for character in text)


def report_error(kind: str, code: int, message: str, hint: str = "", *, as_json: bool = False) -> None:
    """The sentence and its hint on standard error; with ``as_json`` also an error object on standard output."""
    if as_json:
        write_json({"error": {"kind": kind, "exit_code": code, "message": message, "hint": hint}}, indent=None)
    message, hint = printable(message), printable(hint)
    bold, plain = ("\033[1;31m", "\033[0m") if sys.stderr.isatty() else ("", "")
    sys.stderr.write(f"{bold}newswire:{plain} {message}\n")
    if hint:
        sys.stderr.write(f"          {hint}\n")
