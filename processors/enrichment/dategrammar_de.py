"""The grammar of German date expressions, Austrian and Swiss ones included."""

from __future__ import annotations

import re
from datetime import date, timedelta

from processors.enrichment import calendar
from processors.enrichment.dateresolvers import (
    Resolvers,
    century,
    days_from_anchor,
    days_from_today,
    iso_day,
    plain_year,
    years,
    years_from_anchor,
)
from processors.enrichment.daterules import Context, Grammar, Rule, any_of, holidays, numbered
from processors.enrichment.tensewords import GERMAN

_MONTHS = numbered(
    "Januar Jänner Jan Jan.",
    "Februar Feber Feb Feb.",
    "März Mrz Mrz. Maerz",
    "April Apr Apr.",
    "Mai",
    "Juni Jun Jun.",
    "Juli Jul Jul.",
    "August Aug Aug.",
    "September Sept Sept. Sep Sep.",
    "Oktober Okt Okt.",
    "November Nov Nov.",
    "Dezember Dez Dez.",
)
_WEEKDAYS = numbered("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag Sonnabend", "Sonntag", first=0)
_NUMBERS = {
    **numbered("ein eine einem einen einer eines", *
        "zwei drei vier fünf sechs sieben acht neun zehn elf "
        "zwölf".split()),
    **numbered(*"dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig".split(), first=13),
    "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90,
    "hundert": 100,
}  # fmt: skip
_UNITS = {"tag": "day", "woche": "week", "monat": "month", "jahr": "year", "jahrzehnt": "decade",
          "jahrhundert": "century"}  # fmt: skip
_SEASONS = {
    "frühjahr": "spring", "frühling": "spring", "sommer": "summer", "frühsommer": "summer", "spätsommer": "summer",
    "hochsommer": "summer", "herbst": "autumn", "spätherbst": "autumn", "winter": "winter",
}  # fmt: skip
_ORDINALS = {"erst": 1, "zweit": 2, "dritt": 3, "viert": 4, "1.": 1, "2.": 2, "3.": 3, "4.": 4}
_HOLIDAYS = holidays("de")
_ADVENTS = {"ersten": 3, "zweiten": 2, "dritten": 1, "vierten": 0, "1.": 3, "2.": 2, "3.": 1, "4.": 0}
_DECADES = {"zwanziger": 20, "dreißiger": 30, "vierziger": 40, "fünfziger": 50, "sechziger": 60, "siebziger": 70,
            "achtziger": 80, "neunziger": 90}  # fmt: skip


_Y = r"1[0-9]{3}|20[0-9]{2}|2100"
_D = r"[0-3]?\d"
_MON = any_of(_MONTHS)
_WD = any_of(_WEEKDAYS)
_SEASON = r"(?:Frühjahr|Frühling|(?:Früh|Spät|Hoch)?[Ss]ommer|(?:Spät)?[Hh]erbst|Winter)"
_PART = r"(?:s?(?:früh|morgen|morgens|vormittag|mittag|nachmittag|abend|nacht)s?|s)"
_NUM = rf"(?:{any_of(_NUMBERS)}|[1-9]\d{{0,2}})"
_UNIT = r"(?P<unit>Tag|Woche|Monat|Jahrzehnt|Jahrhundert|Jahr)(?:en|es|e|n|s)?"
_LAST = r"(?:[Vv]ergangen|[Ll]etzt|[Vv]orig|[Vv]orangegangen|[Aa]bgelaufen)e[nmrs]?"
_NEXT = r"(?:[Kk]ommend|[Nn]ächst|[Bb]evorstehend)e[nmrs]?"
_THIS = r"(?:[Dd]ies|[Ll]aufend|[Hh]eurig)e[nmrs]?|[Dd]iesjährige[nmrs]?"
_ABOUT = r"(?:(?:rund|etwa|gut|knapp|fast|ungefähr|mehr als|über|genau|exakt|erst|gerade einmal|kaum|wenigen) )?"
_SHORT = numbered("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.", first=0)
_DAYWORD = rf"(?:(?P<wd>{_WD}|{any_of(_SHORT)}),? (?:den |dem |der )?)?"
_PERIOD = r"(?:Anfang|Mitte|Ende|Beginn)"
_TO = r"(?: ?[–—-] ?| bis (?:zum )?|/)"
_RANGE = r"(?: ?[–—-] ?| bis | und | oder )"


