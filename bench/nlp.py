"""How fast a Faust worker is beside a bare ``nlp.pipe`` over the same texts on the same core: ``python -m bench.nlp``.

Each round takes both ways once, in turns. The bare way has the texts in memory and finds names and topics only; the
worker starts at Kafka, does the whole enrichment, and ends when the broker has the last enriched article. Both are
processes of their own, pinned to one core, and warm. On a machine with other work the ratio of processor time is the
fairer one; it is given too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from bench.figures import summary
from contracts.clients import kafka_options
from contracts.codec import encode, headers
from contracts.messages import Block, DateClaim, RawArticle, Source
from contracts.settings import Settings, load_settings
from processors.stream import Names, build

ROOT = Path(__file__).resolve().parents[1]
CONTENT = ROOT / "newswire" / "demo" / "content"
PUBLISHED = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
WORDS_PER_ARTICLE = 345
"""Mean of the German news articles that the language model was measured on."""

PARTITIONS = 4
WARM_UP = 16
"""Articles that each way handles before the clock runs."""

TIMEOUT_S = 900.0


def articles(count: int, *, seed: int = 9) -> list[RawArticle]:
    """Articles of paragraphs of the demo's, shuffled within their language."""
    noise = Random(seed)  # not for secrets
    paragraphs: dict[str, list[str]] = {}
    headlines: dict[str, list[str]] = {}
    for path in sorted(CONTENT.glob("*.toml")):
        feed = tomllib.loads(path.read_text(encoding="utf-8"))
        for article in feed.get("article", ()):
            parts = [part.strip() for part in article.get("body", "").split("\n\n")]
            texts = [part for part in parts if len(part.split()) > 12 and not part.startswith("#")]
            paragraphs.setdefault(feed["language"], []).extend(texts)
            headlines.setdefault(feed["language"], []).append(article["headline"])
    languages = [language for language, texts in paragraphs.items() if len(texts) > 12]
    return [
        _article(number, noise, languages[number % len(languages)], paragraphs, headlines) for number in range(count)
    ]


def _article(
    number: int, noise: Random, language: str, paragraphs: dict[str, list[str]], headlines: dict[str, list[str]]
) -> RawArticle:
    blocks: list[Block] = []
    words = 0
    for text in noise.sample(paragraphs[language], len(paragraphs[language])):
        if words >= WORDS_PER_ARTICLE:
            break
        blocks.append(Block(text=text))
        words += len(text.split())
    return RawArticle(
        id=uuid.UUID(int=noise.getrandbits(128)).hex,
        version_id=f"{number:032x}",
        source=Source(id="bench", kind="api", collected_at=PUBLISHED),
        headline=noise.choice(headlines[language]),
        blocks=tuple(blocks),
        dates=(DateClaim(value="2026-03-14", precision="day", provenance="feed"),),
    )


def texts(batch: Sequence[RawArticle]) -> list[str]:
    """What the bare way reads: the same headlines and bodies."""
    return [
        text
        for each in batch
        for text in (each.headline or "", "\n\n".join(block.text for block in each.blocks))
        if text
    ]


@dataclass
class Child:
    """A process of this module that runs one of the ways on one core."""

    core: int
    arguments: list[str]
    environment: dict[str, str]

    def __enter__(self) -> Child:
        command = [sys.executable, "-m", "bench.nlp", "--core", str(self.core), *self.arguments]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)

    def ask(self, line: str) -> dict[str, Any]:
        """Send a line to the child and read its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def cpu_s(self) -> float:
        """Seconds of processor time it has used; 0 where the system has no /proc."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Topics:
    """The topics of one run, and both ends of the worker."""

    settings: Settings
    prefix: str = field(default_factory=lambda: f"bench-{uuid.uuid4().hex[:8]}")

    def __enter__(self) -> Topics:
        self.names = bench_names(self.prefix)
        self.all = [self.names.raw, self.names.backfill, self.names.enriched, self.names.quarantine]
        self.admin = KafkaAdminClient(**kafka_options(self.settings.kafka, role="bench"))
        self.admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in self.all])
        options = kafka_options(self.settings.kafka, role="bench")
        self.producer = KafkaProducer(**options, acks="all", compression_type="zstd")
        self.consumer = KafkaConsumer(**options, group_id=None)
        self.consumer.assign([TopicPartition(self.names.enriched, number) for number in range(PARTITIONS)])
        self.consumer.seek_to_beginning()
        return self

    def __exit__(self, *_: object) -> None:
        self.consumer.close()
        self.producer.close()
        self.admin.delete_topics(self.all)
        self.admin.close()

    def through_worker(self, batch: Sequence[RawArticle]) -> float:
        """Seconds from the first article sent to the last one enriched."""
        began = time.perf_counter()
        for each in batch:
            self.producer.send(self.names.raw, key=each.id.encode(), value=encode(each), headers=headers(each))
        self.producer.flush(60)
        missing = len(batch)
        while missing > 0:
            if time.perf_counter() - began > TIMEOUT_S:
                raise TimeoutError(f"{missing} of {len(batch)} articles never came out of the worker")
            missing -= sum(map(len, self.consumer.poll(timeout_ms=100).values()))
        return time.perf_counter() - began


