"""How fast the indexer is beside a bare ``helpers.bulk`` of the same documents: ``python -m bench.index``.

Each round takes both ways once, in turns, each into a fresh index. The bare way gets finished documents from memory;
the indexer starts at Kafka: poll, decode, claim a place, merge, write, commit. Times run from the poll that returned
the first records to the commit of the last.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from elasticsearch import helpers
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from bench.figures import summary
from contracts.clients import kafka_options
from contracts.codec import encode, headers
from contracts.logs import configure_logging
from contracts.messages import (
    BlockSpan,
    DateClaim,
    EnrichedArticle,
    Enrichment,
    Entity,
    Link,
    Mention,
    Source,
    Subject,
)
from contracts.settings import Settings, load_settings
from indexer.content import Observation
from indexer.document import Limits, merge, placement
from indexer.meters import Meters
from indexer.run import Wiring, build_service
from indexer.setup import connect, ensure_index
from indexer.template import placements_index

COLLECTED = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
WORDS_PER_ARTICLE = 345
"""Mean of the German news articles that the language model was measured on."""

STEMS = (
    "Regierung Minister Haus Stadt Partei Wahl Gericht Präsident Bericht Krieg Frieden Markt Preis Wasser Energie "
    "Schule Spiel Trainer Verein Forschung Gesetz Abkommen Grenze Bahn Straße Klima Haushalt Antrag Bundestag the of "
    "and government house president report market water school game coach law border climate budget committee minister"
).split()


def articles(count: int, *, seed: int = 9) -> list[EnrichedArticle]:
    """Articles of the size and shape that enrichment makes: 345 words, 25 entities, 60 mentions."""
    noise = Random(seed)  # not for secrets
    vocabulary = [f"{noise.choice(STEMS)}{noise.choice(('', 's', 'en', 'ung', str(n)))}" for n in range(8000)]
    names = [f"{noise.choice(STEMS)} {noise.choice(STEMS)} {n}" for n in range(3000)]
    return [_article(number, noise, vocabulary, names) for number in range(count)]


def _article(number: int, noise: Random, vocabulary: list[str], names: list[str]) -> EnrichedArticle:
    words = [vocabulary[int(len(vocabulary) * noise.random() ** 2)] for _ in range(WORDS_PER_ARTICLE)]
    body = " ".join(words)
    entities = tuple(
        Entity(
            name=name,
            label=noise.choice(("PER", "ORG", "LOC")),
            mentions=tuple(
                Mention(field="body_text", start=i * 50, end=i * 50 + len(name), surface=name)
                for i in range(noise.randint(1, 4))
            ),
            link=Link(id=f"geonames:{n}", country="DE", lat=52.5, lon=13.4) if n % 5 == 0 else None,
        )
        for n, name in enumerate(noise.sample(names, 25))
    )
    moment = COLLECTED - timedelta(days=30 * (number % 3))
    return EnrichedArticle(
        id=f"{number:032x}",
        version_id=f"{number:032x}",
        source=Source(id=f"feed-{number % 20}", kind="feed", collected_at=COLLECTED, url=f"https://a.example/{number}"),
        headline=" ".join(words[:9]),
        description_text=" ".join(words[9:40]),
        body_text=body,
        blocks=tuple(BlockSpan(kind="paragraph", start=i * 200, end=i * 200 + 198) for i in range(12)),
        language="de",
        firstcreated=DateClaim(value=moment.isoformat(), precision="second", provenance="feed"),
        versioncreated=DateClaim(value=moment.isoformat(), precision="second", provenance="feed"),
        enrichment=Enrichment(at=COLLECTED, pipeline="bench", model_version="0"),
        url=f"https://a.example/{number}",
        entities=entities,
        subjects=(Subject(code="medtop:11000000", name="politics", name_de="Politik", score=0.9),),
        word_count=WORDS_PER_ARTICLE,
    )


@dataclass
class Bench:
    """Both ways over the same articles.

    Attributes:
        settings: where Kafka and Elasticsearch are; the names in them are the bench's own.
    """

    settings: Settings
    articles: list[EnrichedArticle]
    name: str = field(default_factory=lambda: f"bench-{uuid.uuid4().hex[:8]}")

    def bare(self) -> float:
        """Seconds of ``helpers.bulk`` with its defaults."""
        settings = self._fresh_index()
        client = connect(settings.elasticsearch)
        actions = []
        for number, article in enumerate(self.articles):
            document = merge(None, Observation(article, self.name, 0, number), now=COLLECTED, limits=Limits())
            actions.append(
                {
                    "_op_type": "create",
                    "_index": placement(document, alias=settings.elasticsearch.alias, now=COLLECTED),
                    "_id": article.id,
                    "_source": msgspec.json.decode(msgspec.json.encode(document)),
                }
            )
        begin = time.perf_counter()
        helpers.bulk(client, actions)
        seconds = time.perf_counter() - begin
        self._check(settings)
        return seconds

    def indexer(self) -> float:
        """Seconds of the indexer from Kafka to the committed offset."""
        settings = self._fresh_index()
        wiring = Wiring(f"{self.name}-{uuid.uuid4().hex[:6]}", self.name, f"{self.name}-quarantine")
        stop = threading.Event()
        service = build_service(settings, stop=stop, wiring=wiring)
        service.consumer = timed = TimedConsumer(service.consumer)
        service.meters = Meters()
        thread = threading.Thread(target=service.run)
        thread.start()
        while service.meters.counts["indexed"] < len(self.articles) and thread.is_alive():
            time.sleep(0.05)
        stop.set()
        thread.join()
        self._check(settings)
        return timed.last_commit - timed.first_poll

    def fill_topic(self) -> None:
        """The articles onto a topic of the bench's own."""
        options = kafka_options(self.settings.kafka, role="bench")
        admin = KafkaAdminClient(**options)
        admin.create_topics([NewTopic(self.name, 6, 1), NewTopic(f"{self.name}-quarantine", 1, 1)])
        admin.close()
        producer = KafkaProducer(**options, compression_type="zstd", linger_ms=20)
        for article in self.articles:
            producer.send(self.name, key=article.id.encode(), value=encode(article), headers=headers(article))
        producer.flush()
        producer.close()

    def clean(self) -> None:
        """Remove what the bench made."""
        admin = KafkaAdminClient(**kafka_options(self.settings.kafka, role="bench"))
        admin.delete_topics([self.name, f"{self.name}-quarantine"])
        admin.close()

    def _fresh_index(self) -> Settings:
        alias = f"{self.name}-{uuid.uuid4().hex[:6]}"
        elastic = self.settings.elasticsearch.model_copy(update={"alias": alias})
        ensure_index(connect(elastic), elastic, clock=lambda: COLLECTED)
        return self.settings.model_copy(update={"elasticsearch": elastic})

    def _check(self, settings: Settings) -> None:
        """Every article is there; then the index is removed."""
        alias = settings.elasticsearch.alias
        client = connect(settings.elasticsearch)
        client.indices.refresh(index=alias)
        found = client.count(index=alias).body["count"]
        if found != len(self.articles):
            raise SystemExit(f"{found} documents of {len(self.articles)}")
        for index in client.indices.get(index=f"{alias}-*").body:
            client.indices.delete(index=index)
        client.indices.delete(index=placements_index(alias))
        client.indices.delete_index_template(name=alias)