_BEFORE_NUMERIC = re.compile(r"\b(?:[Aa]m|[Vv]om|[Aa]b|[Bb]is|[Zz]um|[Ss]eit dem|, (?:den|dem)) $")


R = Resolvers(
    months=_MONTHS,
    weekdays=_WEEKDAYS | _SHORT,
    numbers=_NUMBERS,
    units=_UNITS,
    seasons=_SEASONS,
    ordinals=_ORDINALS,
    holidays=_HOLIDAYS,
    backwards=frozenset({"zuvor", "davor", "vorher", "früher"}),
    listed=re.compile(rf"(?:{_WD})(?:{_PART})? (?:und|oder|sowie) (?:am )?$"),
)


def _numeric_short(m: re.Match[str], c: Context) -> str | None:
    """„ab 2.2.“; other pairs of numbers are no dates."""
    if not _BEFORE_NUMERIC.search(c.before(8)) or not 1 <= int(m["m"]) <= 12:
        return None
    return calendar.day_near(c.today, int(m["m"]), int(m["d"]), c.direction)


def _tomorrow(m: re.Match[str], c: Context) -> str | None:
    """„morgen“, but not „der Morgen“, „heute morgen“, „Guten Morgen“; with a capital only where a sentence begins."""
    before = c.before(14)
    if re.search(r"(?:heute|gestern|tag|am|jeden|guten|gegen|Mittwoch|[sS]amstags|bis in den) $", before):
        return None
    if m[0][0] == "M" and not re.search(r"(?:^|[.!?:“\"»«„\n]\s*)$", before):
        return None
    return (c.today + timedelta(days=1)).isoformat()


def _former(m: re.Match[str], c: Context) -> str | None:
    """„Vorjahr“, „Vormonat“, „Vorwoche“, „Vorjahresquartal“."""
    word, today = m["u"], c.today
    if word.startswith(("jahresq", "jahresz")):
        first = (today.month - 1) // 3 * 3 - 2  # The quarter that has just ended is the one reported on.
        return calendar.months(today.year - 1, first, first + 2)
    if word == "jahresmonat":
        return calendar.month(today.year - 1, today.month - 1)
    if word.startswith("jahr"):
        return f"{today.year - 1:04d}"
    if word.startswith("monat"):
        return calendar.month(today.year, today.month - 1)
    if word.startswith("woche"):
        return calendar.week(today, -1)
    return (today - timedelta(days=1)).isoformat()


def _two_away(m: re.Match[str], c: Context) -> str | None:
    """„übernächste Woche“, „vorletztes Jahr“."""
    offset = 2 if m["two"][0] in "Üü" else -2
    if m["u"] == "Woche":
        return calendar.week(c.today, offset)
    return calendar.shift(c.today, "month" if m["u"] == "Monat" else "year", offset)


def _turn_of_year(_: re.Match[str], c: Context) -> str | None:
    """„Jahreswechsel“: the nearest New Year's Eve and Day."""
    year = c.today.year if c.direction > 0 or c.today.month > 6 else c.today.year - 1
    return f"{year}-12-31/{year + 1}-01-01"


def _edge(m: re.Match[str], c: Context) -> str | None:
    """„Jahresende“, „Monatsanfang“."""
    today = c.today
    if m["u"] == "Jahres":
        return f"{today.year}-12-31" if m["edge"] in ("ende", "schluss") else f"{today.year}-01-01"
    return calendar.last_day(today.year, today.month).isoformat() if m["edge"] == "ende" else None


