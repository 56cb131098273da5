"""Links the places of an article to GeoNames and ISO 3166-1, and tells which countries the article is about.

A name that several places bear is decided by what stands beside it, by the regions and countries the article speaks of,
and by size. What remains doubtful stays without a link.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from contracts.messages import Entity, Field, Link
from processors.enrichment.demonyms import count_demonyms
from processors.enrichment.gazetteer import Gazetteer, Place, fold, gazetteer
from processors.enrichment.inflection import nominative

PRIMARY_BONUS = 0.5
"""For the town's own name against an exonym, in powers of ten of inhabitants, as all the weights."""
CAPITAL_BONUS = 1.0
COUNTRY_BONUS = 1.5
REGION_BONUS = 3.0
WORD_BONUS = 1.5
"""For a region whose name stands somewhere in the text, perhaps in another's name."""
BESIDE_BONUS = 5.0
HOME_BONUS = {"de": {"DE": 1.5, "AT": 0.7, "CH": 0.7, "LI": 0.5, "LU": 0.5}, "en": {"US": 0.5, "GB": 0.5}}
CLEAR_LEAD = 0.7
"""How far the best candidate must lead the next to be believed."""

_BESIDE = re.compile(
    r"(?:,? \(?|, |/)(?:(?:im|in|in der|in the|at the) )?(?:(?:US-)?(?:Bundesstaat|Bundesland|Staat|Kanton"
    r"|Landkreis|Provinz|state of) )?"
    r"(?P<name>[A-ZÄÖÜ][\w.-]*(?: [A-ZÄÖÜ][\w.-]*){0,2})"
)


_CAPITALISED = re.compile(r"[A-ZÄÖÜ][\w-]{3,}")


@dataclass
class _Article:
    """What the whole article says about where it plays."""

    text: str
    language: str
    table: Gazetteer
    countries: Counter[str] = field(default_factory=Counter)
    regions: set[tuple[str, str]] = field(default_factory=set)
    words: set[tuple[str, str]] = field(default_factory=set)


def link_places(entities: Sequence[Entity], language: str, texts: Mapping[Field, str]) -> tuple[Entity, ...]:
    """The entities, the places among them with their links; places with the same link become one.

    Args:
        entities: folded.
        language: BCP 47, the article's own.
        texts: the texts the mentions stand in.
    """
    table = gazetteer()
    article = _Article("\n".join(texts.values()), language.partition("-")[0].lower(), table)
    places = [index for index, entity in enumerate(entities) if entity.label == "LOC"]
    article.countries = count_demonyms(texts, language, ())
    for word in {match[0] for match in _CAPITALISED.finditer(article.text)}:
        article.words.update(table.divisions.get(word.casefold(), ()))
    links: dict[int, Link | None] = {}
    for index in places:
        name = entities[index].name
        iso = _country(name, article)
        if iso is not None:
            article.countries[iso] += entities[index].count
        article.regions.update(table.divisions.get(fold(name), ()))
    for attempt in range(2):  # What the first round has settled is evidence for the second.
        for index in places:
            if links.get(index) is None:
                links[index] = entities[index].link or _link(entities[index], article, texts)
        if attempt == 0:
            for index in places:
                link = links[index]
                if link is not None and link.country is not None and link.id.startswith("geonames:"):
                    article.countries[link.country] += 1
    return _merged(
        [
            msgspec.structs.replace(entity, link=links[index]) if links.get(index) else entity
            for index, entity in enumerate(entities)
        ]
    )


def countries(entities: Sequence[Entity], texts: Mapping[Field, str], language: str) -> tuple[str, ...]:
    """ISO 3166-1 codes of the countries the article speaks of, the most often named first.

    Places count for their country, and so do the words for peoples: „russische“ counts as Russia.
    """
    table = gazetteer()
    found: Counter[str] = Counter()
    for entity in entities:
        if entity.label != "LOC":
            continue
        code = entity.link.country if entity.link is not None else None
        code = code or table.parts.get(fold(entity.name)) or table.parts.get(fold(nominative(entity.name)))
        if code is not None:
            found[code] += entity.count
    spans = [mention for entity in entities for mention in entity.mentions]
    found.update(count_demonyms(texts, language, spans))
    return tuple(code for code, _ in found.most_common())


