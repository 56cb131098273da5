"""The indexer's loop: poll, settle on a second thread, commit what is settled. At least once, and nothing lost.

While a batch is written the loop goes on polling, so Kafka keeps us in the group and the next batch fills up. Records
that Elasticsearch is too busy for are held, only their partitions are paused, and they are tried again; offsets are
committed up to the first record that is not settled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from contracts.errors import Retry
from contracts.settings import IndexerSettings
from contracts.topics import ENRICHED
from indexer.batches import Settled, Settler
from indexer.meters import Meters
from indexer.offsets import OffsetLedger
from indexer.quarantine import Record

POLL_MS = 100
COMMIT_TIMEOUT_MS = 10_000
COMMIT_AGAIN_S = 1.0
"""Seconds after which a commit that failed, in a rebalance for instance, is tried again."""
HOLD_S = 5.0
"""Seconds that a paused partition waits before its records are tried again."""
DRAIN_S = 30.0
"""Seconds that a batch in flight gets to end when the process is told to stop."""
REPORT_S = 30.0

log = structlog.get_logger()


@dataclass
class IndexerService:
    """One member of the indexers' group.

    Attributes:
        consumer: kafka-python's, or what behaves like it.
        settler: settles batches; called on one thread of its own.
        stop: set it to end the loop after the batch in flight.
        hold_s: see ``HOLD_S``.
        monotonic: seconds on a clock that only goes forward.
    """

    consumer: Any
    settler: Settler
    settings: IndexerSettings
    stop: threading.Event = field(default_factory=threading.Event)
    meters: Meters = field(default_factory=Meters)
    topic: str = ENRICHED
    hold_s: float = HOLD_S
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._ledger: OffsetLedger[TopicPartition] = OffsetLedger()
        self._buffer: list[Record] = []
        self._buffer_bytes = 0
        self._buffer_since = 0.0
        self._held: dict[TopicPartition, list[Record]] = {}
        self._held_until = 0.0
        self._in_flight: Future[list[Settled | Retry]] | None = None
        self._in_flight_records: list[Record] = []
        self._in_flight_since = 0.0
        self._reported = 0.0
        self._commit_again = 0.0

    def run(self) -> None:
        """Until ``stop`` is set. What is settled then is committed, what is not is delivered again."""
        self.consumer.subscribe([self.topic])
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="settle") as pool:
            try:
                while not self.stop.is_set():
                    self._step(pool)
                self._drain()
            finally:
                self.consumer.close(autocommit=False, timeout_ms=COMMIT_TIMEOUT_MS)
        log.info("indexer.stopped", **self.meters.counts)

    def _step(self, pool: ThreadPoolExecutor) -> None:
        full = self._is_full()
        self._pause(full)
        if full and self._in_flight is not None:
            wait([self._in_flight], timeout=POLL_MS / 1000)
        polled = self.consumer.poll(
            timeout_ms=0 if full else POLL_MS, max_records=max(1, self.settings.batch_size - len(self._buffer))
        )
        self._forget_lost()
        for partition, records in polled.items():
            if partition in self.consumer.assignment():
                for record in records:
                    self._take(record)
        if self._in_flight is not None and self._in_flight.done():
            self._collect()
        if self._in_flight is None:
            self._submit(pool)
        if self.monotonic() >= self._commit_again:
            self._commit()
        self._report()

    def _is_full(self) -> bool:
        return len(self._buffer) >= self.settings.batch_size or self._buffer_bytes >= self.settings.batch_bytes

    def _pause(self, full: bool) -> None:
        """Fetch from the partitions that have nothing held, and from none while the buffer is full."""
        assigned = self.consumer.assignment()
        blocked = set(assigned) if full else {partition for partition in assigned if partition in self._held}
        paused = set(self.consumer.paused())
        if blocked - paused:
            self.consumer.pause(*(blocked - paused))
        if paused - blocked:
            self.consumer.resume(*(paused - blocked))

    def _take(self, record: Record) -> None:
        if not self._ledger.take(_partition(record), record.offset):
            return
        if not self._buffer:
            self._buffer_since = self.monotonic()
        self._buffer.append(record)
        self._buffer_bytes += len(record.value or b"")

    def _forget_lost(self) -> None:
        """Drop what is left of partitions that are another consumer's now.

        This looks at the assignment and not at revocations: kafka-python revokes all partitions in each rebalance,
        but keeps its position in those that it gets back, so what was dropped of them would never come again.
        """
        gone = self._ledger.keep_only(self.consumer.assignment())
        if gone:
            self._buffer = [record for record in self._buffer if _partition(record) not in gone]
            self._buffer_bytes = sum(len(record.value or b"") for record in self._buffer)
            for partition in gone:
                self._held.pop(partition, None)
            log.info("indexer.partitions-lost", partitions=sorted(one.partition for one in gone))

    def _submit(self, pool: ThreadPoolExecutor) -> None:
        now = self.monotonic()
        batch: list[Record] = []
        if self._held and now >= self._held_until:
            batch = [record for records in self._held.values() for record in records]
            self._held.clear()
        elif self._buffer and (self._is_full() or now - self._buffer_since >= self.settings.batch_wait_s):
            batch, self._buffer, self._buffer_bytes = self._buffer, [], 0
        if batch:
            self._in_flight_records = batch
            self._in_flight_since = now
            self._in_flight = pool.submit(self.settler.settle, batch)

    def _collect(self) -> None:
        assert self._in_flight is not None
        outcomes = self._in_flight.result()
        self._in_flight = None
        self.meters.batch(self.monotonic() - self._in_flight_since)
        waiting: list[Retry] = []
        for record, outcome in zip(self._in_flight_records, outcomes, strict=True):
            partition = _partition(record)
            if not self._ledger.is_open(partition, record.offset):
                continue
            if isinstance(outcome, Retry):
                waiting.append(outcome)
                self._held.setdefault(partition, []).append(record)
                continue
            self._ledger.settle(partition, record.offset)
            self.meters.settled(outcome)
            if outcome == "quarantined":
                log.warning(
                    "article.quarantined", topic=record.topic, partition=partition.partition, offset=record.offset
                )
        self._in_flight_records = []
        if waiting:
            self._held_until = self.monotonic() + self.hold_s
            log.warning("indexer.paused", articles=len(waiting), reason=waiting[0].reason, error=waiting[0].message)
        self._commit()

    def _commit(self) -> None:
        self._commit_again = self.monotonic() + COMMIT_AGAIN_S
        offsets = self._ledger.committable()
        if not offsets:
            return
        wanted = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()}
        try:
            self.consumer.commit(wanted, timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            # They are committed a little later, or delivered again to whoever has the partition now.
            log.warning("indexer.commit-failed", error=str(error) or type(error).__name__)
            return
        self._ledger.committed(offsets)
        self.meters.committed(datetime.now(UTC).timestamp())

    def _drain(self) -> None:
        """Let the batch in flight end, polling on so that the group still counts us in when it is committed."""
        deadline = self.monotonic() + DRAIN_S
        while self._in_flight is not None and self.monotonic() < deadline:
            self._pause(True)
            wait([self._in_flight], timeout=POLL_MS / 1000)
            self.consumer.poll(timeout_ms=0, max_records=1)
            self._forget_lost()
            if self._in_flight.done():
                self._collect()
        self._commit()

    def _report(self) -> None:
        now = self.monotonic()
        if now - self._reported < REPORT_S:
            return
        self._reported = now
        held = sum(map(len, self._held.values()))
        self.meters.state(held=held, unsettled=self._ledger.unsettled())
        log.info("indexer.progress", held=held, **self.meters.counts)


def _partition(record: Record) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
