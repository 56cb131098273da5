"""``newswire quarantine``: what could not pass, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newswire.console import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from contracts.messages import Quarantined

app = typer.Typer(no_args_is_help=True, help="Look at what could not pass a stage.")

SHOWN_BYTES = 200


@app.callback()
def quarantine() -> None:
    """Look at what could not pass a stage."""


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """List messages in quarantine, newest first: the stage, the reason, and where the original stands."""
    from heapq import nlargest

    from newswire.console import out, write_json
    from newswire.context import open_context
    from newswire.ledger import open_ledger

    def instant(held: Quarantined) -> float:
        return held.at.timestamp()

    with open_ledger(open_context().settings) as ledger:
        newest = nlargest(limit, ledger.quarantined(), key=instant)
    if as_json:
        for held in newest:
            write_json(
                {
                    "id": held.id,
                    "stage": held.stage,
                    "reason": held.reason,
                    "error": held.error,
                    "at": held.at.isoformat(),
                    "attempts": held.attempts,
                    "topic": held.topic,
                    "partition": held.partition,
                    "offset": held.offset,
                    "bytes": len(held.value),
                    "excerpt": held.value[:SHOWN_BYTES].decode("utf-8", "replace"),
                },
                indent=None,
            )
        return
    if not newest:
        print("Nothing is in quarantine.")
        return
    out().print(table(newest))


def table(newest: Sequence[Quarantined]) -> Table:
    """Quarantined messages as people read them."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("when", "stage", "reason", "error", "original"):
        table.add_column(column, overflow="fold")
    for held in newest:
        place = printable(f"{held.topic}/{held.partition}/{held.offset}")
        table.add_row(
            f"{held.at:%Y-%m-%d %H:%M}",
            held.stage,
            Text(printable(held.reason)),
            Text(printable(held.error)),
            Text(place),
        )
    return table
