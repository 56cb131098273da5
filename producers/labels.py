"""What crawlers leave around an article: header lines with dates, and labels of advertisements."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import tzinfo

from contracts.messages import DateClaim, DateRole
from producers.dates import Found, read_date

AD_LABELS = (
    # German
    "anzeige", "anzeigen", "werbeanzeige", "werbung", "werbepause", "reklame", "inserat", "sponsored post",
    "bezahlte anzeige", "bezahlter inhalt", "gesponserter inhalt", "gesponsert", "textanzeige",
    "anzeige/werbung", "entgeltliche einschaltung", "bezahlte einschaltung", "werbliche einschaltung",
    "verlagsangebot", "produktempfehlung", "anzeige - scrollen sie, um weiterzulesen",
    "werbung - hier gehts weiter", "artikel wird nach der anzeige fortgesetzt", "nach der anzeige weiterlesen",
    "anzeige: text wird nach der werbung fortgesetzt", "weiter nach der werbung", "lesen sie nach der anzeige weiter",
    # English
    "ad", "ads", "advert", "adverts", "advertisement", "advertisements", "advertising", "advertorial", "sponsored",
    "sponsored content", "paid content", "paid post", "paid partner content", "partner content", "promoted",
    "promoted content", "promotion", "sponsored by", "article continues after advertisement",
    "article continues below advertisement", "article continues after ad", "story continues below advertisement",
    "story continues after advertisement", "continue reading after the ad", "continue reading below",
    "scroll to continue with content", "skip advertisement", "skip ad", "close ad", "report this ad",
    "advertisement - continue reading below", "advertisement - scroll to continue", "anuncio", "publicité",
)  # fmt: skip
"""Labels as they stand alone, in lower case; ``Anzeige`` at the start of a sentence is a word like any other."""

_LABEL = re.compile(
    "(?:"
    + "|".join(re.escape(label).replace(r"\ ", r"\s+") for label in sorted(AD_LABELS, key=len, reverse=True))
    + r")(?!\w)",
    re.IGNORECASE,
)
_DECORATION = r"[\s\-–—_*=+#~|.:•·►▼»«<>()\[\]]*"
_ALONE = re.compile(f"{_DECORATION}(?P<label>{_LABEL.pattern}){_DECORATION}", re.IGNORECASE)

_PUBLISHED = (
    "date published|published date|publication date|date posted|veröffentlichungsdatum|erscheinungsdatum"
    "|erstellungsdatum|first published|date|datum|pubdate|publishdate|veröffentlicht|erschienen|erstellt|publiziert"
    "|published|posted|created|vom"
)
_MODIFIED = (
    "zuletzt aktualisiert|letzte aktualisierung|letztes update|last updated|last modified|date modified|aktualisierung"
    "|aktualisiert|stand|update|updated|geändert|modified|lastmod"
)
_DATE_LABEL = re.compile(
    rf"(?:(?P<modified>{_MODIFIED})|(?P<published>{_PUBLISHED}))(?!\w)(?:\s+(?:am|on|at))?\s*[:=]?\s*", re.IGNORECASE
)
_SEPARATOR = re.compile(r"[\s|·•,;/()\[\]*_–—-]+|\.(?=\s|$)")
_READING_TIME = re.compile(
    r"(?:lesezeit|lesedauer|reading time)\s*:?\s*(?:ca\.?\s*)?\d{1,3}\s*min(?:\.|uten|utes)?"
    r"|\d{1,3}\s*min(?:\.|uten|utes)?\s*(?:lesezeit|lesedauer|read)\b",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"vor (?:\d{1,2}|ein\w*) (?:minuten?|stunden?|tag(?:en)?)|(?:\d{1,2}|an?) (?:minutes?|mins?|hours?|hrs?|days?) ago"
    r"|just now|gerade eben",
    re.IGNORECASE,
)
"""When it was crawled, which nobody knows: no date."""
_TIME_FIRST = re.compile(
    r"(?P<time>[0-2]?\d[:.][0-5]\d(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:uhr|h)\b)?(?:\s(?:[A-Z]{2,4})\b)?)\s?,?\s(?=\S)",
    re.IGNORECASE,
)
_MACHINE_PREFIX = re.compile(r"\s*date[\s:=]\s*(?=\d{4}(?:-\d{2}){0,2})", re.IGNORECASE)

_RECORD = re.compile(r"\s*[A-Z]{3}\d{4}(?:\s+\d{1,2}\s+[A-Z]{2}\s+\d{4})?\s+")
"""The number of an agency's report: ``APA0123 5 AI 0345``."""

