"""``newswire demo``: everything once, on real servers, with articles of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards.")] = False,
    data_dir: Annotated[
        Path,
        typer.Option(help="Folder for the demo's servers; emptied first. Your own articles are never touched."),
    ] = Path(".newswire-demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the counts and checks.")] = False,
) -> None:
    """Show the whole pipeline in about a minute, on servers of its own.

    Starts Kafka, Elasticsearch and all stages, serves a few dozen invented articles from a local web server,
    collects them, updates one while you watch, sends a message that nobody can read, and ends with what came of it.
    Fails with 1 if the counts of the stages do not balance.
    """
    from newswire.demo.run import run_demo

    code = run_demo(data_dir=data_dir, keep=keep, as_json=as_json)
    if code:
        raise typer.Exit(code)
