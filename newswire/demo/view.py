"""What the demo ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.messages import Quarantined
from newswire.audit import AuditReport
from newswire.console import printable
from newswire.state import State

if TYPE_CHECKING:
    from rich.table import Table

    from search.results import Found, Top, Tops


@dataclass(frozen=True)
class Outcome:
    """Everything that the demo found out about itself.

    Attributes:
        checks: what had to be true, and whether it was.
    """

    state: State
    audit: AuditReport
    checks: dict[str, bool]
    found: Found
    tops: Tops
    quarantined: Sequence[Quarantined]

    @property
    def ok(self) -> bool:
        """All checks hold."""
        return all(self.checks.values())

    def as_json(self) -> dict[str, Any]:
        """As ``newswire demo --json`` prints it."""
        return {
            "ok": self.ok,
            "checks": self.checks,
            "books": self.state.books.as_json() if self.state.books else None,
            "audit": self.audit.as_json(),
        }


def show(outcome: Outcome, *, root: Path, keep: bool, seconds: float) -> None:
    """The accounts, the quarantine, a search, the names and topics, and how to go on."""
    from rich.rule import Rule
    from rich.text import Text

    from newswire.console import out
    from newswire.live import books_table, verdict
    from newswire.quarantine import table
    from newswire.search import hit_view

    console = out()
    console.print()
    console.print(Rule("What happened", align="left"))
    if outcome.state.books:
        console.print(books_table(outcome.state.books))
        console.print(verdict(outcome.state.books))
    console.print(outcome.audit.sentence())
    console.print()
    console.print(Rule("In quarantine: kept with its original bytes", align="left"))
    console.print(table(outcome.quarantined))
    console.print()
    console.print(Rule("newswire search Haus", align="left"))
    for hit in outcome.found.hits[:3]:
        console.print(hit_view(hit))
    console.print(Rule("Names and topics of the day", align="left"))
    console.print(tops_table(outcome.tops))
    console.print()
    for name, held in outcome.checks.items():
        mark = Text("✓ ", "green") if held else Text("✗ ", "bold red")
        console.print(mark + Text(name))
    console.print(f"\nDone in {seconds:.0f} s.")
    if keep:
        console.print(
            f"\nIt keeps running. In this shell first: [bold]export NEWSWIRE_DATA_DIR={root}[/bold]\n"
            "  newswire search Sturmflut      newswire status      newswire tail\n"
            "Stop it with [bold]newswire down --purge[/bold]."
        )
    else:
        console.print(
            "\nGo on with your own: [bold]newswire up --detach[/bold], then newswire ingest PATH, "
            "newswire feeds add URL, newswire search QUERY.\n"
            "[bold]make demo KEEP=1[/bold] leaves this demo running."
        )


def tops_table(tops: Tops) -> Table:
    """The most frequent people, organisations, places and topics side by side."""
    from rich.markup import escape
    from rich.table import Table

    columns: dict[str, Sequence[Top]] = {
        "people": tops.people,
        "organisations": tops.organisations,
        "places": tops.places,
        "topics": tops.topics,
    }
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name)
    for row in range(max(len(entries) for entries in columns.values())):
        table.add_row(
            *(
                f"{escape(printable(entries[row].name))} [dim]{entries[row].documents}[/dim]"
                if row < len(entries)
                else ""
                for entries in columns.values()
            )
        )
    return table
