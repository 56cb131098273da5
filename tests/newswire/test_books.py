"""The books add up, or say where they do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newswire.books import Books, lag, total

RAW = frozenset({"news.raw", "news.raw.backfill"})
places = st.dictionaries(
    st.tuples(st.sampled_from(["news.raw", "news.raw.backfill", "news.enriched"]), st.integers(0, 5)),
    st.integers(0, 1000),
)


def test_what_is_settled_and_not_lost_balances() -> None:
    assert Books(accepted={"live": 3}, enriched=2, quarantined={"processor": 1}, lag={"processor": 0}).balanced


def test_what_is_on_its_way_does_not_balance_yet() -> None:
    books = Books(accepted={"live": 3}, enriched=1, lag={"processor": 2}, lost={"processor": 0})
    assert not books.settled
    assert not books.balanced


def test_what_was_lost_never_balances() -> None:
    assert not Books(accepted={"live": 3}, enriched=2, lag={"processor": 0}, lost={"processor": 1}).balanced


@given(places)
def test_a_group_that_has_committed_everything_has_no_lag(ends: dict[tuple[str, int], int]) -> None:
    assert lag(ends, ends, RAW) == 0


@given(places)
def test_a_group_that_never_committed_lags_by_all_that_was_ever_taken(ends: dict[tuple[str, int], int]) -> None:
    assert lag(ends, {}, RAW) == total(ends, RAW)


@given(places, places)
def test_lag_is_zero_exactly_when_every_end_is_committed(
    ends: dict[tuple[str, int], int], committed: dict[tuple[str, int], int]
) -> None:
    everything = frozenset(topic for topic, _ in ends)
    left = lag(ends, committed, everything)
    assert left >= 0
    assert (left == 0) == all(committed.get(place, 0) >= end for place, end in ends.items())
