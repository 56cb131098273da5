from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import UsageError
from search.queries import MAX_QUERY_CHARS, MAX_QUERY_WORDS, Query, clean, instant, query_clause, search_body


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2021", datetime(2021, 1, 1, tzinfo=UTC), datetime(2021, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, 999999, UTC)),
        (" 2021-12-30 ", datetime(2021, 12, 30, tzinfo=UTC), datetime(2021, 12, 30, 23, 59, 59, 999999, UTC)),
        ("2021-12-30T10:00+01:00", datetime(2021, 12, 30, 9, tzinfo=UTC), datetime(2021, 12, 30, 9, tzinfo=UTC)),
        ("2021-12-30 10:00", datetime(2021, 12, 30, 10, tzinfo=UTC), datetime(2021, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_a_date_of_any_precision_covers_all_of_itself(value, first, last):
    assert instant(value, option="since") == first
    assert instant(value, option="until", end=True) == last


@pytest.mark.parametrize("value", ["gestern", "2021-13", "2021-02-30", "30.12.2021", "0000", "", "2021-1", "99999"])
def test_what_is_no_date_is_refused_with_the_forms_that_are(value):
    with pytest.raises(UsageError, match=r"since.*2021-12-30"):
        instant(value, option="since")


def test_an_empty_range_is_refused():
    with pytest.raises(UsageError, match="between 2022 and 2021"):
        query_clause(Query(since="2022", until="2021"))


def test_limits_and_orders_are_checked():
    for arguments in ({"limit": -1}, {"limit": 1001}, {"limit": 1, "offset": -1}, {"limit": 1, "sort": "best"}):
        with pytest.raises(UsageError):
            search_body(Query(), **arguments)
    for text in ("x" * (MAX_QUERY_CHARS + 1), "a " * (MAX_QUERY_WORDS + 1), "|".join("abcdefghi" * 8)):
        with pytest.raises(UsageError, match="too long"):
            query_clause(Query(text))


def test_an_empty_query_matches_everything_newest_first():
    body = search_body(Query(" \n"), limit=5)
    assert body["query"] == {"bool": {"filter": []}}
    assert body["sort"][0] == {"firstcreated": {"order": "desc"}}


@given(st.text())
def test_cleaning_leaves_no_control_characters_and_is_stable(text):
    cleaned = clean(text)
    assert cleaned == clean(cleaned)
    assert not any(c < " " or c == "\x7f" for c in cleaned)
