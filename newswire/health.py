"""``python -m newswire.health STAGE``: the health check of a stage's container. 0 is healthy, 1 is not.

A process that is up may still be stuck, so health is progress: while records wait for a stage, the offsets that its
group has committed must move. Each call remembers what it saw in the data folder for the next one. The collector has
no records that wait for it; it is healthy while Kafka takes what it finds.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import NewswireError

PATIENCE_S = 180.0
"""Seconds without progress: above a rebalance, a restart of Elasticsearch and a batch of the longest articles."""

STAGES = ("collector", "processor", "indexer")


@dataclass(frozen=True)
class Reading:
    """One look at a stage.

    Attributes:
        at: Unix time, in seconds.
        behind: records that wait for the stage.
        settled: records that it has settled since ever.
    """

    at: float
    behind: int
    settled: int


@dataclass(frozen=True)
class Memory:
    """What the last check knew: how much was settled, and since when it has been that much."""

    settled: int
    since: float


def judge(memory: Memory | None, now: Reading, patience_s: float = PATIENCE_S) -> tuple[Memory, str]:
    """The memory for the next check, and what is wrong: one sentence, empty if nothing is."""
    idle = now.behind == 0
    if memory is None or idle or memory.settled != now.settled or memory.since > now.at:
        return Memory(now.settled, now.at), ""
    still = now.at - memory.since
    if still <= patience_s:
        return memory, ""
    return memory, f"{now.behind} records wait and none was settled for {still:.0f} s."


def recall(file: Path) -> Memory | None:
    """The last check's memory; None if there is none that can be read."""
    try:
        return Memory(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remember(file: Path, memory: Memory) -> None:
    """Keep it for the next check."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps({"settled": memory.settled, "since": memory.since}), encoding="utf-8")
    draft.replace(file)


def read(stage: str, settings: Any, at: float) -> Reading:
    """A look at Kafka.

    Raises:
        ServiceUnavailable: it does not answer.
    """
    from contracts.topics import ENRICHED, RAW, RAW_BACKFILL
    from newswire.books import lag
    from newswire.ledger import GROUPS, open_ledger

    topics = {"processor": (RAW, RAW_BACKFILL), "indexer": (ENRICHED,), "collector": (RAW,)}[stage]
    with open_ledger(settings) as ledger:
        ends = ledger.ends(*topics)
        if stage not in GROUPS:
            return Reading(at, 0, 0)
        committed = ledger.committed(GROUPS[stage])
    return Reading(at, lag(ends, committed, frozenset(topics)), sum(committed.values()))


def main(arguments: list[str]) -> int:
    """The process's exit code, as Docker wants it."""
    if len(arguments) != 1 or arguments[0] not in STAGES:
        print(f"Name one stage: {', '.join(STAGES)}.", file=sys.stderr)
        return 1
    from contracts.settings import load_settings

    (stage,) = arguments
    try:
        settings = load_settings()
        reading = read(stage, settings, time.time())
        file = settings.data_dir / f"health-{stage}.json"
        memory, problem = judge(recall(file), reading)
        remember(file, memory)
    except (NewswireError, OSError) as error:
        problem = str(error)
    if problem:
        print(f"{stage}: {problem}", file=sys.stderr)
    return int(bool(problem))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
