"""Waiting ends when every stage has passed, or with a sentence when one stands still; the audit misses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.settings import load_settings
from contracts.topics import ENRICHED, INDEXER_GROUP, PROCESSOR_GROUP, RAW
from newswire.audit import compare, identify
from newswire.ledger import Places
from newswire.search import marks, printable
from newswire.waiting import StageStalled, Waiter
from search.client import SearchClient


@dataclass
class ScriptedLedger:
    """Groups that advance by one record with every look, up to a limit each."""

    limits: dict[str, int]
    at: dict[str, int] = field(default_factory=dict)

    def ends(self, *topics: str) -> Places:
        return {(topic, 0): 3 for topic in topics}

    def committed(self, group: str) -> Places:
        self.at[group] = min(self.at.get(group, -1) + 1, self.limits[group])
        return {(RAW if group == PROCESSOR_GROUP else ENRICHED, 0): self.at[group]}


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, _seconds: float) -> None:
        self.now += 1.0


def waiter(limits: dict[str, int], seen: list[tuple[str, int]]) -> Waiter:
    clock = Clock()
    ledger = cast(Any, ScriptedLedger(limits))
    return Waiter(
        load_settings(), ledger, lambda *step: seen.append(step), sleep=clock.sleep, clock=clock, stalled_s=10
    )


def test_it_waits_for_the_processor_then_for_the_indexer_then_makes_it_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed: list[object] = []
    monkeypatch.setattr(SearchClient, "refresh", lambda client: refreshed.append(client))
    seen: list[tuple[str, int]] = []
    waiter({PROCESSOR_GROUP: 3, INDEXER_GROUP: 3}, seen).until_searchable(RAW)
    assert seen == [("processor", left) for left in (3, 2, 1, 0)] + [("indexer", left) for left in (3, 2, 1, 0)]
    assert len(refreshed) == 1


def test_a_stage_that_stands_still_is_named_with_what_waits_for_it() -> None:
    with pytest.raises(StageStalled, match="2 accepted articles wait for the processor") as stalled:
        waiter({PROCESSOR_GROUP: 1, INDEXER_GROUP: 0}, []).until_searchable(RAW)
    assert stalled.value.exit_code == 4
    assert "safe in Kafka" in stalled.value.hint


ids = st.sets(st.sampled_from("abcdefgh"))


@given(ids, ids, ids)
def test_every_accepted_article_is_indexed_quarantined_or_missing_and_never_two_of_them(
    accepted: set[str], indexed: set[str], quarantined: set[str]
) -> None:
    report = compare(accepted, indexed, quarantined)
    assert report.accepted == report.indexed + report.quarantined + len(report.missing)
    assert set(report.missing) == accepted - indexed - quarantined


def test_a_record_without_a_key_is_known_by_its_place() -> None:
    assert identify(None, "news.raw", 2, 17) == "news.raw/2/17"
    assert identify(b"abc", "news.raw", 2, 17) == "abc"


def test_an_article_of_another_system_is_known_by_its_id_and_not_by_its_key() -> None:
    assert identify(b"their key", "news.raw", 2, 17, b'{"id": "abc", "unknown": [1]}') == "abc"
    assert identify(b"their key", "news.raw", 2, 17, b'{"id": ""}') == "news.raw/2/17"
    for broken in (b"{", b"[" * 100_000, b'{"id": 5}', b"\xff", b'{"id": "\xff"}'):
        assert identify(b"key", "news.raw", 2, 17, broken) == "key"


def test_what_was_found_is_marked_and_no_escape_sequence_of_a_stranger_reaches_the_terminal() -> None:
    text = marks("alte \ue000Häuser\ue001 \x1b]0;owned\x07 in \ue000[red]Kiel\ue001")
    assert text.plain == "alte Häuser  ]0;owned  in [red]Kiel"
    assert [text.plain[span.start : span.end] for span in text.spans if "yellow" in str(span.style)] == [
        "Häuser",
        "[red]Kiel",
    ]
    assert printable("a\x9bb\r\n\tc") == "a b \n c"