@dataclass
class TimedConsumer:
    """Notes when the first records were asked for and when offsets were last committed."""

    inner: Any
    first_poll: float = 0.0
    last_commit: float = 0.0

    def poll(self, **arguments: Any) -> Any:
        """As kafka-python's."""
        begin = time.perf_counter()
        polled = self.inner.poll(**arguments)
        if polled and not self.first_poll:
            self.first_poll = begin
        return polled

    def commit(self, *arguments: Any, **named: Any) -> None:
        """As kafka-python's."""
        self.inner.commit(*arguments, **named)
        self.last_commit = time.perf_counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def rates(seconds: list[float], documents: int) -> dict[str, Any]:
    """Documents a second over the rounds, and the seconds themselves."""
    return {**summary([documents / one for one in seconds], 1), "seconds": [round(one, 3) for one in seconds]}


def measure(settings: Settings, *, documents: int, rounds: int) -> dict[str, Any]:
    """The comparison as JSON values; rates are documents a second.

    Args:
        rounds: measured ones; one more, of both ways, comes first to warm the servers up.
    """
    bench = Bench(settings, articles(documents))
    bench.fill_topic()
    times: dict[str, list[float]] = {"bare": [], "indexer": []}
    try:
        for number in range(rounds + 1):
            for way in ("bare", "indexer") if number % 2 else ("indexer", "bare"):
                seconds = bench.bare() if way == "bare" else bench.indexer()
                if number:
                    times[way].append(seconds)
    finally:
        bench.clean()
    ratios = [bare / ours for bare, ours in zip(times["bare"], times["indexer"], strict=True)]
    return {
        "name": "index",
        "documents": documents,
        "rounds": rounds,
        "bytes_per_message": round(statistics.mean(len(encode(one)) for one in bench.articles)),
        "unit": "documents/s",
        "bare_bulk": rates(times["bare"], documents),
        "indexer": rates(times["indexer"], documents),
        "ratio": summary(ratios, 3),
    }


def main() -> int:
    """Print the result as JSON, or write it to the file that ``--output`` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    settings = load_settings()
    configure_logging(settings.log, stage="bench")
    result = json.dumps(measure(settings, documents=options.documents, rounds=options.rounds), indent=2)
    if options.output is None:
        sys.stdout.write(f"{result}\n")
    else:
        options.output.write_text(f"{result}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
