"""Where the demo runs: a folder and an environment of its own, so that nothing of the user's is read or touched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import UsageError
from contracts.settings import PREFIX
from newswire.context import PURGEABLE, Layout
from newswire.down import remove_data
from newswire.programs import STAGES
from newswire.supervision import Supervisor

KEPT_VARIABLES = ("NEWSWIRE_EMBEDDED__CACHE_DIR", "NEWSWIRE_CACHE_DIR", "NEWSWIRE_JAVA_HOME", "NEWSWIRE_LOG__LEVEL")
"""The only settings of the user's that reach the demo: where provisioned servers lie, and how much is logged."""

OWN_VARIABLES = {
    "NEWSWIRE_COLLECTOR__ALLOW_PRIVATE_ADDRESSES": "true",
    "NEWSWIRE_COLLECTOR__INTERVAL_S": "2",
    "NEWSWIRE_COLLECTOR__HOST_DELAY_S": "0",
    "NEWSWIRE_KAFKA__PARTITIONS": "4",
    "NEWSWIRE_ELASTICSEARCH__REFRESH_INTERVAL": "500ms",
}


def clear(root: Path, say: Callable[[str], None]) -> None:
    """Make room for a fresh demo.

    Raises:
        UsageError: the folder holds something else.
    """
    foreign = sorted({path.name for path in root.iterdir()} - set(PURGEABLE)) if root.is_dir() else []
    if foreign:
        raise UsageError(
            f"{root} holds {foreign[0]}, which is not the demo's.", hint="Give --data-dir a folder that does not exist."
        )
    if Supervisor(Layout(root)).stop(first=STAGES):
        say("Stopped the demo that was left running.")
    remove_data(root)
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)


@contextmanager
def demo_environment(root: Path) -> Iterator[None]:
    """The environment of the demo and its stages: nothing of the user's settings reaches it, so neither do servers."""
    before = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in before:
        if name not in KEPT_VARIABLES:
            del os.environ[name]
    os.environ.update(OWN_VARIABLES | {"NEWSWIRE_DATA_DIR": str(root)})
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            del os.environ[name]
        os.environ.update(before)
