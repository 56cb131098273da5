"""The dateline that a report opens with: ``BERLIN (dpa) -``, ``LONDON, Jan 5 (Reuters) -``, ``Wilmington.``"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

AGENCIES = (
    "dpa afp ap reuters rtr kna epd sid apa sda keystone-sda ats afx awp dapd ddp dts upi ansa efe tass itar-tass ria "
    "interfax xinhua kyodo pa cp tt ntb ritzau belga anp pap ctk mti bta taz dw bbc cnn nyt bloomberg dow-jones djn "
    "ots pm red eb ger kap idea idw ips irna anadolu aa wam spa ukrinform unian afptv aptn ard zdf ndr wdr swr br mdr "
    "hr rbb sr ntv n-tv rnd vox afk imago getty pti ani ians uni gna nan cna aap cmc efe lusa jiji yonhap nna petra "
    "mena sana map aps tap pna bernama antara rnz agi adnkronos tanjug hina sita bns elta lnt"
).split()
"""News agencies and the offices that sign reports as one; a party in brackets, (CDU), is none."""

NOT_PLACES = frozenset(
    "NATO UEFA FIFA NASA OPEC UNESCO UNICEF ADAC BREAKING EXKLUSIV EXCLUSIVE VIDEO LIVE LIVEBLOG TICKER UPDATE WATCH "
    "ANALYSE ANALYSIS KOMMENTAR OPINION INTERVIEW FOTO FOTOS BILDER GRAFIK CORRECTION KORREKTUR EILMELDUNG ACHTUNG "
    "ANZEIGE WERBUNG ADVERTISEMENT THEMA HINTERGRUND BACKGROUND FACTBOX EXPLAINER NEWS COVID CORONA BASF BMBF BUND "
    "OSZE OSCE UNHCR IAEA ASEAN MERCOSUR ROUNDUP WDH ORIGINAL NACHRICHTEN WETTER SPORT KULTUR".split()
)
"""Words in capitals that open a line before a dash and are no place."""

PARTIES = frozenset(
    "cdu csu spd fdp afd bsw grüne linke svp fpö övp spö övp cvp sp fdp rep dem lab con snp r d".split()
)
"""What else stands in brackets after a name."""

_AGENCY = "(?:" + "|".join(sorted(map(re.escape, AGENCIES), key=len, reverse=True)) + ")"
_SIGNED = rf"(?:{_AGENCY})(?:[/,+&\s-]{{1,3}}[\w.-]{{1,16}}){{0,3}}"
_PARTICLES = (
    r"(?:am|an|der|im|in|bei|ob|auf|a\.\s?M\.|a\.\s?d\.|de|del|di|da|do|dos|la|le|les|du|sur|upon|of|the|al|el|und|and)"
)
_WORD = (
    r"(?:St\.|Sankt|(?:[ea]l|as|ash|es)-[A-ZÄÖÜ][\w'’]+"
    r"|[A-ZÄÖÜÀ-Þ][\w'’.]*?[\w’](?:-[A-ZÄÖÜÀ-Þa-z][\w'’]*)*)"
)
_PLACE = (
    rf"{_WORD}(?:\s(?:{_PARTICLES}\s(?:{_PARTICLES}\s)?)?{_WORD}){{0,3}}"
    r"(?:\s\((?:[A-Z][\wäöüß]{2,15}|[A-Z]/[A-Z])\.?\))?"
)
_PLACES = rf"(?P<places>{_PLACE}(?:\s?/\s?{_PLACE}){{0,2}})"
_CANTON = r"(?:AG|AI|AR|BE|BL|BS|FR|GE|GL|GR|JU|LU|NE|NW|OW|SG|SH|SO|SZ|TG|TI|UR|VD|VS|ZG|ZH)"
_REGION = rf"(?:,\s(?P<region>{_WORD}(?:\s{_WORD})?\.?))?"
_MONTHS = r"(?i:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[A-Za-zä]*\.?"
_WEEKDAYS = (
    r"(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend)"
)
_DAY = (
    rf"(?:{_MONTHS}\s\d{{1,2}}|\d{{1,2}}\.?\s(?:{_MONTHS}|\d{{1,2}}\.)(?:\s?\d{{4}})?|{_WEEKDAYS})\.?(?:,?\s\d{{4}})?"
)
_DATE = rf"(?:,?\s(?P<date>{_DAY}))?"
_DASH = r"\s?[-–—_|:+]{1,3}\s+"
_OPENS = r"(?=[\"'„“”‘»«(]?[A-ZÄÖÜÀ-Þ\d])"

_WITH_AGENCY = re.compile(
    rf"(?P<text>{_PLACES}{_REGION}{_DATE},?\s?\((?i:{_SIGNED})\)(?:,?\s{_DAY})?)(?:(?P<dash>{_DASH}|\.\s?[-–—]?\s+)|\s+)(?=\S)"
)
_WITH_SIGNATURE = re.compile(
    rf"(?P<text>{_PLACES}{_REGION}{_DATE},?\s?\((?P<sign>[\w./-]{{2,20}})\))(?:{_DASH}){_OPENS}"
)
_AGENCY_FIRST = re.compile(
    rf"(?P<text>\((?i:{_SIGNED})\)(?:\s?[-–—]?\s{_PLACES}{_REGION}{_DATE}(?=\s[-–—]\s))?)(?:{_DASH}|\.\s?[-–—]\s+)(?=\S)"
)
_AGENCY_BARE = re.compile(
    rf"(?P<text>{_PLACES}\s{_AGENCY}(?:/\w+)?)\s?\|\s+(?=\S)"
    rf"|(?P<text2>dpa\s{_PLACE})(?:{_DASH}|\.\s)"
    rf"|(?P<text3>{_PLACE}{_DATE.replace('date', 'date3')},\s(?-i:[A-Z]{{2,6}}))\s[-–—]\s+{_OPENS}"
)
_CAPITALS = re.compile(
    r"(?P<text>(?P<places>[A-ZÄÖÜ][A-ZÄÖÜß'’.-]{2,}(?:[\s/][A-ZÄÖÜ][A-ZÄÖÜß'’.-]+){0,3})"
    rf"{_REGION}{_DATE})\s[-–—]{{1,2}}\s+{_OPENS}"
)
_WITH_DASH = re.compile(rf"(?P<text>{_PLACES}{_REGION}{_DATE})(?:\s[–—-]\s+|\.\s?[–—-]\s+){_OPENS}")
_WITH_STOP = re.compile(rf"(?P<text>{_PLACES})\.\s+{_OPENS}")

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
        (_WITH_SIGNATURE, False),
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
        text = next(value for name in ("text", "text2", "text3") if (value := groups.get(name)))
        body = paragraph[match.end() :].lstrip()
        if len(text) > MAX_CHARS or not body:
            continue
        if pattern is _WITH_AGENCY:
            # „The News Agency of Nigeria (NAN) reports“ is a sentence
            sure = bool(groups["dash"] or groups["date"]) or not body[0].islower()
        sure = sure or _located(groups, capitals=pattern is _CAPITALS)
        if sure or _credible(groups, capitals=pattern is _CAPITALS, text=body + " " + rest):
            return text.rstrip(" ,"), body
    return None, paragraph


def _located(groups: dict[str, str | None], *, capitals: bool) -> bool:
    """Whether a state, canton or date beside the place leaves no doubt: ``HINTON, Alta. —``, ``Meyrin GE –``."""
    region = groups.get("region")
    if not capitals and re.search(rf"\s{_CANTON}$", groups["places"] or ""):
        return True
    if groups.get("date") and capitals:
        return True
    return region is not None and (capitals or region.endswith("."))


def _credible(groups: dict[str, str | None], *, capitals: bool, text: str) -> bool:
    parts = [part.strip() for part in re.sub(r"\s\([^()]*\)", "", groups["places"] or "").split("/")]
    sign = groups.get("sign")
    if sign is not None and (sign.lower() in PARTIES or sign.isdigit()):
        return False
    if any(part.upper() in NOT_PLACES for part in parts):
        return False
    if any(part.lower() in known_places() for part in parts) or (
        sign is not None and re.search(r"\w\.[a-zA-Z]{2,4}$", sign)
    ):
        return True
    name = parts[0]
    if len(name) < 4:
        return False
    spelt = re.escape(name.title() if capitals else name)
    before = r"(?:in|aus|nach|nahe|bei|near|from|outside|around|um|von|to)"
    return re.search(rf"\b{before}\s{spelt}\b|\b{spelt}er\b", text) is not None