MAX_HEADER_CHARS = 160
"""A longer line is text."""


@dataclass(frozen=True)
class HeaderLine:
    """What a line of a crawl header says.

    Attributes:
        end: characters of the line that belong to the header; less than all if text follows on the same line.
    """

    dates: tuple[DateClaim, ...]
    labels: tuple[str, ...]
    end: int


def ad_label(line: str) -> str | None:
    """The label, as printed, if ``line`` is nothing but a label of an advertisement."""
    match = _ALONE.fullmatch(line) if len(line) <= MAX_HEADER_CHARS else None
    return match["label"] if match else None


def header_line(line: str, assumed: tzinfo) -> HeaderLine | None:
    """The line read as part of a crawl header, None if it is text.

    A line counts if dates, their labels, reading times and labels of advertisements are all of it, or if it begins
    as machines write it, ``date 2021-12``: then text may follow.
    """
    if len(line.strip()) <= MAX_HEADER_CHARS:
        read = _consume(line, 0, assumed)
        if read.end == len(line) and (read.dates or read.labels):
            return read
        record = _RECORD.match(line)
        read = _consume(line, record.end(), assumed) if record else read
        if record and read.end == len(line) and read.dates:
            return HeaderLine(read.dates, (record[0].strip(), *read.labels), read.end)
    prefix = _MACHINE_PREFIX.match(line)
    if prefix is None:
        return None
    found = read_date(line[prefix.end() :], assumed)
    if found is None or found.precision == "year":
        return None
    end = prefix.end() + found.end
    if end < len(line) and not line[end].isspace():
        return None
    labels = []
    while (match := _LABEL.match(line, blank := end + len(line[end:]) - len(line[end:].lstrip()))) and match[0][
        0
    ].isupper():
        following = line[match.end() : match.end() + 2]
        if following.strip() and not (
            following[0].isspace() and (following[1].isupper() or not following[1].isalnum())
        ):
            break
        labels.append(match[0])
        end = max(match.end(), blank)
    return HeaderLine((found.claim("crawl-header"),), tuple(labels), end)


def _consume(line: str, position: int, assumed: tzinfo) -> HeaderLine:
    dates: list[DateClaim] = []
    labels: list[str] = []
    role: DateRole = "published"
    labelled = False
    while position < len(line):
        if match := _SEPARATOR.match(line, position):
            position = match.end()
        elif match := _READING_TIME.match(line, position):
            labels.append(match[0])
            position = match.end()
        elif match := _whole_word(_DATE_LABEL, line, position):
            role, labelled = ("modified" if match["modified"] else "published"), True
            position = match.end()
        elif match := _whole_word(_LABEL, line, position):
            labels.append(match[0])
            position = match.end() + (line[match.end() : match.end() + 1] == ":")
        elif labelled and (match := _AGO.match(line, position)):
            position, role, labelled = match.end(), "published", False
        elif found := read_date(line[position:], assumed) or _with_time_first(line[position:], assumed):
            if not labelled and (dates or found.precision == "year"):
                break  # „2. September 1933 – 11. Mai 2024“ is a life, not a header
            dates.append(found.claim("crawl-header", role))
            role = "published"
            position += found.end
        else:
            break
    return HeaderLine(tuple(dates), tuple(labels), position)


def _with_time_first(text: str, assumed: tzinfo) -> Found | None:
    """A date behind its time of day: ``10:15 GMT, 13 March 2026``."""
    match = _TIME_FIRST.match(text)
    day = read_date(text[match.end() :], assumed) if match else None
    if match is None or day is None or day.precision != "day":
        return None
    written = text[match.end() : match.end() + day.end]
    whole = read_date(f"{written}, {match['time']}", assumed)
    return replace(whole, end=match.end() + day.end) if whole is not None and whole.precision == "minute" else None


def _whole_word(pattern: re.Pattern[str], line: str, position: int) -> re.Match[str] | None:
    match = pattern.match(line, position)
    if match is None or (match.end() < len(line) and match[0][-1].isalnum() and line[match.end()].isalnum()):
        return None
    return match
