"""``python -m producers``: the collector of feeds, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading

import structlog

from contracts.errors import EXIT_OK, NewswireError
from contracts.logs import configure_logging
from contracts.settings import load_settings
from producers.collector import run


def main() -> int:
    """Run the collector; the exit code says how it ended."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = load_settings()
        configure_logging(settings.log, stage="producer")
        run(settings, stop)
    except NewswireError as error:
        structlog.get_logger().error("collector-ended", error=str(error))
        return error.exit_code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
