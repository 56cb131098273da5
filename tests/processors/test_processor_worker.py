"""Records in, records out; the journal of deaths; the watchdog; the gate between the lanes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import decode, encode, headers
from contracts.errors import Quarantine
from contracts.messages import Block, DateClaim, EnrichedArticle, Enrichment, Quarantined, RawArticle, Source
from processors.attempts import Journal
from processors.chatter import Rarely
from processors.handling import Handler, Outgoing, Record
from processors.lanes import LaneGate
from processors.liveness import Watchdog
from processors.pipeline import Outcome
from processors.stream import Work

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass
class FakeEnricher:
    """Turns every article into the same one, but for those named ``bad``."""

    body: str = "Text."
    seen: list[int] = field(default_factory=list)

    def enrich(self, batch: Sequence[RawArticle]) -> list[Outcome]:
        self.seen.append(len(batch))
        claim = DateClaim(value="2026-01-05", precision="day", provenance="feed")
        return [
            Quarantine("no-text", "It has no text.")
            if raw.headline == "bad"
            else EnrichedArticle(
                id=raw.id,
                version_id=raw.version_id,
                source=raw.source,
                headline=raw.headline or "",
                body_text=self.body,
                language="de",
                firstcreated=claim,
                versioncreated=claim,
                enrichment=Enrichment(at=NOW, pipeline="fake", model_version="0"),
            )
            for raw in batch
        ]


def handler(body: str = "Text.", max_bytes: int = 200_000) -> Handler:
    return Handler(FakeEnricher(body), max_bytes, clock=lambda: NOW)


def record(value: bytes | None, offset: int = 0, key: bytes | None = b"key") -> Record:
    return Record("news.raw", 1, offset, value, key, (("origin", b"here"),))


def raw(number: int, headline: str = "Kopf") -> bytes:
    source = Source(id="test", kind="api", collected_at=NOW)
    article = RawArticle(
        id=f"{number:032x}", version_id="0", source=source, headline=headline, blocks=(Block(text="x"),)
    )
    return encode(article)


def test_every_record_has_its_own_outcome_in_order() -> None:
    work = handler()
    records = [record(raw(1)), record(b"{"), record(raw(2, "bad")), record(None), record(raw(3))]
    results = work.handle(records)
    assert [(out.to, out.reason) for out in results] == [
        ("enriched", ""),
        ("quarantine", "not-a-message"),
        ("quarantine", "no-text"),
        ("quarantine", "not-a-message"),
        ("enriched", ""),
    ]
    assert [out.key for out in results] == [f"{1:032x}".encode(), b"key", b"key", b"key", f"{3:032x}".encode()]
    article = decode(results[0].value, EnrichedArticle, results[0].headers)
    assert results[0].headers == headers(article)
    refused = decode(results[1].value, Quarantined, results[1].headers)
    assert (refused.value, refused.key, refused.partition, refused.offset) == (b"{", b"key", 1, 0)
    assert (refused.stage, refused.attempts, refused.at) == ("processor", 1, NOW)
    assert [(header.key, header.value) for header in refused.headers] == [("origin", b"here")]


@given(st.lists(st.one_of(st.none(), st.binary(max_size=60), st.just(raw(7))), max_size=8))
def test_any_bytes_at_all_come_out_once(values: list[bytes | None]) -> None:
    assert len(handler().handle([record(value) for value in values])) == len(values)


def test_an_article_that_grew_too_large_for_the_topic_goes_to_quarantine() -> None:
    (out,) = handler("x" * 190_000).handle([record(raw(1))])
    assert (out.to, out.reason) == ("quarantine", "too-large")


def test_poison_too_large_for_its_envelope_keeps_its_head_and_says_so() -> None:
    (out,) = handler().handle([record(b"\xff" * 199_000)])
    assert len(out.value) < 200_000
    message = decode(out.value, Quarantined)
    assert b"\xff" * 100_000 in message.value
    assert "of 199000 bytes are kept" in message.error


def test_a_record_without_a_key_is_named_by_its_bytes() -> None:
    one, other = handler().handle([record(b"a", key=None), record(b"b", key=b"\xff")])
    assert len(one.key) == len(other.key) == 32
    assert one.key != other.key


def test_what_ended_its_worker_too_often_is_not_tried_again() -> None:
    work = handler()
    (out,) = work.handle([record(raw(1))], crashes=3)
    assert (out.reason, decode(out.value, Quarantined).attempts) == ("worker-crashed", 4)
    assert isinstance(work.enricher, FakeEnricher)
    assert work.enricher.seen == []
    assert work.handle([record(raw(1))], crashes=2)[0].to == "enriched"


def journal(folder: Path, pid: int, alive: set[int], wall: float = 0.0) -> Journal:
    return Journal(folder, pid, wall=lambda: wall or folder.stat().st_mtime, host="here", lives=alive.__contains__)


def test_what_a_dead_worker_had_in_hand_is_handled_alone_and_the_rest_together(tmp_path: Path) -> None:
    records = [record(b"", offset) for offset in range(5)]
    alive = {1, 2}
    first = journal(tmp_path, 1, alive)
    first.begin(records[1:3])
    second = journal(tmp_path, 2, alive)
    assert second.split(records) == [(records, 0)]
    alive.discard(1)
    assert second.split(records) == [(records[:1], 0), ([records[1]], 1), ([records[2]], 1), (records[3:], 0)]

    second.begin([records[1]])
    alive.discard(2)
    third = journal(tmp_path, 3, {3})
    assert [crashes for _, crashes in third.split(records)] == [0, 2, 1, 0]


def test_a_worker_that_ends_in_order_leaves_no_suspects(tmp_path: Path) -> None:
    first = journal(tmp_path, 1, set())
    first.begin([record(b"")])
    first.end()
    assert journal(tmp_path, 2, set()).split([record(b"")]) == [([record(b"")], 0)]


def test_a_death_is_seen_by_the_successor_with_the_same_process_id_and_not_by_another_host(tmp_path: Path) -> None:
    journal(tmp_path, 1, {1}).begin([record(b"")])
    elsewhere = Journal(tmp_path, 9, wall=lambda: 0.0, host="elsewhere", lives=lambda pid: False)
    assert elsewhere.split([record(b"")]) == [([record(b"")], 0)]
    assert journal(tmp_path, 1, {1}).split([record(b"")]) == [([record(b"")], 1)]


def test_stopping_a_worker_in_order_blames_no_record(tmp_path: Path) -> None:
    @dataclass
    class Slow(Handler):
        def handle(self, records: Sequence[Record], crashes: int = 0) -> list[Outgoing]:
            time.sleep(0.3)
            return super().handle(records, crashes)

    notes = journal(tmp_path, 1, set())
    work = Work(Slow(FakeEnricher(), 200_000), notes)

    async def stopped() -> None:
        task = asyncio.create_task(work.handle([record(raw(1))]))
        await asyncio.sleep(0.1)
        assert (tmp_path / "here-1.busy").exists()  # the file is local and tiny
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(stopped())
    work.executor.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_deaths_are_forgotten_after_a_day_and_unreadable_notes_blame_nobody(tmp_path: Path) -> None:
    journal(tmp_path, 1, set()).begin([record(b"")])
    (tmp_path / "here-2.busy").write_text("torn[")
    later = tmp_path.stat().st_mtime + 90_000
    assert journal(tmp_path, 3, set(), wall=later).split([record(b"")]) == [([record(b"")], 0)]
    assert list(tmp_path.iterdir()) == []


LIVE = ("news.raw", 0)


def test_the_watchdog_sees_a_partition_that_stands_while_nothing_is_done() -> None:
    dog = Watchdog(stall_s=100, commit_stall_s=500)
    assert dog.observe({LIVE: 5}, {LIVE: 9}, 0, 0.0) is None
    assert dog.observe({LIVE: 5}, {LIVE: 9}, 0, 99.0) is None
    stuck = dog.observe({LIVE: 5}, {LIVE: 9}, 0, 101.0)
    assert stuck == "news.raw/0 stands at 5 of 9 for 101 s"


def test_the_watchdog_is_content_with_work_commits_and_empty_partitions() -> None:
    dog = Watchdog(stall_s=100, commit_stall_s=500)
    for at in range(0, 1000, 50):
        assert dog.observe({LIVE: at}, {LIVE: 10_000}, 0, float(at)) is None
    for at in range(1000, 3000, 50):
        assert dog.observe({LIVE: 20_000}, {LIVE: 20_000}, 0, float(at)) is None
    for at in range(3000, 3400, 50):
        assert dog.observe({LIVE: 20_000}, {LIVE: 20_001}, at, float(at)) is None


def test_the_watchdog_sees_commits_that_do_not_follow_the_work() -> None:
    dog = Watchdog(stall_s=100, commit_stall_s=500)
    seen = [dog.observe({LIVE: 5}, {LIVE: 9}, at, float(at)) for at in range(0, 600, 50)]
    assert [verdict is not None for verdict in seen] == [False] * 11 + [True]


def test_the_watchdog_forgets_partitions_that_were_taken_away() -> None:
    dog = Watchdog(stall_s=100, commit_stall_s=500)
    dog.observe({LIVE: 5}, {LIVE: 9}, 0, 0.0)
    dog.observe({}, {}, 0, 50.0)
    assert dog.observe({LIVE: 5}, {LIVE: 9}, 0, 200.0) is None


def test_the_backfill_waits_for_the_live_lane_unless_it_would_block_both() -> None:
    waits, drain = [True], [False]
    gate = LaneGate(live_waits=lambda: waits[0], must_drain=lambda: drain[0])
    assert gate.closed
    drain[0] = True
    assert not gate.closed
    drain[0] = waits[0] = False
    assert not gate.closed
    with gate:
        assert gate.closed
    assert not gate.closed


def test_the_backfill_goes_on_as_soon_as_the_live_lane_rests() -> None:
    async def scenario() -> list[str]:
        order: list[str] = []
        gate = LaneGate(live_waits=lambda: False, must_drain=lambda: False)

        async def backfill() -> None:
            await gate.backfill_may_go()
            order.append("backfill")

        with gate:
            waiting = asyncio.create_task(backfill())
            await asyncio.sleep(0.12)
            order.append("live")
        await asyncio.wait_for(waiting, 5)
        return order

    assert asyncio.run(scenario()) == ["live", "backfill"]


def test_the_libraries_repeat_themselves_rarely_and_others_are_never_cut() -> None:
    now = [0.0]
    rarely = Rarely(every_s=30, clock=lambda: now[0])

    def passes(name: str, message: str) -> bool:
        return rarely.filter(logging.LogRecord(name, logging.ERROR, "", 0, message, None, None))

    assert passes("aiokafka.conn", "Unable to connect")
    assert not passes("aiokafka.conn", "Unable to connect")
    assert passes("aiokafka.conn", "Heartbeat failed")
    assert passes("processors", "Unable to connect")
    assert passes("processors", "Unable to connect")
    now[0] = 31.0
    assert passes("aiokafka.conn", "Unable to connect")
