"""``newswire up``: servers and stages on this machine."""

from __future__ import annotations

from typing import Annotated

import typer


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once all is up; `newswire down` stops it.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processor processes; default is one a core.")
    ] = None,
    collect: Annotated[bool, typer.Option("--collect/--no-collect", help="Poll the registered feeds.")] = True,
) -> None:
    """Start Kafka, Elasticsearch and all stages, and show what they do until Ctrl-C.

    Servers that the settings name (NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS, NEWSWIRE_ELASTICSEARCH__URL) are used instead
    of embedded ones. What dies is started again; if this process itself is killed, everything ends with it.
    """
    from embedded.progress import RichProgress
    from newswire.console import err
    from newswire.context import open_context
    from newswire.house import House, default_workers
    from newswire.interrupts import end_like_ctrl_c
    from newswire.live import watch

    context = open_context()
    console = err()
    house = House(
        context,
        workers=workers or default_workers(context.settings),
        collect=collect,
        say=lambda line: console.print(line),
    )
    end_like_ctrl_c()
    settings = house.start(detached=detach, progress=RichProgress())
    if detach:
        console.print("All is up. `newswire status` shows it, `newswire down` stops it.")
        return
    try:
        watch(settings, house.supervisor, console)
    finally:
        with console.status("Stopping"):
            house.stop()
        console.print("Stopped.")
