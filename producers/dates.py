"""Absolute dates as news writes them, in German and English, read at their own precision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from contracts.errors import ConfigError
from contracts.messages import DateClaim, DateRole, Precision

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner january jan jän",
            "februar feber february feb",
            "märz maerz march mär mar mrz",
            "april apr",
            "mai may",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}

OFFSETS_H = {"utc": 0, "gmt": 0, "z": 0, "mez": 1, "cet": 1, "mesz": 2, "cest": 2, "bst": 1}
OFFSETS_H |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "pst": -8, "pdt": -7}
"""Zone names that mean one offset in news; ``ET`` does not (it is one of two) and counts as none."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""What is taken for the year of an article."""

_MONTH = "(?P<name>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_WEEKDAY = (
    r"(?:(?:mo|di|mi|do|fr|sa|so|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)\.?,?\s+"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag\s*(?:,|,?\s+den)?\s+|mittwoch\s*(?:,|,?\s+den)?\s+|sonnabend\s*,?\s+"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day\s*,?\s+)?"
)
_ZONE = r"(?:\s*\(?(?P<zone>[+-]\d{2}:?\d{2}|" + "|".join(sorted(OFFSETS_H, key=len, reverse=True)) + r"|e[sd]?t)\)?)?"
_TIME = (
    r"(?:\s*(?:,|;|\||·|/|-|–|um|at|T)?\s*(?P<hour>[01]?\d|2[0-4])"
    r"(?:[:.](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?(?:\s*(?P<uhr>uhr|h)\b)?" + _ZONE + r")?"
)
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_FORMS = tuple(
    re.compile(_WEEKDAY + form + _TIME, re.IGNORECASE)
    for form in (
        _YEAR + r"-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        _YEAR + r"/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>(?:19|20)\d{2}|\d{2}(?!\d))",
        r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?\s*" + _MONTH + r",?\s*" + _YEAR,
        _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+" + _YEAR,
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/" + _YEAR,
    )
)
_MONTH_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        _YEAR + r"-(?P<month>\d{2})(?!\d|-)",
        r"(?P<month>\d{1,2})/" + _YEAR + r"(?!\d|/)",
        _MONTH + r",?\s+" + _YEAR + r"(?!\d)",
    )
)
_YEAR_FORM = re.compile(_YEAR + r"(?![\d-])")


@dataclass(frozen=True)
class Found:
    """A date read off the start of a text, ``end`` characters long."""

    value: str
    precision: Precision
    zone_assumed: bool
    end: int

    def claim(self, provenance: str, role: DateRole = "published") -> DateClaim:
        """As a claim for an article."""
        return DateClaim(
            value=self.value,
            precision=self.precision,
            provenance=provenance,
            role=role,
            zone_assumed=self.zone_assumed,
        )


def zone(name: str) -> tzinfo:
    """The time zone ``name``. Raises ConfigError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(
            f"There is no time zone {name!r}.", hint="Set producer.timezone to a name such as Europe/Berlin."
        ) from error


def read_date(text: str, assumed: tzinfo) -> Found | None:
    """The date that ``text`` begins with, None if it begins with none.

    Args:
        assumed: the zone of a time of day that names none.
    """
    for form in _FORMS:
        match = form.match(text)
        if match and (found := _instant(match, assumed)) is not None:
            return found
    for form in _MONTH_FORMS:
        match = form.match(text)
        if match and 1 <= (month := _month(match)) <= 12:
            return Found(f"{match['year']}-{month:02d}", "month", False, match.end())
    match = _YEAR_FORM.match(text)
    return Found(match["year"], "year", False, match.end()) if match else None


def whole_date(text: str, assumed: tzinfo) -> Found | None:
    """The date that all of ``text`` is: ISO 8601, RFC 822 as in feeds, German or English; else None."""
    text = " ".join(text.split())
    if not text or len(text) > 80:
        return None
    found = _iso(text, assumed)
    if found is not None:
        return found
    found = read_date(text, assumed)
    if found is not None and not text[found.end :].strip(" .)|,"):
        return found
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _written(moment, assumed, "second", len(text))


def from_epoch(number: float) -> Found | None:
    """Seconds or milliseconds since 1970, None if that is no date of an article."""
    seconds = number / 1000 if abs(number) > 1e11 else number
    try:
        return _written(datetime.fromtimestamp(seconds, UTC), UTC, "second", 0)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str, assumed: tzinfo) -> Found | None:
    if len(text) < 16 or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = text.count(":", 0, 20) > 1 or (len(text) > 10 and text[10:].count(":") == 0)
    return _written(moment, assumed, "second" if seconds else "minute", len(text))


def _written(moment: datetime, assumed: tzinfo, precision: Precision, end: int) -> Found | None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    naive = moment.tzinfo is None
    aware = moment.replace(tzinfo=assumed) if naive else moment
    timespec = "seconds" if precision == "second" else "minutes"
    return Found(aware.isoformat(timespec=timespec), precision, naive, end)


def _month(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return MONTHS[groups["name"].lower()] if groups.get("name") else int(groups["month"])


def _instant(match: re.Match[str], assumed: tzinfo) -> Found | None:
    groups = match.groupdict()
    year, month, day = int(match["year"]), _month(match), int(match["day"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if month > 12 and groups.get("month") and "/" in match[0]:
        month, day = day, month
    try:
        on = date(year, month, day)
    except ValueError:
        return None
    day_end = match.start("hour") if groups["hour"] else match.end()
    bare_hour = groups["hour"] and not (groups["minute"] or groups["half"] or groups["uhr"])
    if not groups["hour"] or bare_hour:
        end = len(match.string[:day_end].rstrip(" ,;|·-–T")) if bare_hour else match.end()
        end = len(re.sub(r"\s(?:um|at)$", "", match.string[:end])) if bare_hour else end
        return Found(on.isoformat(), "day", False, end)
    hour = int(groups["hour"])
    if groups["half"]:
        hour = hour % 12 + (12 if groups["half"].lower().startswith("p") else 0)
    if hour == 24:
        hour, on = 0, on + timedelta(days=1)
    moment = datetime(on.year, on.month, on.day, hour, int(groups["minute"] or 0), int(groups["second"] or 0))
    offset = _offset(groups["zone"])
    moment = moment.replace(tzinfo=offset) if offset is not None else moment
    return _written(moment, assumed, "second" if groups["second"] else "minute", match.end())


def _offset(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    if name.lower() in OFFSETS_H:
        return datetime.fromisoformat(f"2000-01-01T00:00{OFFSETS_H[name.lower()]:+03d}:00").tzinfo
    if name[0] not in "+-":
        return None
    try:
        return datetime.fromisoformat(f"2000-01-01T00:00{name[:3]}:{name[-2:]}").tzinfo
    except ValueError:  # no place is a day or more from UTC
        return None