def _merged(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Two names of one place are one entity: the first, with the other's mentions."""
    first: dict[str, int] = {}
    kept: list[Entity] = []
    for entity in entities:
        link = entity.link
        if entity.label == "LOC" and link is not None and link.id in first:
            at = first[link.id]
            other = kept[at]
            mentions = tuple(
                sorted((*other.mentions, *entity.mentions), key=lambda m: (m.field != "headline", m.start))
            )
            aliases = dict.fromkeys((*other.aliases, entity.name, *entity.aliases))
            aliases.pop(other.name, None)
            kept[at] = msgspec.structs.replace(other, mentions=mentions, aliases=tuple(aliases))
            continue
        if entity.label == "LOC" and link is not None:
            first[link.id] = len(kept)
        kept.append(entity)
    return tuple(kept)


def _country(name: str, article: _Article) -> str | None:
    """The country of that name, unless a region bears it too and nothing tells."""
    iso = article.table.country_of(name)
    if iso is None or fold(name) not in article.table.regions:
        return iso
    if article.language == "de" and article.table.countries[iso].name_de.casefold() != name.casefold():
        return None
    return iso if _hinted_region(name, article) == iso else None


def _hinted_region(name: str, article: _Article) -> str | None:
    """Which country's the name is, by the words in the article; None if they say nothing or both."""
    votes = Counter(
        {
            hint.region: sum(word in article.text for word in hint.words)
            for hint in article.table.hints.get(fold(name), ())
            if hint.region
        }
    )
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] == 0 or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return None
    return ranked[0][0]


def _link(entity: Entity, article: _Article, texts: Mapping[Field, str]) -> Link | None:
    table, name = article.table, entity.name
    preferred = _preferred(name, article)
    if preferred is not None:
        return _as_link(preferred)
    iso = _country(name, article)
    if iso is not None:
        country = table.countries.get(iso)
        shown = None if country is None else country.name_de if article.language == "de" else country.name_en
        return Link(id=f"iso3166-1:{iso}", name=shown, country=iso)
    region = table.regions.get(fold(name))
    if region is not None:
        ambiguous = table.country_of(name) is not None
        if not ambiguous or article.language == "de" or _hinted_region(name, article) == region.country:
            return _as_link(region)
        return None
    town = _town(entity, article, texts)
    return _as_link(town) if town is not None else None


def _preferred(name: str, article: _Article) -> Place | None:
    for preference in article.table.preferences.get(fold(name), ()):
        if preference.language not in (None, article.language):
            continue
        if not any(word in article.text for word in preference.unless):
            return article.table.place(preference.id)
        if preference.instead is not None:
            return article.table.place(preference.instead)
    for hint in article.table.hints.get(fold(name), ()):
        told = any(word in article.text for word in hint.words) and not any(
            word in article.text for word in hint.unless
        )
        if hint.id is not None and told:
            return article.table.place(hint.id)
    return None


def _beside(entity: Entity, texts: Mapping[Field, str], table: Gazetteer) -> set[tuple[str, str | None]]:
    """The regions and countries that stand directly after the name: „Paris, Texas“, „Halle (Westfalen)“."""
    found: set[tuple[str, str | None]] = set()
    for mention in entity.mentions[:10]:
        match = _BESIDE.match(texts[mention.field], mention.end)
        if match is None:
            continue
        words = match["name"].split(" ")
        for name in (match["name"].rstrip("."), *(" ".join(words[:count]) for count in range(1, len(words) + 1))):
            found.update(table.divisions.get(fold(name), ()))
            iso = table.country_of(name)
            if iso is not None:
                found.add((iso, None))
    return found


def _town(entity: Entity, article: _Article, texts: Mapping[Field, str]) -> Place | None:
    table = article.table
    name, _, qualifier = entity.name.partition(", ")
    if fold(name) in table.not_towns:
        return None
    beside = _beside(entity, texts, table) | set(table.divisions.get(fold(qualifier), ()) if qualifier else ())
    candidates: dict[int, tuple[float, Place]] = {}
    for bonus, towns in ((PRIMARY_BONUS, table.towns(name)), (0.0, table.exonyms(name))):
        for place in towns:
            score = bonus + _score(place, article, beside)
            if place.id not in candidates or candidates[place.id][0] < score:
                candidates[place.id] = (score, place)
    ranked = sorted(candidates.values(), key=lambda pair: -pair[0])
    if not ranked:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < CLEAR_LEAD:
        return None
    return ranked[0][1]


def _score(place: Place, article: _Article, beside: set[tuple[str, str | None]]) -> float:
    """How likely the town is meant, in powers of ten of inhabitants."""
    score = math.log10(place.population + 10)
    country = place.country or ""
    if (country, fold(place.name)) in article.table.capitals:
        score += CAPITAL_BONUS
    if article.countries.get(country, 0) > 0:
        score += COUNTRY_BONUS
    elif (home := HOME_BONUS.get(article.language)) is not None:
        score += home.get(country, 0.0)
    if (country, place.region) in article.regions:
        score += REGION_BONUS
    elif (country, place.region) in article.words:
        score += WORD_BONUS
    if (country, place.region) in beside or (country, None) in beside:
        score += BESIDE_BONUS
    return score


def _as_link(place: Place) -> Link:
    return Link(id=f"geonames:{place.id}", name=place.name, country=place.country, lat=place.lat, lon=place.lon)
