"""The Faust app: the edge between the raw topics and the handler.

What is promised: every record of the raw topics ends as a record on ``news.enriched`` or ``news.quarantine``, at least
once. The offsets of a batch are acknowledged after the broker has confirmed all that came of it. Whatever is not
foreseen ends the process with status 70, and its supervisor starts it again at the last committed offset.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import faust
import structlog
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from faust.types.auth import SASLMechanism
from prometheus_client import Counter

from contracts import topics
from contracts.errors import ConfigError, ServiceUnavailable
from contracts.settings import KafkaSettings, Settings
from processors.attempts import Journal
from processors.handling import Handler, Outgoing, Record
from processors.lanes import LaneGate
from processors.liveness import Partition, Watchdog
from processors.pipeline import Enricher

log = structlog.get_logger()

EXIT_UNFORESEEN = 70
"""EX_SOFTWARE of sysexits.h."""

SLICE = 8
"""Articles that are analysed between two signs of life."""

POLL_RECORDS = 100
"""Records that the consumer hands over at once; it bounds what piles up for a lane that waits."""

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


def options(settings: Settings, folder: Path) -> dict[str, Any]:
    """Settings of the Faust app."""
    kafka = settings.kafka
    servers = [server.strip() for server in kafka.bootstrap_servers.split(",") if server.strip()]
    return {
        "broker": [f"kafka://{server}" for server in servers],
        "broker_client_id": f"{kafka.client_id}-processor",
        "broker_credentials": credentials(kafka),
        "broker_session_timeout": kafka.session_timeout_s,
        "broker_heartbeat_interval": min(3.0, kafka.session_timeout_s / 3),
        # Bounds how many articles are read again after a crash.
        "broker_commit_interval": 1.0,
        "broker_max_poll_records": POLL_RECORDS,
        "consumer_auto_offset_reset": "earliest",
        "producer_acks": -1,
        "producer_compression_type": "zstd",
        # Awaiting every send alone gave 84 messages a second; the sends of a batch share a request instead.
        "producer_linger": 5,
        # The broker's limit is on the compressed batch; our own, on each value, stands in Handler.
        "producer_max_request_size": kafka.max_message_bytes * 2,
        "store": "memory://",
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
        # `faust worker` turns the web server on whatever is set here; then at least nobody else reaches it.
        "web_bind": "127.0.0.1",
        "web_host": "127.0.0.1",
        "datadir": folder.absolute(),
        "worker_redirect_stdouts": False,
        "autodiscover": False,
    }


def credentials(kafka: KafkaSettings) -> Any:
    """TLS and SASL as Faust wants them; None for plain text.

    Raises:
        ConfigError: a certificate cannot be read.
    """
    context = None
    if kafka.security_protocol.endswith("SSL"):
        try:
            context = ssl.create_default_context(cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None)
            if kafka.ssl_certfile:
                context.load_cert_chain(str(kafka.ssl_certfile), str(kafka.ssl_keyfile) if kafka.ssl_keyfile else None)
        except OSError as error:
            raise ConfigError(
                f"A certificate for Kafka cannot be read: {error}.", hint="Correct kafka.ssl_*."
            ) from error
    if kafka.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password.get_secret_value(),
            ssl_context=context,
            mechanism=SASLMechanism(kafka.sasl_mechanism),
        )
    return faust.SSLCredentials(context=context) if context else None


async def await_broker(kafka: KafkaSettings, *, within_s: float) -> None:
    """Return when Kafka answers; servers may start after their workers.

    Raises:
        ServiceUnavailable: it did not in time.
    """
    deadline = time.monotonic() + within_s
    while True:
        client = AIOKafkaClient(
            bootstrap_servers=kafka.bootstrap_servers.replace(" ", ""),
            client_id=f"{kafka.client_id}-processor",
            **credentials_to_aiokafka_auth(credentials(kafka)),
        )
        try:
            await client.bootstrap()
            return
        except KafkaError as error:
            if time.monotonic() >= deadline:
                raise ServiceUnavailable("Kafka", kafka.bootstrap_servers, str(error)) from error
        finally:
            await client.close()
        await asyncio.sleep(1)


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
