"""The grammar of English date expressions, American and British."""

from __future__ import annotations

import re
from datetime import date, timedelta

from processors.enrichment import calendar
from processors.enrichment.dateresolvers import (
    Resolvers,
    days_from_anchor,
    days_from_today,
    iso_day,
    mode,
    plain_year,
    years,
    years_from_anchor,
)
from processors.enrichment.daterules import Context, Grammar, Rule, any_of, holidays, numbered
from processors.enrichment.tensewords import ENGLISH

_MONTHS = numbered(
    "January Jan Jan.",
    "February Feb Feb.",
    "March Mar Mar.",
    "April Apr Apr.",
    "May",
    "June Jun Jun.",
    "July Jul Jul.",
    "August Aug Aug.",
    "September Sept Sept. Sep Sep.",
    "October Oct Oct.",
    "November Nov Nov.",
    "December Dec Dec.",
)
_WEEKDAYS = numbered("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", first=0)
_SHORT = numbered(
    "Mon Mon.", "Tue Tues Tue. Tues.", "Wed Wed.", "Thu Thurs Thu. Thurs.", "Fri Fri.", "Sat Sat.", "Sun Sun.", first=0
)
_NUMBERS = {
    **numbered("a an one", *
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen".split()),
    **numbered(*"sixteen seventeen eighteen nineteen twenty".split(), first=16),
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_UNITS = {unit: unit for unit in ("day", "week", "fortnight", "month", "year", "decade", "century")} | {
    "centurie": "century"
}
_SEASONS = {"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter"}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4, "last": 4}
_HOLIDAYS = holidays("en")

_Y = r"1[0-9]{3}|20[0-9]{2}|2100"
_D = r"[0-3]?\d(?:st|nd|rd|th)?"
_MON = any_of(_MONTHS)
_WD = any_of(_WEEKDAYS)
_NUM = rf"(?:{any_of(_NUMBERS)}|A|An|One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Twenty|Thirty|[1-9]\d{{0,2}})"
_UNIT = r"(?P<unit>day|week|fortnight|month|year|decade|centurie|century)s?"
_SEASON = r"(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)"
_LAST = r"[Ll]ast|[Tt]his past"
_NEXT = r"[Nn]ext|(?:the |The )?(?:[Cc]oming|[Ff]orthcoming)"
_THIS = r"[Tt]his"
_ADJ = rf"(?:(?P<last>{_LAST})|(?P<next>{_NEXT})|(?P<this>{_THIS}))"
_EDGE = r"(?:[Mm]id[ -])"
_TO = r"(?: ?[–—-] ?| to | through | until | till | and )"
_OFYEAR = r"(?:(?P<last>last)|(?P<next>next)|(?P<this>this)) year"

R = Resolvers(
    months=_MONTHS,
    weekdays=_WEEKDAYS | _SHORT,
    numbers=_NUMBERS,
    units=_UNITS,
    seasons=_SEASONS,
    ordinals=_ORDINALS,
    holidays=_HOLIDAYS,
    backwards=frozenset({"earlier", "before", "previously"}),
    listed=re.compile(rf"(?:{_WD})(?:,? and|,? or|,) (?:on )?$"),
)

_MONTH_BEFORE = re.compile(
    r"\b(?:in|since|until|till|by|from|during|of|for|through|to|and|before|after|early|late|mid|last|next|this"
    r"|between|every"
    r"|In|Since|Until|By|From|During|Early|Late|Mid|ended|ending|around)[ -]$"
)
_AMBIGUOUS = frozenset(
    {"May", "March", "Mar", "Jan", "Jun", "Dec", "Sep", "Apr", "Jul", "Aug", "Oct", "Nov", "Feb", "Sept"}
)
_NAMELIKE = frozenset({"April", "May", "June", "August", "January"})
_NAME_AFTER = re.compile(r" [A-Z][a-z]")


def _month(m: re.Match[str], c: Context) -> str | None:
    """A month alone; „May“ and „March“ only where they cannot be verbs, „April“ and „June“ not before a surname."""
    name = m["mon"]
    if mode(m) is None:
        if name in _AMBIGUOUS and not _MONTH_BEFORE.search(c.before(12)):
            return None
        if name in _NAMELIKE and _NAME_AFTER.match(c.after(4)) and not _MONTH_BEFORE.search(c.before(12)):
            return None
    return R.month(m, c)


_DAY_BEFORE = re.compile(r"\b(?:on|from|until|till|by|to|since|and|before|after|On|From|Until) $")
_DAY_AFTER = re.compile(r"[.,;:)]|$| (?:to|and|when|at|for|from|until|in|with|as|but|or|of this month)\b")


def _day_of_month(m: re.Match[str], c: Context) -> str | None:
    """ "on the 21st": the nearest day of that number."""
    if not _DAY_BEFORE.search(c.before(8)) or not _DAY_AFTER.match(c.after(14)):
        return None
    today, number = c.today, int(m["n"])
    candidates = []
    for offset in (-1, 0, 1):
        year_month = calendar.month(today.year, today.month + offset)
        value = calendar.day(int(year_month[:4]), int(year_month[5:]), number)
        if value is not None:
            candidates.append(value)
    ahead = c.direction > 0
    return min(candidates, key=lambda value: _far(today, value, ahead)) if candidates else None


def _far(today: date, value: str, ahead: bool) -> float:
    distance = (date.fromisoformat(value) - today).days
    return abs(distance) * (1.5 if (distance > 0) != ahead else 1.0)


def _year_edge(m: re.Match[str], c: Context) -> str | None:
    """ "the end of the year": its last month."""
    return f"{c.today.year}-{1 if m['edge'] in ('start', 'beginning') else 12:02d}"


def _day_of_year(m: re.Match[str], c: Context) -> str | None:
    """ "12 March last year"."""
    name, number = (m["mon"], m["d"]) if m["mon"] else (m["mon2"], m["d2"])
    return calendar.day(c.today.year + (mode(m) or 0), _MONTHS[name], _ordinal(number))


def _short_quarter(m: re.Match[str], c: Context) -> str | None:
    """ "Q3 2023"."""
    first = int(m["nth"]) * 3 - 2
    if m["y"]:
        return calendar.months(int(m["y"]), first, first + 2)
    return calendar.span_near(c.today, first, 3, c.direction)


def _middle_of_week(m: re.Match[str], c: Context) -> str | None:
    monday = date.fromisoformat(calendar.week(c.today, mode(m) or 0)[:10])
    return f"{monday + timedelta(days=1)}/{monday + timedelta(days=2)}"


def _decade(m: re.Match[str], _: Context) -> str | None:
    """ "1970s", "’80s"."""
    return calendar.decade(1900 + int(m["short"]) if m["short"] else int(m["y"]))


_WORDED = {"twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970,
           "eighties": 1980, "nineties": 1990}  # fmt: skip


def _worded_decade(m: re.Match[str], c: Context) -> str | None:
    """ "in the sixties", but not "in her sixties"."""
    return (
        calendar.decade(_WORDED[m["word"]])
        if c.before(10).endswith(("in the ", "of the ", "the late ", "early "))
        else None
    )


def _weekend(m: re.Match[str], c: Context) -> str | None:
    """ "the weekend", but not "every weekend", "a long weekend"."""
    return R.weekend(m, c) if re.search(r"\b(?:[Tt]he|at|[Oo]ver) $|(?:^|\n)$", c.before(6)) else None


_SEASON_BEFORE = re.compile(r"\b(?:in|since|until|by|from|during|over|for|the|early|late|In|By|Since)(?: the)? $")


def _bare_season(m: re.Match[str], c: Context) -> str | None:
    """ "the summer", "in spring"."""
    if not _SEASON_BEFORE.search(c.before(14)) or re.match(r" [A-Z]|-| of [^1-9]", c.after(5)):
        return None
    return R.season(m, c)


_CENTURIES = {
    **numbered(*"first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth".split()),
    **numbered(*"fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(), first=14),
}


def _century(m: re.Match[str], _: Context) -> str | None:
    number = int(m["n"]) if m["n"] else _CENTURIES[m["word"].lower()]
    return calendar.century(number) if 1 <= number <= 21 else None


_UNIT_NOUNS = re.compile(
    r"\s?(?:%|(?:percent|people|dollars?|euros?|pounds?|men|women|children|feet|foot|metres?|meters?|miles?"
    r"|kilomet\w+|km|mph"
    r"|kg|tons?|tonnes?|acres?|hectares?|homes?|houses|jobs|workers|employees|votes|points?|seats|students|troops"
    r"|soldiers"
    r"|units|cars|vehicles|words|pages|calories|times|times|runs|yards|spectators|fans|members|residents|patients|cases"
    r"|deaths|megawatts?|MW|square|cubic|hours|minutes|days|weeks|years|or so|members|officers|visitors"
    r"|firefighters)\b)"
)
_NO_YEAR_BEFORE = re.compile(
    r"(?:[$€£#]|\b(?:No\.|number|Agenda|Expo|Windows|Route|Highway|nearly|almost|roughly|over|more than|some|least|only"
    r"|Article|Section|Room|Flight|model|Studio|ISO)) ?$"
)
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|until|by|from|of|to|In|Since|between|and|circa|early|late|mid|for|after|before|dated|the)[ -]$|\($"
)


def _year(m: re.Match[str], c: Context) -> str | None:
    year = int(m["y"])
    before = c.before(12)
    if _UNIT_NOUNS.match(c.after(16)) or _NO_YEAR_BEFORE.search(before):
        return None
    return m["y"] if 1900 <= year <= 2040 or (year >= 1400 and _YEAR_BEFORE.search(before)) else None


def _same_year_days(m: re.Match[str], c: Context) -> str | None:
    """ "Sept 19-20", "Jan. 9 through 15": one month for both days."""
    month, first, last = _MONTHS[m["mon"]], _ordinal(m["d"]), _ordinal(m["d2"])
    year = int(m["y"]) if m["y"] else None
    value = calendar.day(year, month, first) if year else calendar.day_near(c.today, month, first, c.direction)
    end = calendar.day(int(value[:4]), month, last) if value else None
    return f"{value}/{end}" if value and end and value < end else None


def _two_months_days(m: re.Match[str], c: Context) -> str | None:
    """ "April 30 to May 4"."""
    first, last = _MONTHS[m["mon"]], _MONTHS[m["mon2"]]
    if m["y"]:
        end = calendar.day(int(m["y"]), last, _ordinal(m["d2"]))
    else:
        end = calendar.day_near(c.today, last, _ordinal(m["d2"]), c.direction)
    begin = calendar.day(int(end[:4]) - (first > last), first, _ordinal(m["d"])) if end else None
    return f"{begin}/{end}" if begin and end and begin < end else None


def _ordinal(text: str) -> int:
    return int(text.rstrip("stndrh"))


def _day_month_year(m: re.Match[str], _: Context) -> str | None:
    return calendar.day(int(m["y"]), _MONTHS[m["mon"]], _ordinal(m["d"]))


def _day_month(m: re.Match[str], c: Context) -> str | None:
    number, day, pointing = _MONTHS[m["mon"]], _ordinal(m["d"]), mode(m)
    if pointing == 1:
        return calendar.day(c.today.year + (number <= c.today.month), number, day)
    if pointing == -1:
        return calendar.day(c.today.year - (number >= c.today.month), number, day)
    if "wd" in m.re.groupindex and m["wd"]:
        value = calendar.day_on_weekday(c.today, number, day, (_WEEKDAYS | _SHORT)[m["wd"]])
        if value is not None:
            return value
    return calendar.day_near(c.today, number, day, c.direction)


_DAYWORD = rf"(?:(?P<wd>{_WD}|{any_of(_SHORT)}),? (?:the )?)?"

RULES = (
    Rule(r"(?P<y>[12]\d{3})-(?P<m>[01]\d)-(?P<d>[0-3]\d)", iso_day, relative=False),
    Rule(
        rf"(?P<mon>{_MON}) (?P<d>{_D}){_TO}(?P<mon2>{_MON}) (?P<d2>{_D})(?:, "
        rf"(?P<y>{_Y}))?",
        _two_months_days,
        relative=True,
    ),
    Rule(
        rf"(?P<d>{_D}) (?P<mon>{_MON}){_TO}(?P<d2>{_D}) (?P<mon2>{_MON})(?: "
        rf"(?P<y>{_Y}))?",
        _two_months_days,
        relative=True,
    ),
    Rule(rf"(?P<mon>{_MON}) (?P<d>{_D}){_TO}(?P<d2>{_D})(?!\d)(?:, (?P<y>{_Y}))?", _same_year_days, relative=True),
    Rule(rf"(?P<d>{_D}){_TO}(?P<d2>{_D}) (?P<mon>{_MON})(?: (?P<y>{_Y}))?", _same_year_days, relative=True),
    Rule(rf"{_DAYWORD}(?P<mon>{_MON}) (?P<d>{_D}),? (?P<y>{_Y})", _day_month_year, relative=False),
    Rule(rf"{_DAYWORD}(?P<d>{_D})(?: of)? (?P<mon>{_MON}),? (?P<y>{_Y})", _day_month_year, relative=False),
    Rule(rf"(?:(?P<mon>{_MON}) (?P<d>{_D})|(?P<d2>{_D}) (?P<mon2>{_MON})) {_OFYEAR}", _day_of_year, relative=True),
    Rule(rf"(?:{_ADJ} |{_DAYWORD})(?P<mon>{_MON}) (?P<d>{_D})(?!\d)", _day_month, relative=True),
    Rule(rf"{_DAYWORD}(?P<d>{_D})(?: of)? (?P<mon>{_MON})", _day_month, relative=True),
    Rule(
        rf"(?P<mon>{_MON})(?: (?P<y>{_Y}))?{_TO}(?P<mon2>{_MON})(?: (?P<y2>{_Y})| "
        rf"{_OFYEAR})?",
        R.months_range,
        relative=True,
    ),
    Rule(rf"{_EDGE}?(?P<mon>{_MON}),? (?:of )?(?P<y>{_Y})", R.month_year, relative=False),
    Rule(rf"{_EDGE}?(?P<mon>{_MON}) (?:of )?{_OFYEAR}", R.month_of_year, relative=True),
    Rule(rf"(?:{_ADJ} )?{_EDGE}?(?P<mon>{_MON})", _month, relative=True),
    Rule(
        rf"(?P<wd>{_WD}) (?:of )?(?P<w>(?:(?P<last>last)|(?P<next>next)|(?P<this>this)) "
        rf"week)",
        R.weekday_of_week,
        relative=True,
    ),
    Rule(rf"(?P<wd>{_WD}) week", R.weekday_in_weeks, relative=True),
    Rule(rf"(?P<wd>{_WD}) (?:(?P<last>last)|(?P<next>next|first)|(?P<this>coming this))", R.weekday, relative=True),
    Rule(rf"(?P<wd>{_WD})(?: ?[–-] ?| to | through )(?P<wd2>{_WD})", R.weekday_range, relative=True),
    Rule(rf"(?:{_ADJ} )?(?P<wd>{_WD})", R.weekday, relative=True),
    Rule(r"[Tt]he day before yesterday", days_from_today(-2), relative=True),
    Rule(r"[Tt]he day after tomorrow", days_from_today(2), relative=True),
    Rule(r"[Yy]esterday|(?<!he )[Ll]ast night", days_from_today(-1), relative=True),
    Rule(r"[Tt]oday|[Tt]onight|[Tt]his (?:morning|afternoon|evening)", days_from_today(0), relative=True),
    Rule(r"[Tt]omorrow", days_from_today(1), relative=True),
    Rule(rf"(?<![Hh]alf )(?P<n>{_NUM}) {_UNIT} ago", R.ago, relative=True),
    Rule(rf"[Ii]n (?P<span>(?P<n>{_NUM}) {_UNIT})(?:’s|'s|’|')? time", R.ahead, relative=True),
    Rule(rf"(?:in|within) (?P<n>{_NUM}) {_UNIT}", R.ahead_if_future, relative=True),
    Rule(rf"Q(?P<nth>[1-4])(?P<unit>)(?: (?P<y>{_Y}))?", _short_quarter, relative=True),
    Rule(
        rf"(?P<n>{_NUM}) {_UNIT} (?P<way>earlier|previously|later|afterwards|(?:before"
        rf"|after)(?=[.,;)]))",
        R.from_anchor,
        relative=True,
    ),
    Rule(
        r"(?:[Tt]he )?(?:day|evening|night|morning) (?:before|earlier)(?! (?:the|he|she|it|they|a|his|her)\b)"
        r"|(?:[Tt]he )?previous (?:day|evening|night)",
        days_from_anchor(-1),
        relative=True,
    ),
    Rule(
        r"(?:[Tt]he )?(?:next|following) (?:day|morning)"
        r"|(?:[Tt]he )?(?<!\b[Aa] )day after(?! (?:[A-Z]\w+|(?:the|he|she|it|they|a|his|her)\b))",
        days_from_anchor(1),
        relative=True,
    ),
    Rule(r"(?:that )?same day|that day", days_from_anchor(0), relative=True),
    Rule(
        r"(?:[Tt]he )?(?:(?P<last>previous)|(?P<next>following)|(?P<this>same)) (?P<u>week|month|year)",
        R.unit_from_anchor,
        relative=True,
    ),
    Rule(r"(?P<this>that) (?P<u>year)", R.unit_from_anchor, relative=True),
    Rule(r"the year before|the previous year", years_from_anchor(-1), relative=True),
    Rule(r"the following year", years_from_anchor(1), relative=True),
    Rule(
        r"(?:the )?(?:middle|midpoint) of (?:(?P<last>last)|(?P<next>next)|(?P<this>this|the)) "
        r"week",
        _middle_of_week,
        relative=True,
    ),
    Rule(
        rf"(?:(?:[Ee]arlier|[Ll]ater|[Ee]arly|[Ll]ate) )?{_ADJ} (?P<u>weekend|week|month"
        rf"|year)",
        R.unit_near,
        relative=True,
    ),
    Rule(r"(?:the )?(?P<edge>end|start|beginning) of the year", _year_edge, relative=True),
    Rule(r"(?P<edge>)(?:year-end|year(?:’s|'s) end)", _year_edge, relative=True),
    Rule(r"[Ww]eekend", _weekend, relative=True),
    Rule(rf"{_EDGE}?(?P<season>{_SEASON}) (?:of )?(?P<y>{_Y})", R.season, relative=False),
    Rule(rf"{_ADJ} (?P<season>{_SEASON})", R.season, relative=True),
    Rule(
        r"(?P<season>[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter|(?<=in the )fall|(?<=by the )fall)(?=[.,;:’']| (?:and"
        r"|of|when|in|as|but|to|for"
        r"|with)\b)",
        _bare_season,
        relative=True,
    ),
    Rule(
        rf"(?:[Tt]he )?(?P<nth>first|second|third|fourth|final) (?P<unit>quarter)(?: of (?P<y>{_Y})| of "
        rf"{_OFYEAR})?",
        R.quarter,
        relative=True,
    ),
    Rule(
        rf"(?P<nth>first|second|last) (?P<unit>six months|half)(?: of (?:(?P<y>{_Y})|(?P<this>the year|this year)"
        rf"|(?P<last>last year)|(?P<next>next year)))",
        R.quarter,
        relative=True,
    ),
    Rule(
        rf"(?:(?:(?P<last>[Ll]ast)|(?P<next>[Nn]ext)|(?P<this>[Tt]his)) )?(?P<name>{any_of(_HOLIDAYS)})(?:,? "
        rf"(?P<y>{_Y}))?",
        R.holiday,
        relative=True,
    ),
    Rule(rf"(?P<y>{_Y})(?P<to>/|[–-]| to | through )(?P<y2>(?:{_Y})|\d\d)(?![.,]?\d)", years, relative=False),
    Rule(r"(?:(?:early|late|mid)[ -])?(?P<span>(?P<y>[12]\d{2}0|[’'](?P<short>[2-9]0))s)", _decade, relative=False),
    Rule(
        r"(?P<word>twenties|thirties|forties|fifties|sixties|seventies|eighties"
        r"|nineties)",
        _worded_decade,
        relative=False,
    ),
    Rule(rf"(?:(?P<n>\d{{1,2}})(?:st|nd|rd|th)|(?P<word>{any_of(_CENTURIES)})) century", _century, relative=False),
    Rule(r"the (?P<n>[0-3]?\d)(?:st|nd|rd|th)", _day_of_month, relative=True),
    Rule(rf"(?:(?:[Ee]arly|[Ll]ate|[Mm]id)[ -])(?P<y>{_Y})(?![.,:]?\d)", plain_year, relative=False),
    Rule(rf"(?P<y>{_Y})(?![.,:]\d|/\d|s\b)", _year, relative=False),
)

_WORDS = """
last next this previous coming forthcoming mid early earlier late later the today tonight tomorrow yesterday in that
same within Q1 Q2 Q3 Q4 year day evening night morning middle midpoint weekend end start beginning first second last
spring summer autumn fall winter
"""
_STARTS = (
    *(word[:4] for word in _WORDS.split()),
    *(word[:4].capitalize() for word in _WORDS.split()),
    *(word if len(word) < 3 else word[:4] for word in _NUMBERS if len(word) > 2),
    *(word[:4].capitalize() for word in _NUMBERS if len(word) > 2),
    *(word[:3] for word in (*_MONTHS, *_WEEKDAYS, *_HOLIDAYS)),
    *(word[:4] for word in (*_WORDED, *_CENTURIES)),
    *("a ", "an ", "A ", "An ", "’", "'"),
)

GRAMMAR = Grammar(rules=RULES, cues=ENGLISH, starts=_STARTS)
