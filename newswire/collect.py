"""``newswire collect``: one collector in the foreground."""

from __future__ import annotations

import typer


def collect() -> None:
    """Poll the registered feeds here until Ctrl-C: for machines where `newswire up` does not run the stages.

    Several collectors share the feeds.
    """
    import signal
    import threading

    from contracts.errors import EXIT_INTERRUPTED
    from contracts.logs import configure_logging
    from contracts.settings import load_settings
    from producers.collector import run

    stop = threading.Event()
    code = 0

    def on_signal(number: int, _frame: object) -> None:
        nonlocal code
        code = EXIT_INTERRUPTED if number == signal.SIGINT else 0
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    settings = load_settings()
    configure_logging(settings.log, stage="producer")
    run(settings, stop)
    if code:
        raise typer.Exit(code)
