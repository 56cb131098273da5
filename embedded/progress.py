"""Tell a person what provisioning does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with a number of further bytes done."""


class Progress(Protocol):
    """Shows tasks."""

    def task(self, title: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Show a task while the context lasts; `total` is in bytes, None for a task without a measure."""


class SilentProgress:
    """Shows nothing."""

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Show nothing."""
        yield lambda done: None


class RichProgress:
    """Bars on a terminal, plain lines elsewhere."""

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Show a bar, or a line where there is no terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        if not console.is_terminal:
            console.print(f"{title} …")
            yield lambda done: None
            return
        measure = (BarColumn(), DownloadColumn()) if total else (SpinnerColumn(),)
        with Progress(TextColumn("{task.description}"), *measure, TimeElapsedColumn(), console=console) as bars:
            bar = bars.add_task(title, total=total)
            yield lambda done: bars.advance(bar, done)