def _advent(m: re.Match[str], c: Context) -> str | None:
    """The fourth Sunday of Advent is the last before Christmas Day."""
    christmas = date(c.today.year, 12, 25)
    fourth = christmas - timedelta(days=christmas.weekday() + 1)
    return (fourth - timedelta(weeks=_ADVENTS[m["nth"]])).isoformat()


_UNIT_NOUNS = re.compile(
    r"\s?(?:[%€$£°]|(?:Euro|Dollar|Franken|Pfund|Yen|Rubel|Kronen|Mark|Menschen|Personen|Prozent|Meter[n]?"
    r"|Kilometer[n]?"
    r"|Kilogramm|Kilo|Gramm|Tonnen|Liter[n]?|Hektar|Quadrat\w+|Kubik\w+|Grad|Uhr|Mal|Besucher\w*|Einwohner\w*"
    r"|Zuschauer\w*"
    r"|Mitarbeiter\w*|Beschäftigte\w*|Soldaten|Tote\w*|Verletzte\w*|Stellen|Punkte\w*|Stück|Seiten|Fälle\w*|Stimmen"
    r"|Gäste\w*|Teilnehmer\w*|Mitglieder\w*|Kinder\w*|Schüler\w*|Studenten|Haushalte\w*|Wohnungen|Häuser\w*|Autos"
    r"|Fahrzeuge\w*"
    r"|Flüchtlinge\w*|Polizisten|Beamte\w*|Einsatzkräfte\w*|Kilowatt\w*|Megawatt\w*|PS|km|kg|m|MW|GW|cm|Tage[n]?"
    r"|Stunden"
    r"|Jahre[n]?|Zeichen|Mann|Frauen|Männer\w*|Demonstranten|Betriebe\w*|Firmen|Unternehmen|Arbeitsplätze\w*"
    r"|Exemplare\w*)\b)"
)
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:[Ii]m|[Ss]eit|[Aa]b|[Bb]is|[Vv]on|[Ii]n|[Aa]us|[Ff]ür|[Aa]uf|[Jj]ahre?s?|Anfang|Mitte|Ende|[Vv]or"
    r"|[Nn]ach|[Zz]wischen|"
    r"und|oder|[Gg]egenüber|[Ww]ie|[Zz]uletzt|[Ss]chon|[Ee]rst|[Nn]och|[Bb]ereits|[Ff]rühestens|[Ss]pätestens"
    r"|anno)|[(,–;*]) ?$|(?:^|[.!?“:]\s)$"
)
_NO_YEAR_BEFORE = re.compile(
    r"(?:Agenda|Expo|Nr\.|Nummer|Version|Windows|Artikel|Paragraf|§|rund|etwa|knapp|mehr als|fast|über|Zimmer|Raum"
    r"|Linie|Vision|Strategie|Horizont|Mission|EN|ISO|DIN|Studio) ?$"
)


_YEAR_AFTER = re.compile(r" [a-zäöü]|[).;:–]")


def _year(m: re.Match[str], c: Context) -> str | None:
    year = int(m["y"])
    before, after = c.before(14), c.after(20)
    if _UNIT_NOUNS.match(after) or _NO_YEAR_BEFORE.search(before):
        return None
    if 1900 <= year <= 2040 or _YEAR_BEFORE.search(before) or (year >= 1600 and _YEAR_AFTER.match(after)):
        return m["y"]
    return None


def _decade(m: re.Match[str], c: Context) -> str | None:
    if m["y"]:
        year = int(m["y"])
        return calendar.decade(year if year >= 1000 else 1900 + year) if year % 10 == 0 else None
    return calendar.decade(1900 + _DECADES[m["word"].lower()])


