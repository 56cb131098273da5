"""``newswire config``: the settings, where each value comes from, and what is wrong with them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="Show and check the settings.")


def _rows() -> list[dict[str, Any]]:
    from pydantic import SecretStr

    from contracts.clients import without_credentials
    from contracts.settings import (
        CONFIG_VARIABLE,
        DELIMITER,
        MACHINE_VARIABLES,
        PREFIX,
        gather,
        known_variables,
        load_settings,
    )

    settings = load_settings()
    _, origin = gather()
    rows: list[dict[str, Any]] = []
    for variable, description in known_variables().items():
        if variable == CONFIG_VARIABLE or variable in MACHINE_VARIABLES:
            continue
        path = variable.removeprefix(PREFIX).lower().split(DELIMITER)
        value: Any = settings
        for part in path:
            value = getattr(value, part)
        if isinstance(value, SecretStr):
            value = "********" if value.get_secret_value() else ""
        elif isinstance(value, str):
            value = without_credentials(value)
        name = ".".join(path)
        rows.append(
            {
                "name": name,
                "value": value if isinstance(value, int | float | dict | list | tuple) else str(value or ""),
                "source": origin.get(name, "default"),
                "variable": variable,
                "description": description,
            }
        )
    return rows


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """Print every setting: its value, the source that gave it, its environment variable and what it means."""
    from rich.padding import Padding
    from rich.text import Text

    from newswire.console import out, printable, write_json

    rows = _rows()
    if as_json:
        write_json(rows)
        return
    console = out()
    for row in rows:
        style = "" if row["source"] == "default" else "bold"
        line = Text(printable(f"{row['name']} = {row['value']} ({row['source']})"), style=style)
        # A long value goes on beyond the edge: folded it could not be copied.
        console.print(line, soft_wrap=True)
        console.print(Padding(Text(row["description"], style="dim"), (0, 0, 0, 4), expand=False))
    print("\nSet one as NEWSWIRE_GROUP__NAME in the environment or .env, or as name in [group] of newswire.toml.")


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Check the settings; exit with 5 and say what is wrong if anything is, mistyped variables included."""
    from contracts.errors import ConfigError
    from contracts.settings import unknown_variables
    from newswire.console import write_json

    rows = _rows()
    unknown = unknown_variables()
    if unknown:
        raise ConfigError(
            f"There is no such setting: {', '.join(unknown)}.", hint="`newswire config show` lists every setting."
        )
    changed = sum(row["source"] not in {"default", "embedded servers"} for row in rows)
    if as_json:
        write_json({"ok": True, "settings": len(rows), "changed": changed})
    else:
        print(f"{len(rows)} settings, {changed} of them set by you; nothing is wrong with them.")
