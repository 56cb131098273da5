"""``newswire enrich``: the enrichment alone, without servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contracts.errors import InputRefused
    from contracts.messages import RawArticle
    from contracts.settings import Settings


def enrich(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="A text file, or - for standard input.")] = "-",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="The input is RawArticle JSON lines (contracts/schemas/RawArticle.json).")
    ] = False,
) -> None:
    """Print what enrichment makes of a text, as EnrichedArticle JSON lines; no server is needed.

    Without --jsonl the input is one article of plain text, read as `newswire ingest` reads it. A line that cannot be
    enriched is named on standard error and the rest goes on; the exit code is 3 then.
    """
    import sys

    from contracts.codec import encode
    from contracts.errors import InputRefused, Quarantine
    from newswire.console import report_error
    from newswire.context import open_context
    from processors.offline import enrich_stream

    settings = open_context(log_level="error").settings
    refused = 0

    def accepted() -> Iterator[RawArticle]:
        nonlocal refused
        for found in _raw_lines(file) if jsonl else _text(file, settings):
            if isinstance(found, InputRefused):
                refused += 1
                report_error("InputRefused", 3, found.message, found.hint)
            else:
                yield found

    for article, outcome in enrich_stream(accepted(), settings.processor):
        if isinstance(outcome, Quarantine):
            refused += 1
            report_error("Quarantine", 3, f"{article.source.uri or article.id}: {outcome.message}")
            continue
        sys.stdout.buffer.write(encode(outcome) + b"\n")
        sys.stdout.flush()
    if refused:
        raise typer.Exit(3)


def _text(file: str, settings: Settings) -> Iterator[RawArticle | InputRefused]:
    from datetime import UTC, datetime

    from producers.files import FileReader

    return FileReader(settings.producer, "live", lambda: datetime.now(UTC), None).read([file])


def _raw_lines(file: str) -> Iterator[RawArticle | InputRefused]:
    import sys
    from pathlib import Path

    from contracts.codec import decode
    from contracts.errors import InputRefused, Quarantine, UsageError
    from contracts.messages import RawArticle

    try:
        source = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115  # closed by the `with` below
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.", hint="Give a file or - for standard input."
        ) from error
    with source:
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            try:
                yield decode(line, RawArticle)
            except Quarantine as refusal:
                yield InputRefused(f"{file}:{number}", refusal.reason, refusal.message)