_DECADE = "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in _DECADES)
_ADJ = rf"(?:(?P<last>{_LAST})|(?P<next>{_NEXT})|(?P<this>{_THIS}))"
_GEN = (
    r"(?:(?P<last>(?:vergangen|letzt|vorig)e[nr]|des Vor)|(?P<next>(?:kommend|nächst)e[nr])|(?P<this>dies(?:es|er)"
    r"|laufenden))"
)
_WEEK_ACC = r"(?:(?P<last>vergangene|letzte|vorige)|(?P<next>kommende|nächste)|(?P<this>diese)) Woche"
_ADJ_DAY = rf"(?:(?P<last>{_LAST}|gestrigen)|(?P<next>{_NEXT}|morgigen)|(?P<this>diese[nm]|heutigen))"

RULES = (
    Rule(r"(?P<y>[12]\d{3})-(?P<m>[01]\d)-(?P<d>[0-3]\d)", iso_day, relative=False),
    Rule(r"(?P<d>[0-3]?\d)\. ?(?P<m>[01]?\d)\. ?(?P<y>[12]\d{3}|\d\d(?!\d|[.:,]\d| Uhr))", iso_day, relative=False),
    Rule(rf"(?P<d>{_D})\.{_TO}(?P<d2>{_D})\. (?P<mon2>{_MON})(?: (?P<y>{_Y}))?", R.days_range, relative=True),
    Rule(rf"(?P<d>{_D})\. und (?P<d2>{_D})\. (?P<mon2>{_MON})(?: (?P<y>{_Y}))?", R.days_range, relative=True),
    Rule(
        rf"(?P<d>{_D})\. (?P<mon>{_MON}){_TO}(?P<d2>{_D})\. (?P<mon2>{_MON})(?: (?P<y>{_Y}))?",
        R.days_range,
        relative=True,
    ),
    Rule(
        rf"(?:(?:{_WD}), (?:den |dem |der )?)?(?P<d>{_D})\. (?P<mon>{_MON}),? (?P<y>{_Y})",
        R.day_month_year,
        relative=False,
    ),
    Rule(rf"(?P<d>{_D})\. (?P<mon>{_MON}) {_GEN} ?[Jj]ahre?s", R.day_month, relative=True),
    Rule(
        rf"{_DAYWORD}(?P<d>{_D})\. "
        rf"(?P<mon>{_MON})",
        R.day_month,
        relative=True,
    ),
    Rule(r"(?P<d>[0-3]?\d)\.(?P<m>[01]?\d)\.", _numeric_short, relative=True),
    Rule(
        rf"zwischen {_PERIOD} (?P<mon>{_MON})(?: (?P<y>{_Y}))? und {_PERIOD} (?P<mon2>{_MON})(?: (?P<y2>{_Y}))?",
        R.months_range,
        relative=True,
    ),
    Rule(rf"(?P<mon>{_MON})(?: (?P<y>{_Y}))?{_RANGE}(?P<mon2>{_MON})(?: (?P<y2>{_Y}))?", R.months_range, relative=True),
    Rule(rf"(?:{_PERIOD} )?(?P<mon>{_MON}) (?P<y>{_Y})", R.month_year, relative=False),
    Rule(rf"(?:{_PERIOD} )?(?P<mon>{_MON}) {_GEN} ?[Jj]ahre?s", R.month_of_year, relative=True),
    Rule(rf"{_PERIOD} (?:(?P<last>{_LAST})|(?P<next>{_NEXT})) (?P<mon>{_MON})s?", R.month, relative=True),
    Rule(rf"(?:{_ADJ} )?(?:{_PERIOD} )?(?P<mon>{_MON})", R.month, relative=True),
    Rule(rf"(?P<wd>{_WD}) (?P<w>{_WEEK_ACC})", R.weekday_of_week, relative=True),
    Rule(rf"{_WEEK_ACC} (?:am )?(?P<wd>{_WD})", R.weekday_of_week, relative=True),
    Rule(rf"(?P<wd>{_WD}) (?P<w>{_GEN} Woche)", R.weekday_of_week, relative=True),
    Rule(rf"(?P<wd>{_WD}) in (?P<n>{_NUM}) Wochen?", R.weekday_in_weeks, relative=True),
    Rule(rf"(?P<wd>{_WD}){_PART}? bis (?P<wd2>{_WD})(?:{_PART})?", R.weekday_range, relative=True),
    Rule(
        rf"(?:{_ADJ_DAY} )?(?P<wd>{_WD})(?:{_PART}| [Aa]bend| [Mm]orgen| Nachmittag| Mittag| Nacht)?",
        R.weekday,
        relative=True,
    ),
    Rule(r"vergangene[rn]? Nacht", days_from_today(0), relative=True),
    Rule(r"[Vv]orgestern", days_from_today(-2), relative=True),
    Rule(
        r"[Gg]estern(?:abend| Abend| Nachmittag| Morgen| Nacht| Mittag| Vormittag)?", days_from_today(-1), relative=True
    ),
    Rule(r"[Hh]eute(?: Abend| Nachmittag| Morgen| Nacht| Mittag| Vormittag| früh)?", days_from_today(0), relative=True),
    Rule(r"[Üü]bermorgen", days_from_today(2), relative=True),
    Rule(rf"[Mm]orgen, (?:{_WD})", _tomorrow, relative=True),
    Rule(r"[Mm]orgen", _tomorrow, relative=True),
    Rule(rf"[Vv]or {_ABOUT}(?P<n>{_NUM}) {_UNIT}", R.ago, relative=True),
    Rule(rf"[Ii]n {_ABOUT}(?P<n>{_NUM}) {_UNIT}", R.ahead_unless_past, relative=True),
    Rule(
        rf"(?P<n>{_NUM}|Eine?n?|Zwei|Drei|Vier|Fünf|Sechs) {_UNIT} (?P<way>zuvor|davor|vorher|früher|später|danach"
        rf"|darauf)",
        R.from_anchor,
        relative=True,
    ),
    Rule(r"Vortage?s?", days_from_today(-1), relative=True),
    Rule(r"(?:[Tt]ags zuvor|Tag zuvor|Tag davor|Tag vorher)", days_from_anchor(-1), relative=True),
    Rule(
        r"(?:[Tt]ags darauf|Tag danach|Tag darauf|Folgetag|folgenden Tag|nächsten Tag)",
        days_from_anchor(1),
        relative=True,
    ),
    Rule(r"(?:(?:gleichen|selben|diesem) Tage?)(?! nach| vor)", days_from_anchor(0), relative=True),
    Rule(
        r"(?P<u>Woche|Monat) (?:(?P<last>zuvor|davor|vorher)|(?P<next>darauf|danach|später))",
        R.unit_from_anchor,
        relative=True,
    ),
    Rule(r"(?P<this>selben|gleichen|selbem) (?P<u>Jahr|Monat|Woche)(?:es|s)?", R.unit_from_anchor, relative=True),
    Rule(r"Jahr (?:davor|zuvor)", years_from_anchor(-1), relative=True),
    Rule(r"Jahr (?:danach|darauf)|Folgejahr|darauffolgenden Jahr|folgenden Jahr", years_from_anchor(1), relative=True),
    Rule(
        rf"(?P<part>Anfang|Mitte|Ende|Beginn) (?:{_ADJ}|der|des) (?P<u>Woche|Monate?s|Jahre?s)",
        R.part_of_unit,
        relative=True,
    ),
    Rule(
        r"(?P<two>[Üü]bernächste[nrs]?|[Vv]orvergangene[nrs]?|[Vv]orletzte[nrs]?) (?P<u>Woche|Monat|Jahr)",
        _two_away,
        relative=True,
    ),
    Rule(r"Jahreswechsel", _turn_of_year, relative=True),
    Rule(rf"{_ADJ} (?P<u>Wochenende[sn]?|Woche|Monate?s?|Jahre?s?)", R.unit_near, relative=True),
    Rule(r"Wochenende", R.weekend, relative=True),
    Rule(r"Vor(?P<u>jahresquartal|jahreszeitraum|jahresmonat|jahr|monat|woche)(?:e?s)?", _former, relative=True),
    Rule(r"(?P<u>Jahres|Monats)(?P<edge>ende|anfang|beginn|schluss)", _edge, relative=True),
    Rule(rf"(?P<next>{_NEXT}) (?P<season>{_SEASON}) und (?P<season2>{_SEASON})", R.seasons_range, relative=True),
    Rule(rf"(?P<season>{_SEASON})(?P<of>) {_GEN} ?[Jj]ahre?s", R.season, relative=True),
    Rule(rf"(?P<season>{_SEASON})(?:s|es)? (?P<y>{_Y})(?:/\d\d)?", R.season, relative=False),
    Rule(rf"(?:{_ADJ} )?(?P<season>{_SEASON})", R.season, relative=True),
    Rule(
        rf"(?P<nth>erst|zweit|dritt|viert|[1-4]\.)(?:e[nrsm]?)? (?P<unit>Quartal|Halbjahr|Jahreshälfte)s?(?: "
        rf"(?P<y>{_Y})| {_GEN} ?[Jj]ahre?s)?",
        R.quarter,
        relative=True,
    ),
    Rule(rf"(?:{_ADJ} )?(?P<name>{any_of(_HOLIDAYS)})(?: (?P<y>{_Y}))?", R.holiday, relative=True),
    Rule(r"(?P<nth>ersten|zweiten|dritten|vierten|[1-4]\.) Advent(?:ssonntag|swochenende)?", _advent, relative=True),
    Rule(rf"(?P<y>{_Y})(?P<to>/|[–-]| bis | und )(?P<y2>(?:{_Y})|\d\d)(?![.,]?\d)", years, relative=False),
    Rule(r"(?P<y>[12]\d{2}0|[2-9]0)er(?:[ -]Jahren?|n)?", _decade, relative=False),
    Rule(rf"(?P<word>{_DECADE})(?:[ -]?[Jj]ahren?|n)(?P<y>)", _decade, relative=False),
    Rule(r"(?P<n>\d{1,2})\. Jahrhundert(?:s|e?s)?", century, relative=False),
    Rule(rf"(?:Jahre?s? (?P<span>(?P<y>{_Y})))(?![.,:]?\d|er\b)", plain_year, relative=False),
    Rule(rf"{_PERIOD} (?P<y>{_Y})(?![.,:]?\d|er\b)", plain_year, relative=False),
    Rule(rf"(?P<y>{_Y})(?![.,:]\d|/\d|er\b)", _year, relative=False),
)

_LITTLE_STARTS = """
abg bev dar die fol ges gle heu kom lau let mor näc sel sel tag übe ver vor zwi mit end anf erst zwei dritt vier ein
zwe dre vie fün sec sie ach neu zeh elf zwö zwa hun vie
"""
_BIG_STARTS = """
Mo. Di. Mi. Do. Fr. Sa. So. Jahr Üb
Jän Mär Mrz Mae Mai Mit Anf End Beg Zwi Tag Fol Jah Woc Vor Mon Frü Som Spä Hoc Her Win Nac Tags
"""
_STARTS = (
    *_BIG_STARTS.split(),
    *_LITTLE_STARTS.split(),
    *(start.capitalize() for start in _LITTLE_STARTS.split()),
    *sorted({word[:3] for word in (*_MONTHS, *_WEEKDAYS, *_HOLIDAYS)}),
    "in ",
    "In ",
    "’",
)

GRAMMAR = Grammar(rules=RULES, cues=GERMAN, starts=_STARTS)
