from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import stamina

from contracts.errors import Retry
from indexer.batches import Settler
from indexer.quarantine import FakeQuarantine
from indexer.store import FakeStore
from indexer.writing import BatchWriter
from tests.indexer.enriched_samples import T0, Record, article, record

NOW = T0 + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


def settler(store: FakeStore, quarantine: FakeQuarantine) -> Settler:
    return Settler(BatchWriter(store, "news", lambda: NOW), quarantine, attempts=3, clock=lambda: NOW)


def test_poison_is_kept_with_its_bytes_and_place_and_the_others_are_indexed():
    quarantine = FakeQuarantine()
    batch = [record(article("a"), 7), Record(b"{not json", 8, partition=3), Record(None, 9), record(article("b"), 10)]
    outcomes = settler(FakeStore(), quarantine).settle(batch)
    assert outcomes == ["indexed", "quarantined", "quarantined", "indexed"]
    first = quarantine.kept[0]
    assert (first.value, first.key, first.partition, first.offset) == (b"{not json", b"k", 3, 8)
    assert (first.stage, first.reason, first.topic) == ("indexer", "not-a-message", "news.enriched")


def test_a_schema_from_the_future_and_a_key_that_is_no_text_are_kept_too():
    quarantine = FakeQuarantine()
    newer = record(article("a"))
    newer.headers = [("newswire-schema", b"99")]
    unkeyed = Record(b"\xff\xfe", key=None)
    assert settler(FakeStore(), quarantine).settle([newer, unkeyed]) == ["quarantined", "quarantined"]
    assert [one.reason for one in quarantine.kept] == ["schema-too-new", "not-a-message"]
    assert len(quarantine.kept[1].id) == 32


def test_a_busy_server_is_tried_again_and_only_for_what_is_left():
    store = FakeStore(refusals={"b": [Retry("http-429", "busy"), Retry("http-503", "busy")]})
    outcomes = settler(store, FakeQuarantine()).settle([record(article("a"), 0), record(article("b"), 1)])
    assert outcomes == ["indexed", "indexed"]


def test_what_stays_busy_comes_back_and_is_not_quarantined():
    store = FakeStore(refusals={"b": [Retry("http-429", "busy")] * 50})
    quarantine = FakeQuarantine()
    outcomes = settler(store, quarantine).settle([record(article("a"), 0), record(article("b"), 1)])
    assert outcomes[0] == "indexed"
    assert isinstance(outcomes[1], Retry)
    assert quarantine.kept == []


def test_a_message_is_not_settled_before_the_quarantine_has_it():
    outcomes = settler(FakeStore(), FakeQuarantine(broken=True)).settle([Record(b"{", 8)])
    assert isinstance(outcomes[0], Retry)


def test_a_mistake_of_ours_about_one_article_stops_no_other(monkeypatch):
    import indexer.writing

    real = indexer.writing.merge

    def broken(existing, observation, **kwargs):
        if observation.article.id == "a":
            raise ZeroDivisionError("by nothing")
        return real(existing, observation, **kwargs)

    monkeypatch.setattr(indexer.writing, "merge", broken)
    quarantine = FakeQuarantine()
    outcomes = settler(FakeStore(), quarantine).settle([record(article("a"), 0), record(article("b"), 1)])
    assert outcomes == ["quarantined", "indexed"]
    assert quarantine.kept[0].reason == "unexpected"
