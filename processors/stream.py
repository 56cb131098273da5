"""The Faust app: the edge between the raw topics and the handler.

What is promised: every record of the raw topics ends as a record on ``news.enriched`` or ``news.quarantine``, at least
once. The offsets of a batch are acknowledged after the broker has confirmed all that came of it. Whatever is not
foreseen ends the process with status 70, and its supervisor starts it again at the last committed offset.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NoReturn

import faust
import structlog
from prometheus_client import Counter

from contracts import topics
from contracts.settings import Settings
from processors.attempts import Journal
from processors.broker import options
from processors.handling import Handler, Outgoing, Record
from processors.lanes import LaneGate
from processors.liveness import Partition, Watchdog
from processors.pipeline import Enricher

log = structlog.get_logger()

EXIT_UNFORESEEN = 70
"""EX_SOFTWARE of sysexits.h."""

SLICE = 8
"""Articles that are analysed between two signs of life."""

BACKFILL_BUFFER = 4096
"""Backfill records that may wait in memory. Faust stops to fetch a partition at 80 % of it, which leaves room for one
poll of each partition; see ``LaneGate.must_drain`` for when that is not enough."""

WATCH_EVERY_S = 15.0

ARTICLES = Counter("newswire_processor_articles", "Articles that left the stage, by status.", ["status"])


@dataclass(frozen=True)
class Names:
    """Names on the broker; tests use their own."""

    group: str = topics.PROCESSOR_GROUP
    raw: str = topics.RAW
    backfill: str = topics.RAW_BACKFILL
    enriched: str = topics.ENRICHED
    quarantine: str = topics.QUARANTINE


@dataclass
class Work:
    """What the agents share: one thread for the language model, the gate between the lanes, the journal."""

    handler: Handler
    journal: Journal
    executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="nlp"))
    done: int = 0

    async def handle(self, records: Sequence[Record]) -> list[Outgoing]:
        """What comes of the records, one each. The event loop stays free: heartbeats and commits go on."""
        results: list[Outgoing] = []
        for group, crashes in self.journal.split(records):
            for at in range(0, len(group), SLICE):
                some = group[at : at + SLICE]
                self.journal.begin(some)
                loop = asyncio.get_running_loop()
                try:
                    results += await loop.run_in_executor(self.executor, self.handler.handle, some, crashes)
                except asyncio.CancelledError:  # the worker is told to stop: that is nobody's death
                    self.journal.end()
                    raise
                self.journal.end()
                self.done += len(some)
        return results


def die(event: str, **details: Any) -> NoReturn:
    """End the process at once: nothing unacknowledged is committed any more."""
    log.critical(event, **details)
    os._exit(EXIT_UNFORESEEN)


def build(settings: Settings, names: Names | None = None, handler: Handler | None = None) -> Any:
    """The app with its two agents, ready for a worker.

    Args:
        settings: of the processor, Kafka and the data folder.
        names: of topics and consumer group.
        handler: does the work; by default with the configured pipelines.
    """
    names = names or Names()
    enricher: Enricher | None = None
    if handler is None:
        enricher = Enricher(settings.processor)
        handler = Handler(enricher, settings.kafka.max_message_bytes, settings.processor.max_attempts)
    folder = settings.processor.data_dir or settings.data_dir / "processor"
    folder.mkdir(parents=True, exist_ok=True)
    work = Work(handler, Journal(folder / "attempts", os.getpid(), time.time))
    app: Any = faust.App(names.group, **options(settings, folder))
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    live = app.topic(names.raw, allow_empty=True, **raw)
    backfill = app.topic(names.backfill, allow_empty=True, maxsize=BACKFILL_BUFFER, **raw)
    outputs = {"enriched": app.topic(names.enriched, **raw), "quarantine": app.topic(names.quarantine, **raw)}
    streams: dict[str, Any] = {}
    gate = LaneGate(
        live_waits=lambda: _waits(app, names.raw) or _buffered(streams.get("live")) > 0,
        must_drain=lambda: _buffered(streams.get("backfill")) > BACKFILL_BUFFER * 0.7,
    )

    async def settle(stream: Any, events: Sequence[Any], results: Sequence[Outgoing]) -> None:
        sent = [await outputs[out.to].send(key=out.key, value=out.value, headers=out.headers) for out in results]
        await asyncio.gather(*sent)
        for event, out in zip(events, results, strict=True):
            await stream.ack(event)
            ARTICLES.labels(out.reason or "enriched").inc()
            if out.to == "quarantine":
                log.warning("article.quarantined", reason=out.reason, id=out.key.decode("utf-8", "replace"))

    async def live_lane(stream: Any) -> None:
        streams["live"] = stream
        async for events in _batches(stream, settings):
            try:
                with gate:
                    results = await work.handle([_record(event) for event in events])
                await settle(stream, events, results)
            except Exception as error:
                die("worker.failed", lane="live", error=repr(error))

    async def backfill_lane(stream: Any) -> None:
        streams["backfill"] = stream
        async for events in _batches(stream, settings):
            try:
                results: list[Outgoing] = []
                for event in events:
                    await gate.backfill_may_go()
                    results += await work.handle([_record(event)])
                await settle(stream, events, results)
            except Exception as error:
                die("worker.failed", lane="backfill", error=repr(error))

    app.agent(live, name="processors.live", concurrency=1)(live_lane)
    app.agent(backfill, name="processors.backfill", concurrency=1)(backfill_lane)

    @app.task  # type: ignore[untyped-decorator]  # Faust's decorator has no types
    async def warm() -> None:
        if enricher is not None:
            try:
                await asyncio.get_running_loop().run_in_executor(work.executor, enricher.warm)
            except Exception as error:
                die("worker.no_model", error=str(error))
        log.info("worker.ready", variant=settings.processor.variant)

    @app.task  # type: ignore[untyped-decorator]
    async def watch() -> None:
        budget = settings.processor.time_budget_s * settings.processor.batch_size
        watchdog = Watchdog(settings.processor.stall_s, settings.processor.stall_s + budget)
        while not app.should_stop:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                committed, ends = await _offsets(app, names, live_only=gate.closed)
            except Exception as error:
                log.warning("watch.failed", error=repr(error))
                continue
            if stuck := watchdog.observe(committed, ends, work.done, time.monotonic()):
                die("worker.stuck", what=stuck)

    return app


def _batches(stream: Any, settings: Settings) -> AsyncIterator[Sequence[Any]]:
    batches: AsyncIterator[Sequence[Any]] = stream.noack_take(
        settings.processor.batch_size, within=settings.processor.batch_wait_s
    )
    return batches


def _record(event: Any) -> Record:
    message = event.message
    headers = message.headers or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        value=event.value,
        key=event.key,
        headers=tuple((str(name), value or b"") for name, value in pairs),
    )


def _buffered(stream: Any) -> int:
    return int(stream.channel.queue.qsize()) if stream is not None else 0


def _waits(app: Any, topic: str) -> bool:
    """Whether the broker holds records of ``topic`` for this worker that it has not fetched."""
    for partition in list(app.consumer.assignment()):
        if partition.topic != topic:
            continue
        try:
            end = app.consumer.highwater(partition)
        except Exception:  # noqa: S112  # between two assignments the partition is nobody's
            continue
        # Faust keeps what it has read in this mapping only.
        read = app.consumer._read_offset.get(partition)
        if end and (read is None or end > read + 1):
            return True
    return False


async def _offsets(app: Any, names: Names, *, live_only: bool) -> tuple[dict[Partition, int], dict[Partition, int]]:
    """Committed offsets and ends of this worker's partitions, the latter asked of the broker."""
    wanted = {names.raw} if live_only else {names.raw, names.backfill}
    partitions = [partition for partition in app.consumer.assignment() if partition.topic in wanted]
    if not partitions:
        return {}, {}
    ends = await app.consumer.highwaters(*partitions)
    committed = {
        (partition.topic, partition.partition): app.consumer._committed_offset.get(partition) or 0
        for partition in partitions
    }
    return committed, {(partition.topic, partition.partition): end for partition, end in ends.items()}
