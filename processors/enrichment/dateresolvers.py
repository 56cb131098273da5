"""From the groups of a matched date expression to its value: what German and English have in common.

The groups' names are the same in both grammars: ``d`` and ``d2`` days, ``m`` a month's number, ``mon`` and ``mon2``
months' names, ``y`` and ``y2`` years, ``wd`` and ``wd2`` weekdays, ``n`` an amount, ``unit`` its unit, ``season``,
``nth``, ``name`` a feast's, and ``last``, ``next``, ``this`` the words that point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from processors.enrichment import calendar
from processors.enrichment.daterules import Context, Resolver

Match = re.Match[str]


def mode(m: Match) -> int | None:
    """-1, 1 or 0 for the words that say last, next or this; None without such a word."""
    for name, value in (("last", -1), ("next", 1), ("this", 0)):
        if name in m.re.groupindex and m[name]:
            return value
    return None


def days_from_today(offset: int) -> Resolver:
    """„gestern“: the day of publication, moved."""
    return lambda _, c: (c.today + timedelta(days=offset)).isoformat()


def days_from_anchor(offset: int) -> Resolver:
    """„tags zuvor“: the day that was mentioned last, moved."""
    return lambda _, c: (c.anchor_day + timedelta(days=offset)).isoformat()


def years_from_anchor(offset: int) -> Resolver:
    """„im Jahr davor“: the year that was mentioned last, moved."""
    return lambda _, c: f"{c.anchor_year + offset:04d}"


def plain_year(m: Match, _: Context) -> str | None:
    """A year whose surroundings leave no doubt."""
    return m["y"]


def iso_day(m: Match, _: Context) -> str | None:
    """A day, month and year in digits; two digits of a year are of this century."""
    year = int(m["y"])
    return calendar.day(year + 2000 if year < 100 else year, int(m["m"]), int(m["d"]))


def years(m: Match, c: Context) -> str | None:
    """„2013 bis 2016“, „2023/24“, „zwischen 2011 und 2015“; but not „2018 und 2020“."""
    first, last, joint = int(m["y"]), int(m["y2"]), m["to"].strip()
    if last < 100:
        last += first // 100 * 100
        last += 100 if last < first else 0
    if joint == "/" and last != first + 1:
        return None
    if joint in ("und", "and") and not c.before(9).endswith(("wischen ", "etween ")):
        return None
    return f"{first:04d}/{last:04d}" if 1000 <= first < last <= 2200 else None


def century(m: Match, _: Context) -> str | None:
    """„13. Jahrhundert“."""
    return calendar.century(int(m["n"])) if 1 <= int(m["n"]) <= 21 else None


@dataclass(frozen=True)
class Resolvers:
    """The resolvers over one language's words.

    Attributes:
        months: number of a month.
        weekdays: number of a weekday, Monday 0.
        numbers: words for numbers, lower case.
        units: ``day``, ``week``, ``month``, ``year``, ``decade``, ``century`` for a unit's stem in lower case.
        seasons: ``spring``, ``summer``, ``autumn``, ``winter``.
        ordinals: stems of ordinals.
        holidays: a feast's rule, see ``calendar.holiday``.
        backwards: words that count back from what was mentioned last.
        listed: the end of what stands before the second weekday of two.
    """

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    seasons: Mapping[str, str]
    ordinals: Mapping[str, int]
    holidays: Mapping[str, str]
    backwards: frozenset[str]
    listed: re.Pattern[str]

    def number(self, word: str) -> int:
        """A number in digits or as a word."""
        return int(word) if word.isdigit() else self.numbers[word.lower()]

    def weekday(self, m: Match, c: Context) -> str | None:
        """„Donnerstag“, „nächsten Montag“; the second of „Montag und Dienstag“ follows the first."""
        weekday, pointing = self.weekdays[m["wd"]], mode(m)
        if pointing == -1:
            return calendar.weekday_before(c.today, weekday)
        if pointing == 1:
            return calendar.weekday_after(c.today, weekday)
        if c.anchor is not None and self.listed.search(c.before(24)):
            return calendar.weekday_after(c.anchor_day, weekday)
        return calendar.weekday_near(c.today, weekday, c.direction)

    def weekday_range(self, m: Match, c: Context) -> str | None:
        """„Mittwoch bis Freitag“."""
        first = date.fromisoformat(calendar.weekday_near(c.today, self.weekdays[m["wd"]], c.direction))
        return f"{first}/{calendar.weekday_after(first, self.weekdays[m['wd2']])}"

    def weekday_of_week(self, m: Match, c: Context) -> str | None:
        """„Freitag nächster Woche“."""
        return calendar.weekday_of_week(c.today, self.weekdays[m["wd"]], mode(m) or 0)

    def weekday_in_weeks(self, m: Match, c: Context) -> str | None:
        """„Freitag in einer Woche“, "Thursday week"."""
        weeks = self.number(m["n"]) if "n" in m.re.groupindex and m["n"] else 1
        return calendar.shift(
            date.fromisoformat(calendar.weekday_after(c.today, self.weekdays[m["wd"]])), "week", weeks
        )

    def day_month_year(self, m: Match, _: Context) -> str | None:
        """„3. Mai 2025“."""
        return calendar.day(int(m["y"]), self.months[m["mon"]], int(m["d"]))

    def day_month(self, m: Match, c: Context) -> str | None:
        """„10. Januar“, nearest to the publication; „10. Januar vergangenen Jahres“."""
        pointing = mode(m)
        if pointing is not None:
            return calendar.day(c.today.year + pointing, self.months[m["mon"]], int(m["d"]))
        if "wd" in m.re.groupindex and m["wd"]:
            value = calendar.day_on_weekday(c.today, self.months[m["mon"]], int(m["d"]), self.weekdays[m["wd"]])
            if value is not None:
                return value
        return calendar.day_near(c.today, self.months[m["mon"]], int(m["d"]), c.direction)

    def days_range(self, m: Match, c: Context) -> str | None:
        """„10. bis 12. August“, „30. April bis 4. Mai 2025“."""
        month2 = self.months[m["mon2"]]
        month = self.months[m["mon"]] if "mon" in m.re.groupindex and m["mon"] else month2
        if m["y"]:
            last = calendar.day(int(m["y"]), month2, int(m["d2"]))
        else:
            last = calendar.day_near(c.today, month2, int(m["d2"]), c.direction)
        if last is None:
            return None
        first = calendar.day(int(last[:4]) - (month > month2), month, int(m["d"]))
        return f"{first}/{last}" if first is not None and first < last else None

    def month_year(self, m: Match, _: Context) -> str | None:
        """„März 2020“, „Ende März 2020“."""
        return calendar.month(int(m["y"]), self.months[m["mon"]])

    def month(self, m: Match, c: Context) -> str | None:
        """„August“, „vergangenen September“."""
        number, pointing, today = self.months[m["mon"]], mode(m), c.today
        if pointing == -1:
            return calendar.month(today.year - (number >= today.month), number)
        if pointing == 1:
            return calendar.month(today.year + (number <= today.month), number)
        if pointing == 0:
            return calendar.month(today.year, number)
        return calendar.span_near(today, number, 1, c.direction)

    def month_of_year(self, m: Match, c: Context) -> str | None:
        """„September vergangenen Jahres“."""
        return calendar.month(c.today.year + (mode(m) or 0), self.months[m["mon"]])

    def months_range(self, m: Match, c: Context) -> str | None:
        """„Juni bis September“, „März 2020 und Oktober 2022“, "July and August next year"."""
        first, last, pointing = self.months[m["mon"]], self.months[m["mon2"]], mode(m)
        if m["y2"]:
            year2 = int(m["y2"])
            year = int(m["y"]) if m["y"] else year2 - (first > last)
            return f"{calendar.month(year, first)}/{calendar.month(year2, last)}" if year <= year2 else None
        if m["y"] or pointing is not None:
            year = int(m["y"]) if m["y"] else c.today.year + (pointing or 0)
            return f"{calendar.month(year, first)}/{calendar.month(year + (first > last), last)}"
        return calendar.span_near(c.today, first, (last - first) % 12 + 1, c.direction)

    def season(self, m: Match, c: Context) -> str | None:
        """„Herbst“, „diesem Sommer“, „Frühjahr 2022“."""
        first, pointing = calendar.SEASON_MONTHS[self.seasons[m["season"].lower()]], mode(m)
        if "y" in m.re.groupindex and m["y"]:
            return calendar.months(int(m["y"]), first, first + 2)
        today = c.today
        if pointing is not None and "of" in m.re.groupindex:
            return calendar.months(today.year + pointing, first, first + 2)
        if pointing is None:
            return calendar.span_near(today, first, 3, c.direction)
        winter_goes_on = first == 12 and today.month < 3
        if pointing == 0:
            return calendar.months(today.year - winter_goes_on, first, first + 2)
        if pointing == -1:
            return calendar.months(today.year - (today.month <= first + 2), first, first + 2)
        return calendar.months(today.year + (today.month >= first), first, first + 2)

    def seasons_range(self, m: Match, c: Context) -> str | None:
        """„kommenden Herbst und Winter“."""
        first, last = (calendar.SEASON_MONTHS[self.seasons[m[name].lower()]] for name in ("season", "season2"))
        year = c.today.year + (c.today.month >= first)
        return calendar.months(year, first, first + (last - first) % 12 + 2)

    def quarter(self, m: Match, c: Context) -> str | None:
        """„vierte Quartal“, "first six months of the year"."""
        length = 3 if m["unit"].lower().startswith("quart") else 6
        first = (self.ordinals[m["nth"].lower()] - 1) * length + 1
        if first > 12:
            return None
        pointing = mode(m)
        if m["y"] or pointing is not None:
            return calendar.months(int(m["y"]) if m["y"] else c.today.year + (pointing or 0), first, first + length - 1)
        return calendar.span_near(c.today, first, length, c.direction)

    def ago(self, m: Match, c: Context) -> str | None:
        """„vor zwei Wochen“."""
        return calendar.shift(c.today, self.units[m["unit"].lower()], -self.number(m["n"]))

    def ahead(self, m: Match, c: Context) -> str | None:
        """„in vier Jahren“."""
        return calendar.shift(c.today, self.units[m["unit"].lower()], self.number(m["n"]))

    def ahead_if_future(self, m: Match, c: Context) -> str | None:
        """ "in two weeks", which is a duration unless the sentence speaks of the future."""
        return self.ahead(m, c) if c.direction >= 1.0 and m["n"].lower() not in ("a", "an") else None

    def ahead_unless_past(self, m: Match, c: Context) -> str | None:
        """„in vier Jahren“, which is a duration where the sentence speaks of the past."""
        return self.ahead(m, c) if c.direction > -1.0 else None

    def part_of_unit(self, m: Match, c: Context) -> str | None:
        """„Anfang der Woche“, „Ende nächsten Jahres“: as exact as the unit, the year's end its last month."""
        pointing, today = mode(m) or 0, c.today
        unit, part = m["u"].lower(), m["part"].lower()
        if unit.startswith(("woche", "week")):
            return calendar.week(today, pointing)
        if unit.startswith(("monat", "month")):
            return calendar.month(today.year, today.month + pointing)
        if pointing:
            return f"{today.year + pointing:04d}"
        number = 12 if part in ("ende", "end") else 1 if part in ("anfang", "beginn", "start", "beginning") else 6
        return calendar.month(today.year, number)

    def from_anchor(self, m: Match, c: Context) -> str | None:
        """„zwei Wochen zuvor“, „ein Jahr darauf“: counted from what was mentioned last."""
        unit = self.units[m["unit"].lower()]
        back = m["way"].lower() in self.backwards
        if c.anchor is None and not (back and unit == "year"):
            return None
        amount = -self.number(m["n"]) if back else self.number(m["n"])
        return f"{c.anchor_year + amount:04d}" if unit == "year" else calendar.shift(c.anchor_day, unit, amount)

    def unit_near(self, m: Match, c: Context) -> str | None:
        """„dieser Woche“, „kommenden Monat“, „vergangenes Jahr“, „nächstes Wochenende“."""
        pointing, today, unit = mode(m) or 0, c.today, m["u"].lower()
        if unit.startswith(("wochenende", "weekend")):
            if pointing == 0:
                return calendar.weekend_near(today, c.direction)
            return calendar.weekend(today, -1 if pointing < 0 else int(today.weekday() >= 5))
        if unit.startswith(("woche", "week")):
            return calendar.week(today, pointing)
        if unit.startswith("mon"):
            return calendar.month(today.year, today.month + pointing)
        return f"{today.year + pointing:04d}"

    def weekend(self, _: Match, c: Context) -> str | None:
        """„Wochenende“."""
        return calendar.weekend_near(c.today, c.direction)

    def unit_from_anchor(self, m: Match, c: Context) -> str | None:
        """„in der Woche zuvor“, "the following month", „im selben Jahr“: by what was mentioned last."""
        pointing, day, unit = mode(m) or 0, c.anchor_day, m["u"].lower()
        if unit.startswith(("jahr", "year")):
            return f"{c.anchor_year + pointing:04d}"
        if unit.startswith(("woche", "week")):
            return calendar.week(day, pointing)
        return calendar.month(day.year, day.month + pointing)

    def holiday(self, m: Match, c: Context) -> str | None:
        """„Ostern“, „Heiligabend 2021“."""
        rule = self.holidays[m["name"]]
        if m["y"]:
            return calendar.holiday_value(*calendar.holiday(rule, int(m["y"])))
        pointing = mode(m)
        if pointing:
            years = (c.today.year + pointing * offset for offset in (0, 1))
            feasts = [calendar.holiday(rule, year) for year in years]
            feast = next((days for days in feasts if (days[0] > c.today) == (pointing > 0)), feasts[-1])
            return calendar.holiday_value(*feast)
        return calendar.holiday_near(c.today, rule, c.direction)
