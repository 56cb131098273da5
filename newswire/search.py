"""``newswire search``: find articles, with what was found marked in the terminal."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from newswire.console import printable

if TYPE_CHECKING:
    from rich.text import Text

    from search.results import Hit


class Order(StrEnum):
    """Orders of the hits."""

    relevance = "relevance"
    newest = "newest"
    oldest = "oldest"


def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY", help="Words, \"a phrase\", prefix*, 'word -without' in quotes; without one, all."
        ),
    ] = None,
    lang: Annotated[list[str] | None, typer.Option(help="Language, such as de; several are joined by or.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Source, by id or name.")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="Person, organisation or place in it.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Topic: a word of its name, or its medtop: code.")] = None,
    since: Annotated[str | None, typer.Option(help="From this year, month, day or instant on.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to and with this year, month, day or instant.")] = None,
    sort: Annotated[Order, typer.Option(help="Order of the hits.")] = Order.relevance,
    limit: Annotated[int, typer.Option(min=0, max=1000, help="Hits that are shown.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find articles in German and English by their stems: Haus finds Häuser, elections finds election.

    Finding nothing is no error; `newswire search --json` says "total": 0 then.
    """
    from newswire.console import out
    from newswire.context import open_context
    from search.client import connect
    from search.queries import Query
    from search.results import to_json

    asked = Query(
        text=" ".join(query or ()),
        languages=tuple(lang or ()),
        sources=tuple(source or ()),
        entities=tuple(entity or ()),
        topics=tuple(topic or ()),
        since=since,
        until=until,
    )
    with connect(open_context(log_level="error").settings.elasticsearch) as client:
        found = client.search(asked, limit=limit, sort=sort.value)
    if as_json:
        print(to_json(found))
        return
    console = out()
    for hit in found.hits:
        console.print(hit_view(hit))
    if found.total == 0:
        console.print("Nothing found.")
    elif found.total > len(found.hits):
        console.print(f"[dim]{len(found.hits)} of {found.total}; --limit shows more.[/dim]")


def hit_view(hit: Hit) -> Text:
    """One hit: headline, a line about it, and the passages that were found, marked."""
    from rich.text import Text

    view = Text()
    view.append_text(marks(_first(hit, "headline") or hit.headline, "bold"))
    about = [hit.source_name, hit.firstcreated_value.replace("T", " ")[:16], hit.language, *hit.topics[:2]]
    view.append("\n" + " · ".join(printable(part) for part in about if part), "dim")
    passages = [*hit.highlights.get("description_text", ()), *hit.highlights.get("body_text", ())]
    for passage in passages[:2] or [hit.description_text or hit.summary or ""]:
        if passage:
            view.append("\n  ")
            view.append_text(marks(" ".join(passage.split())))
    names = [*hit.people[:4], *hit.organisations[:3], *hit.places[:4]]
    if names:
        view.append("\n  " + ", ".join(printable(name) for name in names), "cyan")
    view.append(f"\n  {printable(hit.id)}\n", "dim")
    return view


def _first(hit: Hit, field: str) -> str:
    return next(iter(hit.highlights.get(field, ())), "")


def marks(fragment: str, style: str = "") -> Text:
    """A fragment with what was found marked, and nothing in it that a terminal would obey."""
    from rich.text import Text

    from search.queries import CLOSE_TAG, OPEN_TAG

    text = Text()
    for number, part in enumerate(fragment.split(OPEN_TAG)):
        hit, closed, rest = part.partition(CLOSE_TAG) if number else ("", "", part)
        text.append(printable(hit), f"{style} black on yellow".strip() if closed else style)
        text.append(printable(rest), style)
    return text
