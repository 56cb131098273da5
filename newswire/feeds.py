"""``newswire feeds``: what is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from contracts.feeds import FeedState

app = typer.Typer(no_args_is_help=True, help="Add, list and remove the feeds that are collected.")


@app.command("add")
def add(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses of RSS or Atom feeds.")],
    source: Annotated[str | None, typer.Option(help="Stable name for facets; default is the host.")] = None,
    name: Annotated[str | None, typer.Option(help="Name for people.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of articles that declare none, such as de.")] = None,
    interval: Annotated[float | None, typer.Option(min=1, help="Seconds between two polls.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Subscribe to feeds, or change how they are polled; running collectors take it up by themselves."""
    from datetime import UTC, datetime

    from newswire.console import write_json
    from newswire.context import open_context
    from producers.registry import add_feed

    settings = open_context(log_level="error").settings
    added = [
        add_feed(
            settings,
            url,
            now=lambda: datetime.now(UTC),
            source_id=source,
            name=name,
            language=lang,
            interval_s=interval,
        )
        for url in urls
    ]
    if as_json:
        write_json([feed_json(state) for state in added])
        return
    for state in added:
        print(f"{state.feed.url} is collected as {state.feed.source_id}.")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """List the feeds with their last poll and what went wrong in it."""
    from rich.table import Table
    from rich.text import Text

    from newswire.console import out, printable, write_json
    from newswire.context import open_context
    from producers.registry import list_feeds

    states = list_feeds(open_context(log_level="error").settings)
    if as_json:
        write_json([feed_json(state) for state in states])
        return
    if not states:
        print("No feed is registered; `newswire feeds add URL` adds one.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("source", "feed", "articles", "last poll", ""):
        table.add_column(column, overflow="fold")
    for state in states:
        health = state.memory.health
        polled = f"{health.polled_at:%Y-%m-%d %H:%M}" if health.polled_at else "not yet"
        trouble = Text(printable(health.error or ""), "red")
        table.add_row(
            Text(printable(state.feed.source_id)),
            Text(printable(state.feed.url)),
            str(health.articles),
            polled,
            trouble,
        )
    out().print(table)


@app.command("remove")
def remove(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Feeds, as `feeds list` shows them.")],
) -> None:
    """Unsubscribe from feeds and forget what was remembered of them; articles stay. Exit with 7 for an unknown one."""
    from newswire.context import open_context
    from producers.registry import remove_feed

    settings = open_context(log_level="error").settings
    for url in urls:
        remove_feed(settings, url)
        print(f"{url} is no longer collected.")


def feed_json(state: FeedState) -> dict[str, Any]:
    """A feed as ``--json`` prints it."""
    health = state.memory.health

    def stamp(moment: Any) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "url": state.feed.url,
        "source": state.feed.source_id,
        "name": state.feed.name,
        "language": state.feed.language,
        "interval_s": state.feed.interval_s,
        "added_at": stamp(state.feed.added_at),
        "next_poll_at": stamp(state.memory.next_poll_at),
        "polled_at": stamp(health.polled_at),
        "succeeded_at": stamp(health.succeeded_at),
        "failures": health.failures,
        "error": health.error,
        "articles": health.articles,
    }
