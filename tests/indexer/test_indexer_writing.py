from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Quarantine, Retry
from indexer.store import FakeStore, Operation, Outcome, Stored
from indexer.writing import BatchWriter
from tests.indexer.enriched_samples import T0, claim, observation

NOW = T0 + timedelta(minutes=1)
MARCH, APRIL = claim("2026-03-14T08:00:00+00:00"), claim("2026-03-01", "day")
FEBRUARY = claim("2026-02-01T08:00:00+00:00")


def writer(store) -> BatchWriter:
    return BatchWriter(store, "news", lambda: NOW)


def articles(store: FakeStore) -> list[tuple[str, str]]:
    return [key for key in store.documents if not key[0].startswith("placements-")]


@dataclass
class Meddled:
    """A store before each of whose calls somebody else may act."""

    inner: FakeStore
    meddle: Callable[[int], None]
    calls: int = 0

    def _before(self) -> None:
        self.calls += 1
        self.meddle(self.calls)

    def write(self, operations: Sequence[Operation]) -> list[Outcome]:
        self._before()
        return self.inner.write(operations)

    def read(self, keys: Sequence[tuple[str, str]]) -> list[Stored | None]:
        self._before()
        return self.inner.read(keys)


def test_new_articles_are_written_without_reading_anything():
    store = FakeStore()
    reads = []
    store.read = lambda keys: reads.append(list(keys)) or [None] * len(keys)  # type: ignore[method-assign]
    assert writer(store).settle([observation(0, "a"), observation(1, "b")]) == ["indexed", "indexed"]
    assert not any(reads)
    assert articles(store) == [("news-2026.03", "a"), ("news-2026.03", "b")]


def test_two_versions_with_different_months_in_one_batch_are_one_document():
    store = FakeStore()
    batch = [observation(0, created=MARCH), observation(1, version="v2", created=FEBRUARY)]
    assert writer(store).settle(batch) == ["indexed", "updated"]
    assert len(articles(store)) == 1


def test_a_later_version_is_written_where_the_first_one_is_whatever_month_it_claims():
    store = FakeStore()
    writer(store).settle([observation(0, created=MARCH)])
    later = T0 + timedelta(hours=1)
    assert writer(store).settle([observation(1, version="v2", created=FEBRUARY, collected=later)]) == ["updated"]
    assert articles(store) == [("news-2026.03", "a" * 32)]
    assert store.documents[articles(store)[0]].source["version_count"] == 2


def test_a_second_delivery_changes_nothing():
    store = FakeStore()
    batch = [observation(0, "a"), observation(1, "b")]
    writer(store).settle(batch)
    before = dict(store.documents)
    assert writer(store).settle(batch) == ["known", "known"]
    assert store.documents == before


def test_a_claim_without_a_document_is_completed():
    store = FakeStore()
    store.write([Operation("placements-news", "a" * 32, b'{"index":"news-2026.02"}')])
    assert writer(store).settle([observation(0, created=MARCH)]) == ["indexed"]
    assert articles(store) == [("news-2026.02", "a" * 32)]


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_another_indexer_at_any_moment_makes_no_second_document(moment):
    store = FakeStore()

    def zombie(call: int) -> None:
        if call == moment:
            writer(store).settle([observation(5, version="v2", created=FEBRUARY)])

    meddled = Meddled(store, zombie)
    result = writer(meddled).settle([observation(0, created=MARCH)])
    assert result in (["indexed"], ["updated"])
    if meddled.calls >= moment:
        assert len(articles(store)) == 1
        assert store.documents[articles(store)[0]].source["version_count"] == 2


def test_an_article_that_others_keep_changing_is_tried_again_later():
    store = FakeStore()
    number = iter(range(100, 200))

    def busy(call: int) -> None:
        moment = T0 + timedelta(minutes=next(number))
        writer(store).settle([observation(9, version=f"v{moment}", collected=moment)])

    (result,) = writer(Meddled(store, busy)).settle([observation(0)])
    assert isinstance(result, Retry)
    assert result.reason == "conflict"


def test_what_the_server_is_too_busy_for_is_told_apart_from_the_rest():
    store = FakeStore(refusals={"b": [Retry("http-429", "busy")]})
    first = writer(store).settle([observation(0, "a"), observation(1, "b"), observation(2, "c")])
    assert first[0] == first[2] == "indexed"
    assert isinstance(first[1], Retry)
    assert writer(store).settle([observation(1, "b")]) == ["indexed"]


def test_a_refused_version_does_not_take_its_neighbours_with_it():
    store = FakeStore(largest=5000)
    batch = [
        observation(0, version="v1"),
        observation(1, version="v2", body_text="x" * 9000, collected=T0 + timedelta(minutes=1)),
    ]
    results = writer(store).settle(batch)
    assert results[0] == "indexed"
    assert isinstance(results[1], Quarantine)
    assert store.documents[articles(store)[0]].source["version_id"] == "v1"


def test_a_version_with_a_broken_date_is_quarantined_and_the_others_go_on():
    store = FakeStore()
    results = writer(store).settle([observation(0, created=claim("gestern")), observation(1, version="v2")])
    assert isinstance(results[0], Quarantine)
    assert results[1] == "indexed"


def test_nothing_is_asked_of_the_server_for_an_empty_batch_or_one_of_refusals_only():
    store = FakeStore()
    assert writer(store).settle([]) == []
    (result,) = writer(store).settle([observation(0, "")])
    assert isinstance(result, Quarantine)
    assert store.writes == 0


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_cut_into_batches_with_any_failures_ends_in_the_same_documents(data):
    observations = [
        observation(
            offset,
            data.draw(st.sampled_from(["a", "b"])),
            version=data.draw(st.sampled_from(["v1", "v2", "v3"])),
            created=data.draw(st.sampled_from([MARCH, FEBRUARY, APRIL])),
            collected=T0 + timedelta(minutes=data.draw(st.integers(0, 3))),
        )
        for offset in range(data.draw(st.integers(1, 6)))
    ]
    expected = FakeStore()
    writer(expected).settle(observations)
    store = FakeStore(
        refusals={id: data.draw(st.lists(st.builds(Retry, st.just("busy"), st.just("")), max_size=3)) for id in "ab"}
    )
    left = list(observations)
    for _ in range(30):
        if not left:
            break
        size = data.draw(st.integers(1, len(left)))
        batch, rest = left[:size], left[size:]
        results = writer(store).settle(batch)
        left = [one for one, result in zip(batch, results, strict=True) if isinstance(result, Retry)] + rest
    assert not left
    final = {key[1]: stored.source for key, stored in store.documents.items() if key in articles(store)}
    wanted = {key[1]: stored.source for key, stored in expected.documents.items() if key in articles(expected)}
    assert final == wanted
    assert len(articles(store)) == len(wanted)
