"""``newswire setup``: topics and templates on servers of your own."""

from __future__ import annotations

from typing import Annotated

import typer


def setup(
    kibana: Annotated[bool, typer.Option("--kibana", help="Also import the dashboards into Kibana.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Create the Kafka topics and the Elasticsearch template where they are missing; what exists is left alone.

    `newswire up` does this by itself. Run it for servers that the settings name, before the stages start.
    """
    from newswire.console import write_json
    from newswire.context import open_context
    from newswire.preparing import prepare_servers

    settings = open_context().settings
    report = prepare_servers(settings)
    if kibana:
        from newswire.kibana import import_objects

        report["kibana"] = import_objects(settings)
    if as_json:
        write_json(report)
        return
    for part, outcome in report.items():
        print(f"{part}: {outcome}")
