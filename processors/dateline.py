"""The opening of a report taken apart: „BERLIN/PARIS (dpa)“, „Genf, 10. Januar (AFP/Reuters)“, „WASHINGTON, Jan 5“."""

from __future__ import annotations

import re

from contracts.messages import Dateline

_AGENCIES = re.compile(r"\(([^()]{1,60})\)")
_MONTHS = (
    r"jan(?:uar|uary|\.)?|jänner|feb(?:ruar|ruary|\.)?|mär(?:z|\.)|mar(?:ch|\.)?|apr(?:il|\.)?|mai|may|jun[ie]?|jul[iy]?|"
    r"aug(?:ust|\.)?|sept?(?:ember|\.)?|okt(?:ober|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|de[zc](?:ember|\.)?"
)
_DATE = re.compile(
    rf"(?:\b\d{{1,2}}\.?\s*(?:{_MONTHS})(?:\s+\d{{4}})?|\b(?:{_MONTHS})\s+\d{{1,2}}(?:,?\s+\d{{4}})?|"
    r"\b\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?)(?!\w)",
    re.IGNORECASE,
)
_EDGES = " \t,;:/–—-"

_KNOWN_AGENCIES = frozenset(
    "dpa afp ap reuters rtr apa sda keystone-sda kna epd sid dts ddp dapd ots pa efe ansa upi xinhua tass bloomberg "
    "dpa-afx".split()
)


def parse(text: str | None) -> Dateline | None:
    """Places, agencies and date as printed; None without a dateline."""
    rest = " ".join((text or "").split())
    whole = rest.strip(_EDGES)
    if not whole:
        return None
    agencies: list[str] = []
    for group in _AGENCIES.findall(rest):
        names = [name.strip() for name in re.split(r"[/,;]| und | and ", group) if name.strip()]
        # „Frankfurt (Oder)“ and „Halle (Saale)“ keep their brackets: an agency is known, or an abbreviation.
        if names and all(_is_agency(name) for name in names):
            agencies.extend(names)
            rest = rest.replace(f"({group})", " ")
    date = _DATE.search(rest)
    if date:
        rest = rest.replace(date.group(), " ")
    places = (_cased(place.strip(_EDGES + ".")) for place in re.split(r"[/;,]|\s[–—-]\s", rest))
    return Dateline(
        text=whole,
        places=tuple(dict.fromkeys(place for place in places if place)),
        agencies=tuple(dict.fromkeys(agencies)),
        date=date.group() if date else None,
    )


def _is_agency(name: str) -> bool:
    return name.lower() in _KNOWN_AGENCIES or (name.islower() and len(name) <= 8) or (name.isupper() and len(name) <= 5)


def _cased(place: str) -> str:
    """``BERLIN`` as Berlin; short capitals stay, they are abbreviations."""
    if len(place) > 3 and place.isupper():
        return re.sub(r"[^\W\d_]+", lambda word: word.group().capitalize(), place)
    return place
