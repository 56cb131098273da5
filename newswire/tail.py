"""``newswire tail``: new articles as they come."""

from __future__ import annotations

from typing import Annotated

import typer


def tail(
    query: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="Only what matches; as in search.")] = None,
    lang: Annotated[list[str] | None, typer.Option(help="Language, such as de.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Source, by id or name.")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="Person, organisation or place in it.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Topic, by name or medtop: code.")] = None,
    since: Annotated[str | None, typer.Option(help="Begin with what was indexed since then; default now.")] = None,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Follow new articles live, each once, until Ctrl-C."""
    import time

    from newswire.console import out
    from newswire.context import open_context
    from newswire.search import hit_view
    from search.client import connect
    from search.queries import Query, instant
    from search.results import to_json

    def wait() -> bool:
        time.sleep(interval)
        return True

    asked = Query(
        text=" ".join(query or ()),
        languages=tuple(lang or ()),
        sources=tuple(source or ()),
        entities=tuple(entity or ()),
        topics=tuple(topic or ()),
    )
    start = instant(since, option="since") if since else None
    console = out()
    with connect(open_context(log_level="error").settings.elasticsearch) as client:
        for hit in client.tail(asked, since=start, wait=wait):
            if as_json:
                print(to_json(hit), flush=True)
            else:
                console.print(hit_view(hit))
