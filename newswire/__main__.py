"""The ``newswire`` command line: ``main`` is its entry point."""

from __future__ import annotations

import os
import sys
from inspect import cleandoc
from typing import Annotated

import typer

from contracts.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_UNEXPECTED, NewswireError
from newswire import (
    collect,
    config,
    demo,
    down,
    enrich,
    feeds,
    index,
    ingest,
    kibana,
    quarantine,
    search,
    setup,
    show,
    status,
    tail,
    up,
    version,
)
from newswire.console import report_error

HELP = """Streaming news ingestion: articles in, entities and topics added, searchable a moment later.

[bold]newswire up[/bold] starts Kafka, Elasticsearch and all stages on this machine; [bold]newswire ingest[/bold]
sends files through them, [bold]newswire feeds add[/bold] subscribes to feeds, [bold]newswire search[/bold] finds
what came in. [bold]newswire demo[/bold] shows all of it in a minute.
"""

EPILOG = (
    "Exit codes: 0 done, 1 unexpected, 2 usage, 3 input refused, 4 a server does not answer, 5 settings, "
    "6 this machine lacks something, 7 not found, 130 interrupted. More in docs/cli.md."
)


def flowing(text: str | None) -> str:
    """Help text as paragraphs of one line each: typer would keep the line ends of the source."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in cleandoc(text or "").split("\n\n"))


app = typer.Typer(
    name="newswire",
    help=flowing(HELP),
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(wanted: bool) -> None:
    """What ``newswire version`` prints, under the name that every other program has for it."""
    if wanted:
        version.version()
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Like `newswire version`.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Options that need no command."""


RUN, FEED, READ, CARE = "Run", "Put articles in", "Read articles", "Look after it"
app.command("up", help=flowing(up.up.__doc__), rich_help_panel=RUN)(up.up)
app.command("down", help=flowing(down.down.__doc__), rich_help_panel=RUN)(down.down)
app.command("status", help=flowing(status.status.__doc__), rich_help_panel=RUN)(status.status)
app.command("demo", help=flowing(demo.demo.__doc__), rich_help_panel=RUN)(demo.demo)
app.command("ingest", help=flowing(ingest.ingest.__doc__), rich_help_panel=FEED)(ingest.ingest)
app.add_typer(feeds.app, name="feeds", rich_help_panel=FEED)
app.command("collect", help=flowing(collect.collect.__doc__), rich_help_panel=FEED)(collect.collect)
app.command("enrich", help=flowing(enrich.enrich.__doc__), rich_help_panel=FEED)(enrich.enrich)
app.command("index", help=flowing(index.index.__doc__), rich_help_panel=FEED)(index.index)
app.command("search", help=flowing(search.search.__doc__), rich_help_panel=READ)(search.search)
app.command("show", help=flowing(show.show.__doc__), rich_help_panel=READ)(show.show)
app.command("tail", help=flowing(tail.tail.__doc__), rich_help_panel=READ)(tail.tail)
app.add_typer(quarantine.app, name="quarantine", rich_help_panel=CARE)
app.command("setup", help=flowing(setup.setup.__doc__), rich_help_panel=CARE)(setup.setup)
app.add_typer(kibana.app, name="kibana", rich_help_panel=CARE)
app.add_typer(config.app, name="config", rich_help_panel=CARE)
app.command("version", help=flowing(version.version.__doc__), rich_help_panel=CARE)(version.version)


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; expected errors become one sentence, never a traceback."""
    as_json = "--json" in arguments
    try:
        result = app(arguments, prog_name="newswire", standalone_mode=False)
    except NewswireError as error:
        report_error(type(error).__name__, error.exit_code, error.message, error.hint, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away; Python must not complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except Exception as error:
        sentence = getattr(error, "format_message", None)
        if sentence is None:
            raise
        # Typer's own usage errors; their base class has no public name.
        message = str(sentence()).strip()
        if message:  # Without arguments, the help was printed and says it all.
            report_error("UsageError", 2, message, usage_hint(error), as_json=as_json)
        return 2
    return result if isinstance(result, int) else EXIT_OK


def usage_hint(error: Exception) -> str:
    """What to do about typer's usage error: the help of the command that was meant, and quotes for ``-without``."""
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", None) or "newswire"
    option = getattr(error, "option_name", "")
    if command in {"newswire search", "newswire tail"} and option.startswith("-") and not option.startswith("--"):
        return f"Put a query with -without into quotes: {command} 'Haus -Garten'."
    return f"`{command} --help` lists what there is."


def main() -> None:
    """Entry point of the ``newswire`` script."""
    try:
        code = run(sys.argv[1:])
    except Exception as error:
        if os.environ.get("NEWSWIRE_LOG__LEVEL", "").lower() == "debug":
            raise
        report_error(
            "Unexpected",
            EXIT_UNEXPECTED,
            f"{type(error).__name__}: {error}",
            "This is a defect; NEWSWIRE_LOG__LEVEL=debug shows where it arose.",
            as_json="--json" in sys.argv,
        )
        code = EXIT_UNEXPECTED
    sys.exit(code)


if __name__ == "__main__":
    main()