def bench_names(prefix: str) -> Names:
    """Topics and group of one run."""
    return Names(prefix, f"{prefix}.raw", f"{prefix}.backfill", f"{prefix}.enriched", f"{prefix}.quarantine")


def measure(settings: Settings, *, count: int, rounds: int, core: int = 0) -> dict[str, Any]:
    """The comparison as JSON values; rates are articles and words a second.

    Args:
        settings: Kafka's address, and the variant of the model.
        count: articles a round.
        rounds: measured ones.
        core: the one that both ways run on; the broker should have another.
    """
    batch = articles(count)
    words = sum(len(text.split()) for text in texts(batch))
    times: dict[str, list[float]] = {"bare": [], "worker": [], "bare_cpu": [], "worker_cpu": []}
    with tempfile.TemporaryDirectory() as folder, Topics(settings) as topics:
        environment = {
            "NEWSWIRE_PROCESSOR__DATA_DIR": folder,
            "NEWSWIRE_PROCESSOR__VARIANT": settings.processor.variant,
            "NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "NEWSWIRE_LOG__LEVEL": "error",
            "OMP_NUM_THREADS": "1",
        }
        with (
            Child(core, ["--bare", str(count)], environment) as bare,
            Child(core, ["--worker", topics.prefix], environment) as worker,
        ):
            bare.ask(str(WARM_UP))
            topics.through_worker(batch[:WARM_UP])
            for number in range(rounds):
                for way in ("bare", "worker") if number % 2 else ("worker", "bare"):
                    if way == "bare":
                        answer = bare.ask(str(count))
                        times["bare"].append(answer["seconds"])
                        times["bare_cpu"].append(answer["cpu"])
                    else:
                        before = worker.cpu_s()
                        times["worker"].append(topics.through_worker(batch))
                        times["worker_cpu"].append(worker.cpu_s() - before)
    ratios = [bare / ours for bare, ours in zip(times["bare"], times["worker"], strict=True)]
    cpu = [bare / ours for bare, ours in zip(times["bare_cpu"], times["worker_cpu"], strict=True) if ours]
    return {
        "name": "nlp",
        "variant": settings.processor.variant,
        "articles": count,
        "words_per_article": round(words / count, 1),
        "rounds": rounds,
        "unit": "articles/s",
        "bare_pipe": summary([count / one for one in times["bare"]]),
        "worker": summary([count / one for one in times["worker"]]),
        "bare_words_per_s": summary([words / one for one in times["bare"]], 0),
        "worker_words_per_s": summary([words / one for one in times["worker"]], 0),
        "ratio": summary(ratios, 3),
        "cpu_ratio": summary(cpu, 3) if cpu else None,
    }


def pin(core: int) -> None:
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def run_bare(count: int, settings: Settings) -> None:
    """Answer each number on standard input with the time that ``nlp.pipe`` took for so many articles."""
    from processors.reader import Readers, SpacyReader

    reader = Readers(settings.processor).default()
    assert isinstance(reader, SpacyReader)
    batch = articles(count)
    for line in sys.stdin:
        some = texts(batch[: int(line)])
        began, cpu = time.perf_counter(), time.process_time()
        for _ in reader.nlp.pipe(some):
            pass
        answer = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def run_worker(prefix: str, settings: Settings) -> None:
    """A worker as ``python -m processors`` runs one, on the run's own topics."""
    import faust

    from contracts.logs import configure_logging

    configure_logging(settings.log, stage="processor")
    app = build(settings, bench_names(prefix))
    faust.Worker(
        app, override_logging=False, quiet=True, redirect_stdouts=False, loglevel=None
    ).execute_from_commandline()


def main() -> int:
    """Print the result as JSON, or write it to the file that ``--output`` names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    settings = load_settings()
    if options.bare or options.worker:
        pin(options.core)
        if options.bare:
            run_bare(options.bare, settings)
        else:
            run_worker(options.worker, settings)
        return 0
    result = json.dumps(measure(settings, count=options.articles, rounds=options.rounds, core=options.core), indent=2)
    if options.output is None:
        sys.stdout.write(f"{result}\n")
    else:
        options.output.write_text(f"{result}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
