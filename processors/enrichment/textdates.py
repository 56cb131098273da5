"""Finds date expressions in German and English news and resolves them against the publication date.

Every language is a table of rules (``dategrammar_de``, ``dategrammar_en``): a regular expression of bounded length
and a function from its groups to an ISO value. All the rules of a language are scanned for in one pass.

A reference that is only known to the month or the year is honestly taken as the interval it is: an expression is
resolved against both of its ends, and left out if they disagree. So „10. Januar" can be told from 2021-12 alone,
„am Donnerstag" cannot.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.messages import DateClaim, DateMention, Field, Mention
from processors.enrichment import calendar, dategrammar_de, dategrammar_en
from processors.enrichment.daterules import Context, Grammar, Rule, UnresolvableError
from processors.enrichment.tense import Cues

MOST_MENTIONS = 1000
"""Where to stop: a text with more date expressions is a table, and must not cost a second."""

_HOME_ZONE = {"de": ZoneInfo("Europe/Berlin")}
"""Where a language's news is dated; used for instants given in UTC, whose local day is otherwise unknown."""


def _interval(claim: DateClaim | None, language: str) -> tuple[date | None, date | None]:
    """First and last day that the publication date may be."""
    if claim is None:
        return None, None
    try:
        if len(claim.value) > len("0000-00-00"):
            moment = datetime.fromisoformat(claim.value)
            zone = _HOME_ZONE.get(language)
            if zone is not None and moment.tzinfo is not None and not moment.utcoffset():
                moment = moment.astimezone(zone)
            first = last = moment.date()
        else:
            first = last = claim.earliest().date()
    except ValueError:
        return None, None
    if claim.precision == "month":
        first = first.replace(day=1)
        last = calendar.last_day(first.year, first.month)
    elif claim.precision == "year":
        first, last = date(first.year, 1, 1), date(first.year, 12, 31)
    return first, last


def _resolve(rule: Rule, match: re.Match[str], contexts: tuple[Context, ...]) -> str | None:
    """The value on which all the possible publication days agree."""
    values = set()
    for context in contexts:
        try:
            values.add(rule.resolve(match, context))
        except UnresolvableError:
            return None
        except (ValueError, OverflowError):  # A day that no calendar has: 31. April, a year beyond 9999.
            return None
    return values.pop() if len(values) == 1 else None


def find_dates(text: str, field: Field, language: str, reference: DateClaim | None) -> tuple[DateMention, ...]:
    """Finds and resolves the date expressions of a text.

    Args:
        text: the text that offsets count in.
        field: which of the article's texts it is.
        language: BCP 47; German and English have a grammar, other languages yield ISO days only.
        reference: the publication date; without one only absolute expressions are found.

    Returns:
        The mentions in order of appearance, never overlapping.
    """
    primary = language.partition("-")[0].lower()
    grammar = _GRAMMARS.get(primary, _ISO_ONLY)
    first, last = _interval(reference, primary)
    days = (first,) if first == last else (first, last)
    anchors: list[str | None] = [None] * len(days)
    mentions: list[DateMention] = []
    position = 0
    while len(mentions) < MOST_MENTIONS and (found := grammar.next_match(text, position)) is not None:
        number, match = found
        position = match.start() + 1
        for index, candidate in grammar.matches_from(text, number, match):
            contexts = tuple(
                Context(text, candidate.start(), candidate.end(), day, anchor, grammar.cues)
                for day, anchor in zip(days, anchors, strict=True)
            )
            value = _resolve(grammar.rules[index], candidate, contexts)
            if value is None:
                continue
            group = "span" if "span" in candidate.re.groupindex and candidate["span"] is not None else 0
            start, end = candidate.span(group)
            position = max(end, position)
            mention = Mention(field=field, start=start, end=end, surface=text[start:end])
            relative = grammar.rules[index].relative
            mentions.append(
                DateMention(mention=mention, value=value, precision=calendar.precision(value), relative=relative)
            )
            if "/" not in value:
                anchors = [value] * len(days)
            break
    return tuple(mentions)


_NO_CUES = Cues(words={}, before={}, after={}, endings=(), exempt=frozenset())

_ISO_ONLY = Grammar(
    rules=(
        Rule(
            r"(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)",
            lambda m, c: calendar.day(int(m["y"]), int(m["m"]), int(m["d"])),
            relative=False,
        ),
    ),
    cues=_NO_CUES,
    starts=("1", "2"),
)

_GRAMMARS = {"de": dategrammar_de.GRAMMAR, "en": dategrammar_en.GRAMMAR}
