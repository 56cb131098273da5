"""``newswire show``: one article whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newswire.console import printable

if TYPE_CHECKING:
    from rich.text import Text


def show(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="An id, as `newswire search` prints it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole document as one JSON object.")] = False,
) -> None:
    """Show an article with its names, topics, sources and versions; exit with 7 if there is none of that id."""
    from newswire.console import out, write_json
    from newswire.context import open_context
    from search.client import connect

    with connect(open_context(log_level="error").settings.elasticsearch) as client:
        document = client.get(article_id)
    if as_json:
        write_json(document)
        return
    out().print(document_view(document))


def document_view(document: dict[str, Any]) -> Text:
    """The document as people read it."""
    from rich.text import Text

    view = Text()
    view.append(printable(document["headline"]), "bold")
    if document.get("headline_derived"):
        view.append("  (derived from the text)", "dim")
    facts = {
        "published": f"{document['firstcreated_value']} ({document['firstcreated_precision']}, "
        f"{document['firstcreated_provenance']})",
        "byline": document.get("byline"),
        "place": (document.get("dateline") or {}).get("text"),
        "language": document.get("language"),
        "people": ", ".join(document.get("people", ())),
        "organisations": ", ".join(document.get("organisations", ())),
        "places": ", ".join(document.get("places", ())),
        "topics": " · ".join(
            f"{subject['name_de' if document.get('language') == 'de' else 'name']} {subject['score']:.2f}"
            for subject in document.get("subjects", ())
        ),
        "sources": ", ".join(source["name"] for source in document.get("sources", ())),
        "versions": str(document.get("version_count", 1)),
        "url": document.get("url"),
    }
    for name, value in facts.items():
        if value:
            view.append(f"\n{name:<14}", "dim")
            view.append(printable(str(value)))
    if document.get("description_text"):
        view.append(f"\n\n{printable(document['description_text'])}", "italic")
    view.append("\n\n")
    body = Text(printable(document.get("body_text", "")))
    for block in document.get("blocks", ()):
        if block["kind"] == "subheading":
            body.stylize("bold", block["start"], block["end"])
    return view.append_text(body).append("\n")
