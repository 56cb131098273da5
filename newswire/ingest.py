"""``newswire ingest``: files into the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newswire.console import printable

if TYPE_CHECKING:
    from contracts.errors import InputRefused
    from producers.ingest import Summary


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders, globs in quotes, or - for standard input."),
    ],
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Use the archive lane, which never delays live articles.")
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="Name of the collection they belong to; default is the folder's name.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Return when all of them can be found, or when Kafka has them.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send articles from text files (.txt) and archives (.jsonl) through the pipeline.

    Any encoding is read, crawl headers and advertisement labels are taken off, the headline and the dateline are
    found. An input that cannot be used is named with its reason and the rest goes on; the exit code is 3 then.
    """
    from datetime import UTC, datetime

    from contracts.topics import LANE_TOPIC
    from newswire.console import err
    from newswire.context import open_context
    from newswire.ledger import open_ledger
    from newswire.waiting import Waiter
    from producers.client import ArticleProducer
    from producers.ingest import ingest as run_ingest

    settings = open_context().settings
    lane: Any = "backfill" if backfill else "live"
    console = err()

    def on_outcome(outcome: object) -> None:
        from contracts.errors import InputRefused

        if isinstance(outcome, InputRefused):
            console.print(f"[yellow]refused[/yellow] {_plain(outcome)}", markup=True)

    with console.status("Reading") as status:
        with ArticleProducer(settings) as producer:
            summary = run_ingest(
                paths,
                producer,
                lane=lane,
                settings=settings,
                now=lambda: datetime.now(UTC),
                source=source,
                on_outcome=on_outcome,
            )
        if wait and summary.accepted:

            def progress(stage: str, left: int) -> None:
                status.update(f"{summary.accepted} accepted, {left} before the {stage}")

            with open_ledger(settings) as ledger:
                Waiter(settings, ledger, progress).until_searchable(LANE_TOPIC[lane])
    _report(summary, waited=wait, as_json=as_json)
    if summary.refused_count:
        raise typer.Exit(3)


def _plain(refused: InputRefused) -> str:
    from rich.markup import escape

    return escape(printable(refused.message))


def _report(summary: Summary, *, waited: bool, as_json: bool) -> None:
    from newswire.console import write_json

    if as_json:
        write_json(
            {
                "accepted": summary.accepted,
                "articles": len(summary.ids),
                "ids": sorted(summary.ids),
                "ids_complete": summary.ids_complete,
                "refused": summary.refused_count,
                "reasons": dict(summary.reasons),
                "passed_over": summary.passed_over,
                "searchable": waited and summary.accepted > 0,
            }
        )
        return
    print(f"{summary.accepted} accepted" + (f", {summary.refused_count} refused" if summary.refused_count else ""))
    if summary.passed_over:
        from producers.files import SUFFIXES

        files = "1 other file was" if summary.passed_over == 1 else f"{summary.passed_over} other files were"
        print(f"{files} passed over: of a folder only {', '.join(f'*{suffix}' for suffix in SUFFIXES)} are read")
