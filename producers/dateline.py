"""The dateline that a report opens with: ``BERLIN (dpa) -``, ``LONDON, Jan 5 (Reuters) -``, ``Wilmington.``"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

AGENCIES = (
    "dpa afp ap reuters rtr kna epd sid apa sda keystone-sda ats afx awp dapd ddp dts upi ansa efe tass itar-tass ria "
    "interfax xinhua kyodo pa cp tt ntb ritzau belga anp pap ctk mti bta taz dw bbc cnn nyt bloomberg dow-jones djn "
    "ots pm red eb ger kap idea idw ips irna anadolu aa wam spa ukrinform unian afptv aptn ard zdf ndr wdr swr br mdr "
    "hr rbb sr ntv n-tv rnd vox afk imago getty"
).split()
"""News agencies and the offices that sign reports as one; a party in brackets, (CDU), is none."""

NOT_PLACES = frozenset(
    "NATO UEFA FIFA NASA OPEC UNESCO UNICEF ADAC BREAKING EXKLUSIV EXCLUSIVE VIDEO LIVE LIVEBLOG TICKER UPDATE WATCH "
    "ANALYSE ANALYSIS KOMMENTAR OPINION INTERVIEW FOTO FOTOS BILDER GRAFIK CORRECTION KORREKTUR EILMELDUNG ACHTUNG "
    "ANZEIGE WERBUNG ADVERTISEMENT THEMA HINTERGRUND BACKGROUND FACTBOX EXPLAINER NEWS COVID CORONA BASF BMBF BUND "
    "OSZE OSCE UNHCR IAEA ASEAN MERCOSUR ROUNDUP WDH ORIGINAL NACHRICHTEN WETTER SPORT KULTUR".split()
)
"""Words in capitals that open a line before a dash and are no place."""

_AGENCY = "(?:" + "|".join(sorted(map(re.escape, AGENCIES), key=len, reverse=True)) + ")"
_SIGNED = rf"(?:{_AGENCY})(?:[/,+&\s-]{{1,3}}[\w.-]{{1,16}}){{0,3}}"
_PARTICLES = (
    r"(?:am|an|der|im|in|bei|ob|auf|a\.\s?M\.|a\.\s?d\.|de|del|di|da|do|dos|la|le|les|du|sur|upon|of|the|al|el|und|and)"
)
_WORD = r"(?:St\.|Sankt|[A-ZÄÖÜÀ-Þ][\w'’.]*?[\w’](?:-[A-ZÄÖÜÀ-Þa-z][\w'’]*)*)"
_PLACE = (
    rf"{_WORD}(?:\s(?:{_PARTICLES}\s(?:{_PARTICLES}\s)?)?{_WORD}){{0,3}}(?:\s\((?:Saale|Oder|Main|Westf|Donau)\.?\))?"
)
_PLACES = rf"(?P<places>{_PLACE}(?:\s?/\s?{_PLACE}){{0,2}})"
_REGION = rf"(?:,\s(?P<region>{_WORD}(?:\s{_WORD})?\.?))?"
_MONTHS = r"(?:Jan|Feb|Mar|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez)[a-zä]*\.?"
_DATE = rf"(?:,?\s(?:{_MONTHS}\s\d{{1,2}}|\d{{1,2}}\.?\s(?:{_MONTHS}|\d{{1,2}}\.)(?:\s?\d{{4}})?)\.?(?:,\s\d{{4}})?)?"
_DASH = r"\s?[-–—|:+]{1,3}\s+"

_WITH_AGENCY = re.compile(
    rf"(?P<text>{_PLACES}{_REGION}{_DATE},?\s?\((?i:{_SIGNED})\){_DATE})(?:{_DASH}|\.\s?[-–—]?\s+|\s+)(?=\S)"
)
_AGENCY_FIRST = re.compile(rf"(?P<text>\((?i:{_SIGNED})\)(?:\s{_PLACES})?)(?:{_DASH}|\.\s?[-–—]\s+)(?=\S)")
_AGENCY_BARE = re.compile(
    rf"(?P<text>{_PLACES}\s(?:{_AGENCY})(?:/\w+)?)\s?\|\s+(?=\S)|(?P<text2>dpa\s{_PLACE})(?:{_DASH}|\.\s)"
)
_CAPITALS = re.compile(
    rf"(?P<text>(?P<places>[A-ZÄÖÜ][A-ZÄÖÜß'’.-]{{2,}}(?:[\s/][A-ZÄÖÜ][A-ZÄÖÜß'’.-]+){{0,3}}){_REGION}{_DATE})\s[-–—]{{1,2}}\s+"
    r"(?=[\"'„“»«(]?[A-ZÄÖÜ\d])"
)
_WITH_DASH = re.compile(rf"(?P<text>{_PLACES}{_REGION}{_DATE})(?:\s[–—-]\s+|\.\s?[–—-]\s+)(?=[\"'„“»«(]?[A-ZÄÖÜ\d])")
_WITH_STOP = re.compile(rf"(?P<text>{_PLACES})\.\s+(?=[\"'„“»«(]?[A-ZÄÖÜ\d])")

MAX_CHARS = 100
"""Longest dateline that is looked for."""


@cache
def known_places() -> frozenset[str]:
    """Places that reports are filed from, in lower case: our own list, in German and English."""
    lines = resources.files("producers").joinpath("places.txt").read_text("utf-8").splitlines()
    return frozenset(name.strip().lower() for line in lines if not line.startswith("#") for name in line.split(","))


def split_dateline(paragraph: str, rest: str = "") -> tuple[str | None, str]:
    """The dateline and the paragraph without it; None and the whole paragraph if it opens with none.

    Without an agency in brackets the place must be known, or be named as a place in the text itself.

    Args:
        paragraph: the first paragraph.
        rest: the other paragraphs, searched for the place only.
    """
    head = paragraph[: MAX_CHARS + 40]
    for pattern, sure in (
        (_WITH_AGENCY, True),
        (_AGENCY_FIRST, True),
        (_AGENCY_BARE, True),
        (_CAPITALS, False),
        (_WITH_DASH, False),
        (_WITH_STOP, False),
    ):
        match = pattern.match(head)
        if match is None:
            continue
        groups = match.groupdict()
        text = groups.get("text") or groups.get("text2") or ""
        body = paragraph[match.end() :].lstrip()
        if len(text) > MAX_CHARS or not body:
            continue
        if sure or _credible(groups["places"], capitals=pattern is _CAPITALS, text=body + " " + rest):
            return text.rstrip(" ,"), body
    return None, paragraph


def _credible(places: str, *, capitals: bool, text: str) -> bool:
    parts = [part.strip() for part in places.split("/")]
    if any(part.upper() in NOT_PLACES for part in parts):
        return False
    if any(part.lower() in known_places() for part in parts):
        return True
    name = parts[0]
    if len(name) < 4:
        return False
    spelt = re.escape(name.title() if capitals else name)
    before = r"(?:in|aus|nach|nahe|bei|near|from|outside|around|um|von|to)"
    return re.search(rf"\b{before}\s{spelt}\b", text) is not None
