"""``newswire index``: one indexer in the foreground."""

from __future__ import annotations

import typer


def index() -> None:
    """Run one indexer here until Ctrl-C: for machines where `newswire up` does not run the stages."""
    from contracts.logs import configure_logging
    from contracts.settings import load_settings
    from indexer.run import run

    settings = load_settings()
    configure_logging(settings.log, stage="indexer")
    raise typer.Exit(run(settings))
