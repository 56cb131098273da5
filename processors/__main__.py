"""``python -m processors``: one worker. Start as many as there are cores."""

from __future__ import annotations

import asyncio
import sys

import structlog

from contracts.errors import NewswireError
from contracts.logs import configure_logging
from contracts.settings import Settings, load_settings
from processors.chatter import hush

BROKER_WITHIN_S = 30.0
"""How long a worker waits for Kafka before it gives up; its supervisor tries again."""

PORTS_TRIED = 64
"""Workers of one machine that can show their metrics, each on the next free port."""


def main() -> int:
    """Run a worker until it is told to stop; the exit status."""
    try:
        settings = load_settings()
        configure_logging(settings.log, stage="processor")
        run(settings)
    except NewswireError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def run(settings: Settings) -> None:
    """Run a worker in this process; it ends it.

    Raises:
        ServiceUnavailable: Kafka does not answer.
        ConfigError: a certificate or the model cannot be read.
    """
    import faust

    from processors.broker import await_broker
    from processors.stream import build

    hush()
    asyncio.run(await_broker(settings.kafka, within_s=BROKER_WITHIN_S))
    _show_metrics(settings)
    worker = faust.Worker(build(settings), override_logging=False, quiet=True, redirect_stdouts=False, loglevel=None)
    worker.spinner = None  # it writes to standard output
    worker.execute_from_commandline()


def _show_metrics(settings: Settings) -> None:
    if not settings.metrics_port:
        return
    from prometheus_client import start_http_server

    for port in range(settings.metrics_port, settings.metrics_port + PORTS_TRIED):
        try:
            start_http_server(port, addr="127.0.0.1")
        except OSError:
            continue
        structlog.get_logger().info("metrics.shown", port=port)
        return


if __name__ == "__main__":
    sys.exit(main())
