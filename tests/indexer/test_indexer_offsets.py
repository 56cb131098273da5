from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexer.offsets import OffsetLedger


def test_nothing_is_committable_past_the_first_open_record():
    ledger = OffsetLedger[str]()
    for offset in (5, 7, 8):
        ledger.take("p", offset)
    ledger.settle("p", 7)
    assert ledger.committable() == {}
    ledger.settle("p", 5)
    assert ledger.committable() == {"p": 8}
    assert ledger.is_open("p", 8)
    assert not ledger.is_open("p", 7)


def test_a_lost_partition_leaves_nothing_to_commit():
    ledger = OffsetLedger[str]()
    ledger.take("p", 1)
    ledger.take("q", 1)
    ledger.settle("p", 1)
    assert ledger.keep_only({"q"}) == {"p"}
    ledger.settle("p", 1)
    assert ledger.committable() == {}
    assert ledger.unsettled() == 1


def test_what_is_committed_is_not_committed_again():
    ledger = OffsetLedger[str]()
    ledger.take("p", 1)
    ledger.settle("p", 1)
    ledger.committed(ledger.committable())
    assert ledger.committable() == {}


def test_a_record_that_comes_again_while_it_is_open_is_taken_once():
    ledger = OffsetLedger[str]()
    assert ledger.take("p", 5)
    assert ledger.take("p", 6)
    assert not ledger.take("p", 5)
    ledger.settle("p", 5)
    assert ledger.committable() == {"p": 6}


def test_offsets_that_come_again_after_they_were_settled_never_move_the_commit_back():
    ledger = OffsetLedger[str]()
    for offset in (1, 2, 1):
        ledger.take("p", offset)
        ledger.settle("p", offset)
    assert ledger.committable() == {"p": 3}


@given(st.sets(st.integers(0, 60), min_size=1), st.data())
def test_the_committed_offset_never_passes_an_open_record_and_ends_behind_the_last(offsets, data):
    ledger = OffsetLedger[int]()
    taken = sorted(offsets)
    for offset in taken:
        ledger.take(0, offset)
    still_open = set(taken)
    for offset in data.draw(st.permutations(taken)):
        ledger.settle(0, offset)
        still_open.discard(offset)
        position = ledger.committable().get(0, 0)
        assert all(one >= position for one in still_open)
    assert ledger.committable() == {0: taken[-1] + 1}
