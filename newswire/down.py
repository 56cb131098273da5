"""``newswire down``: stop what ``newswire up`` started."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def down(
    purge: Annotated[
        bool, typer.Option("--purge", help="Also delete everything stored here: articles, topics, logs.")
    ] = False,
) -> None:
    """Stop all stages and embedded servers of this data folder, in order; nothing running is fine too."""
    from newswire.console import err
    from newswire.context import open_context
    from newswire.programs import STAGES
    from newswire.supervision import Supervisor

    context = open_context()
    console = err()
    supervisor = Supervisor(context.layout)
    with console.status("Stopping"):
        ran = supervisor.stop(first=STAGES)
    context.layout.endpoints.unlink(missing_ok=True)
    console.print("Stopped." if ran else f"Nothing runs in {context.layout.root}.")
    if purge:
        left = remove_data(context.layout.root)
        console.print(
            f"Deleted the data in {context.layout.root}." + (f" Left alone: {', '.join(left)}." if left else "")
        )


def remove_data(root: Path) -> list[str]:
    """Delete what this program stores under ``root``, and ``root`` itself if nothing else is in it; names the rest."""
    import shutil

    from embedded.paths import relocated
    from newswire.context import PURGEABLE

    shutil.rmtree(relocated(root), ignore_errors=True)
    for name in PURGEABLE:
        path = root / name
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    if not root.is_dir():
        return []
    left = sorted(path.name for path in root.iterdir())
    if not left:
        root.rmdir()
    return left
