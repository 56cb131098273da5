"""The status as people see it: a table, and that table kept fresh."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from contracts.settings import Settings
from newswire.books import Books
from newswire.console import printable
from newswire.state import Observer, State
from newswire.supervision import Supervisor

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.table import Table
    from rich.text import Text

EVERY_S = 1.0
EVERY_PLAIN_S = 30.0
"""Seconds between two lines where no terminal shows a live table."""

STYLES = {"RUNNING": "green", "STARTING": "yellow", "STOPPING": "yellow", "BACKOFF": "red", "FATAL": "bold red"}


def books_table(books: Books) -> Table:
    """The counts per stage, each line one thing that was counted."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("articles")
    table.add_column("", justify="right")
    table.add_column("")
    lanes = ", ".join(f"{count} {lane}" for lane, count in books.accepted.items() if count)
    table.add_row("accepted", str(sum(books.accepted.values())), f"[dim]{lanes}[/dim]")
    note = f"[dim]{books.redelivered} passed on twice after an interruption[/dim]" if books.redelivered else ""
    table.add_row("enriched", str(books.enriched), note)
    stages = ", ".join(f"{count} by the {stage}" for stage, count in books.quarantined.items() if count)
    table.add_row("quarantined", str(sum(books.quarantined.values())), f"[dim]{stages}[/dim]")
    versions = f"[dim]{books.versions} versions[/dim]" if books.versions not in (None, books.documents) else ""
    table.add_row("documents", "?" if books.documents is None else str(books.documents), versions)
    for stage, count in books.lag.items():
        if count:
            table.add_row("on the way", str(count), f"[yellow]before the {stage}[/yellow]")
    for stage, count in books.lost.items():
        if count:
            table.add_row("[bold red]lost[/bold red]", str(count), f"[bold red]by the {stage}[/bold red]")
    return table


def render(state: State) -> Group:
    """Everything in one view."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    processes = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("process", "state", "up", ""):
        processes.add_column(column)
    for process in state.processes:
        style = STYLES.get(process.state, "dim")
        detail = process.detail if process.state in ("BACKOFF", "FATAL", "EXITED") else ""
        up = f"{process.uptime_s // 60}:{process.uptime_s % 60:02d}" if process.pid else ""
        processes.add_row(process.name, f"[{style}]{process.state.lower()}[/{style}]", up, Text(detail, "dim"))
    parts: list[Table | Text] = []
    if state.processes:
        parts += [processes, Text()]
    for server in state.servers:
        word, style = ("answers", "green") if server.ok else ("does not answer", "red")
        parts.append(Text.assemble((f"{server.name} ", "bold"), f"at {server.address} ", (word, style)))
        if server.detail:
            parts.append(Text(f"  {printable(server.detail)}", "dim"))
    if state.books:
        parts += [Text(), books_table(state.books), Text(), verdict(state.books)]
    return Group(*parts)


def verdict(books: Books) -> Text:
    """One sentence about the books."""
    from rich.text import Text

    if books.balanced:
        return Text("The books balance: every stage passed on or put in quarantine all that it took.", "green")
    if any(books.lost.values()):
        return Text("The books do not balance: something that was accepted is gone.", "bold red")
    return Text("Articles are on their way.", "yellow")


def watch(settings: Settings, supervisor: Supervisor, console: Console) -> None:
    """Keep the view fresh until the supervisor ends or the person interrupts."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    observer = Observer(settings, supervisor)
    footer = Text("\nCtrl-C stops everything. In another terminal: newswire ingest PATH, newswire search QUERY", "dim")
    try:
        if not console.is_terminal:
            console.print("All is up.")
            _watch_plainly(observer, console)
            return
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while supervisor.is_running():
                live.update(Group(render(observer.look()), footer), refresh=True)
                time.sleep(EVERY_S)
    finally:
        observer.close()


def _watch_plainly(observer: Observer, console: Console) -> None:
    due = time.monotonic() + EVERY_PLAIN_S
    while observer.supervisor.is_running():
        if time.monotonic() >= due:
            due = time.monotonic() + EVERY_PLAIN_S
            books = observer.look().books
            if books:
                console.print(
                    f"accepted {sum(books.accepted.values())}, enriched {books.enriched}, "
                    f"quarantined {sum(books.quarantined.values())}, documents {books.documents}"
                )
        time.sleep(EVERY_S)
