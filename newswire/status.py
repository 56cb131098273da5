"""``newswire status``: what runs, and whether the books balance."""

from __future__ import annotations

from typing import Annotated

import typer


def status(
    audit: Annotated[
        bool, typer.Option("--audit", help="Also look up every accepted article in the index and in quarantine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show processes, servers and the counts of every stage; exit with 4 if a server does not answer."""
    from newswire.audit import run_audit
    from newswire.console import out, write_json
    from newswire.context import open_context
    from newswire.live import render
    from newswire.state import Observer
    from newswire.supervision import Supervisor

    context = open_context(log_level="error")
    observer = Observer(context.settings, Supervisor(context.layout))
    try:
        state = observer.look()
    finally:
        observer.close()
    reachable = all(server.ok for server in state.servers)
    report = run_audit(context.settings) if audit and reachable else None
    if as_json:
        write_json(state.as_json() | ({"audit": report.as_json()} if report else {}))
    else:
        out().print(render(state))
        if report:
            print(report.sentence())
    if not reachable:
        raise typer.Exit(4)
    if report and report.missing:
        raise typer.Exit(1)
