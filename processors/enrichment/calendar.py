"""Calendar arithmetic for date expressions: from a day and a few numbers to an ISO value.

A value is an ISO day, month or year, or two of them joined by a slash, both ends included.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from contracts.messages import Precision

SEASON_MONTHS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
"""First month of each meteorological season of the northern hemisphere."""

WRONG_DIRECTION = 4.0
CLEARLY_WRONG = 9.0
"""How many times farther a candidate counts if the sentence's tense speaks against it; tuned on marked news."""


def month(year: int, number: int) -> str:
    """``YYYY-MM``; months below 1 and above 12 run over into the neighbouring years."""
    year, index = year + (number - 1) // 12, (number - 1) % 12
    return f"{year:04d}-{index + 1:02d}"


def months(year: int, first: int, last: int) -> str:
    """The range from the first to the last month, numbered as in ``month``."""
    return f"{month(year, first)}/{month(year, last)}"


def day(year: int, number: int, day_of_month: int) -> str | None:
    """``YYYY-MM-DD``, or None where the calendar has no such day."""
    try:
        return date(year, number, day_of_month).isoformat()
    except ValueError:
        return None


def week(today: date, offset: int) -> str:
    """Monday to Sunday of the week that is ``offset`` weeks away."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
    return f"{monday}/{monday + timedelta(days=6)}"


def weekday_of_week(today: date, weekday: int, offset: int) -> str:
    """The given weekday (0 is Monday) in the week that is ``offset`` weeks away."""
    return (today - timedelta(days=today.weekday()) + timedelta(days=weekday, weeks=offset)).isoformat()


def weekday_before(today: date, weekday: int) -> str:
    """The last such weekday strictly before today."""
    return (today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)).isoformat()


def weekday_after(today: date, weekday: int) -> str:
    """The first such weekday strictly after today."""
    return (today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)).isoformat()


def weekday_near(today: date, weekday: int, direction: float) -> str:
    """Today, if it is one; else the next such weekday for a direction above 0, else the last."""
    if today.weekday() == weekday:
        return today.isoformat()
    return weekday_after(today, weekday) if direction > 0 else weekday_before(today, weekday)


def weekend(today: date, offset: int) -> str:
    """Saturday and Sunday of the week that is ``offset`` weeks away."""
    return f"{weekday_of_week(today, 5, offset)}/{weekday_of_week(today, 6, offset)}"


def weekend_near(today: date, direction: float) -> str:
    """The weekend that goes on now, else this week's for a direction above 0, else the last."""
    return weekend(today, 0 if today.weekday() >= 5 or direction > 0 else -1)


def shift(today: date, unit: str, amount: int) -> str | None:
    """Today moved by ``amount`` of ``unit`` (day, week, month, year), as exact as the unit; None out of range."""
    try:
        if unit == "day":
            return (today + timedelta(days=amount)).isoformat()
        if unit in ("week", "fortnight"):
            return (today + timedelta(weeks=amount * (2 if unit == "fortnight" else 1))).isoformat()
    except OverflowError:
        return None
    if unit == "month":
        total = today.year * 12 + today.month - 1 + amount
        return month(total // 12, total % 12 + 1) if 12 <= total < 120000 else None
    years = today.year + amount * {"year": 1, "decade": 10, "century": 100}[unit]
    return f"{years:04d}" if 1 <= years <= 9999 else None


def _cost(distance: float, direction: float) -> float:
    """Distance from today, made farther where it lies against the direction."""
    if distance * direction >= 0:
        return abs(distance)
    return abs(distance) * (CLEARLY_WRONG if abs(direction) >= 1.0 else WRONG_DIRECTION)


def _nearest(today: date, direction: float, candidates: Iterable[tuple[date, date, str]]) -> str:
    """The value whose interval is cheapest to reach from today."""

    def cost(candidate: tuple[date, date, str]) -> float:
        first, last, _ = candidate
        if first <= today <= last:
            return 0.0
        return _cost((first - today).days if first > today else (last - today).days, direction)

    return min(candidates, key=cost)[2]


def day_near(today: date, number: int, day_of_month: int, direction: float) -> str | None:
    """The nearest such day, or None where the calendar has none in these years."""
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        value = day(year, number, day_of_month)
        if value is not None:
            moment = date.fromisoformat(value)
            candidates.append((moment, moment, value))
    return _nearest(today, max(-0.25, min(0.25, direction)), candidates) if candidates else None


def day_on_weekday(today: date, number: int, day_of_month: int, weekday: int) -> str | None:
    """The nearest such day that falls on the given weekday, at most three years away; None if there is none."""
    best: date | None = None
    for year in range(max(1, today.year - 3), min(9999, today.year + 3) + 1):
        value = day(year, number, day_of_month)
        if value is not None and (moment := date.fromisoformat(value)).weekday() == weekday:
            best = moment if best is None or abs(moment - today) < abs(best - today) else best
    return best.isoformat() if best is not None else None


def last_day(year: int, number: int) -> date:
    """The last day of a month, numbered as in ``month``."""
    return date.fromisoformat(month(year, number + 1) + "-01") - timedelta(days=1)


def span_near(today: date, first: int, length: int, direction: float) -> str:
    """The nearest run of ``length`` months that begins with month ``first``, as a month or a range of months."""
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        begin = date(year, first, 1)
        end = last_day(year, first + length - 1)
        value = month(year, first) if length == 1 else months(year, first, first + length - 1)
        candidates.append((begin, end, value))
    return _nearest(today, direction, candidates)


def decade(year: int) -> str:
    """The ten years from the given one."""
    return f"{year:04d}/{year + 9:04d}"


def century(number: int) -> str:
    """The hundred years of the given century: 13 is 1201 to 1300."""
    return f"{number * 100 - 99:04d}/{number * 100:04d}"


def easter(year: int) -> date:
    """Western Easter Sunday, by the anonymous Gregorian computus (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    number, index = divmod(h + el - 7 * m + 114, 31)
    return date(year, number, index + 1)


def nth_weekday(year: int, number: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; the last for -1."""
    if nth < 0:
        last = last_day(year, number)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, number, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=nth - 1)


def holiday(name: str, year: int) -> tuple[date, date]:
    """First and last day of a feast in a year, by its rule.

    Rules are ``12-25``, ``12-24..26``, ``easter+49``, ``easter-2..1`` and ``9,0,1`` (the first Monday of September).
    """
    if name.startswith("easter"):
        first, _, length = name.removeprefix("easter").partition("..")
        begin = easter(year) + timedelta(days=int(first or 0))
        return begin, begin + timedelta(days=int(length or 0))
    if "," in name:
        number, weekday, nth = (int(part) for part in name.split(","))
        moment = nth_weekday(year, number, weekday, nth)
        return moment, moment
    first, _, last = name.partition("..")
    begin = date(year, int(first[:2]), int(first[3:]))
    return begin, begin.replace(day=int(last)) if last else begin


def holiday_near(today: date, name: str, direction: float) -> str:
    """The nearest occurrence of a feast."""
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        first, last = holiday(name, year)
        candidates.append((first, last, holiday_value(first, last)))
    return _nearest(today, direction, candidates)


def holiday_value(first: date, last: date) -> str:
    """One day, or a range of days."""
    return first.isoformat() if first == last else f"{first}/{last}"


def precision(value: str) -> Precision:
    """How exact a value is: that of its less exact end."""
    length = min(len(part) for part in value.split("/"))
    return "year" if length <= 4 else "month" if length <= 7 else "day"
