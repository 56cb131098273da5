"""``newswire kibana``: dashboards, saved searches and the data view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from contracts.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Bring the newsroom's dashboards into Kibana.")


@app.callback()
def kibana() -> None:
    """Bring the newsroom's dashboards into Kibana."""


@app.command("setup")
def setup(
    url: Annotated[str | None, typer.Option(help="Kibana's address; default is kibana.url of the settings.")] = None,
    api_key: Annotated[
        str | None, typer.Option(envvar="NEWSWIRE_KIBANA__API_KEY", help="API key; better set in the environment.")
    ] = None,
    space: Annotated[str | None, typer.Option(help="Kibana space; it is made if it is missing.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Import the data view, the saved searches and the newsroom dashboard. Doing it again changes nothing."""
    from newswire.console import write_json
    from newswire.context import open_context

    given = {"url": url, "api_key": api_key, "space": space}
    overrides = {name: value for name, value in given.items() if value is not None}
    report = import_objects(open_context(overrides={"kibana": overrides} if overrides else None).settings)
    if as_json:
        write_json(report)
        return
    print(f"{len(report['imported'])} objects are in the space {report['space']} of Kibana at {report['address']}.")
    for address in report["dashboards"]:
        print(f"Open {address}")


def import_objects(settings: Settings) -> dict[str, Any]:
    """Import them and say what was done.

    Raises:
        ConfigError: wrong address, credentials or space.
        ServiceUnavailable: Kibana does not answer in time, or refuses an object.
    """
    from dataclasses import asdict

    from indexer.kibana.client import setup as run_setup

    return asdict(run_setup(settings.kibana, alias=settings.elasticsearch.alias))
