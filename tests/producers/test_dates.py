"""Dates are read at their own precision, and times that name no zone are marked."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.dates import from_epoch, read_date, whole_date, zone

BERLIN = zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "value", "assumed"),
    [
        ("2021", "2021", False),
        ("2021-12", "2021-12", False),
        ("2021-12-30", "2021-12-30", False),
        ("30.12.21", "2021-12-30", False),
        ("Dezember 2021", "2021-12", False),
        ("Donnerstag, den 30. Dezember 2021", "2021-12-30", False),
        ("30.12.2021, 14:05 Uhr", "2021-12-30T14:05+01:00", True),
        ("30.06.2021 um 14 Uhr", "2021-06-30T14:00+02:00", True),
        ("Do., 30.12.2021 - 14:05", "2021-12-30T14:05+01:00", True),
        ("December 30, 2021 at 2:05 p.m. EST", "2021-12-30T14:05-05:00", False),
        ("30 Dec 2021, 9pm GMT", "2021-12-30T21:00+00:00", False),
        ("Thu, 30 Dec 2021 14:05:00 +0100", "2021-12-30T14:05:00+01:00", False),
        ("2021-12-30T14:05:00Z", "2021-12-30T14:05:00+00:00", False),
        ("2021-12-30T14:05:00.123+01:00", "2021-12-30T14:05:00+01:00", False),
        ("2021-12-30 14:05:09", "2021-12-30T14:05:09+01:00", True),
        ("12/30/2021", "2021-12-30", False),
        ("2021-12-30T14:05:00+25:99", "2021-12-30T14:05:00+01:00", True),
        ("Dec 30 2021 14:05 +2599", "2021-12-30T14:05+01:00", True),
    ],
)
def test_a_date_is_read(text: str, value: str, assumed: bool) -> None:
    found = whole_date(text, BERLIN)
    assert found is not None
    assert (found.value, found.zone_assumed) == (value, assumed)
    found.claim("test").earliest()


@pytest.mark.parametrize("text", ["", "2021-02-31", "gestern", "30.12.", "Mai", "99.99.2021", "20211", "3000-01-01"])
def test_what_is_no_absolute_date_is_none(text: str) -> None:
    assert whole_date(text, BERLIN) is None


@given(st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30)), st.timezones())
def test_every_instant_in_iso_is_read_back(moment: datetime, place: object) -> None:
    aware = moment.replace(tzinfo=place, microsecond=0)  # type: ignore[arg-type]
    offset = aware.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return
    found = whole_date(aware.isoformat(), BERLIN)
    assert found is not None
    assert datetime.fromisoformat(found.value) == aware


@given(st.text(max_size=60))
def test_nothing_raises(text: str) -> None:
    for found in (whole_date(text, BERLIN), read_date(text, BERLIN)):
        if found is not None:
            found.claim("test").earliest()
            assert 0 <= found.end <= len(text) or found.end <= 60


def test_seconds_and_milliseconds_since_1970() -> None:
    assert from_epoch(1640869500) == from_epoch(1640869500000)
    assert from_epoch(1e30) is None
