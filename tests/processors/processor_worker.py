"""One worker as a process of its own, on topics of the test's own: ``python processor_worker.py PREFIX``."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import faust

from contracts.logs import configure_logging
from contracts.messages import RawArticle
from contracts.settings import load_settings
from processors.handling import Enriching, Handler
from processors.pipeline import Enricher, Outcome
from processors.reader import FakeReader, Readers
from processors.stream import Names, build


def names(prefix: str) -> Names:
    return Names(f"{prefix}-group", f"{prefix}.raw", f"{prefix}.backfill", f"{prefix}.enriched", f"{prefix}.quarantine")


@dataclass
class Deadly:
    """Takes its time over each article, and dies of some."""

    inner: Enriching
    pause_s: float

    def enrich(self, batch: Sequence[RawArticle]) -> list[Outcome]:
        for article in batch:
            time.sleep(self.pause_s)
            if article.headline == "Kill the worker":
                os._exit(137)
            if article.headline == "Fail unforeseen":
                raise RuntimeError("unforeseen")
        return self.inner.enrich(batch)


@dataclass
class FakeReaders(Readers):
    """No model at all."""

    def default(self) -> FakeReader:  # type: ignore[override]
        return FakeReader({"Berlin": "LOC"})


def main() -> None:
    settings = load_settings()
    configure_logging(settings.log, stage="processor")
    handler = None
    if "PAUSE_S" in os.environ:
        enricher = Enricher(settings.processor, readers=FakeReaders(settings.processor))
        handler = Handler(
            Deadly(enricher, float(os.environ["PAUSE_S"])),
            settings.kafka.max_message_bytes,
            settings.processor.max_attempts,
        )
    app = build(settings, names(sys.argv[1]), handler)
    faust.Worker(
        app, override_logging=False, quiet=True, redirect_stdouts=False, loglevel=None
    ).execute_from_commandline()


if __name__ == "__main__":
    main()
