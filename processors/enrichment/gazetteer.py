"""The packaged gazetteer: towns, regions and countries with their names, and the words for their people.

Data: GeoNames (CC BY 4.0) and CLDR, see ``build_gazetteer``; the tables of exceptions are ours. Read on first use.
"""

from __future__ import annotations

import gzip
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

_DATA = files("processors") / "data"


@dataclass(frozen=True, slots=True)
class Place:
    """A town or a region.

    Attributes:
        id: GeoNames.
        country: ISO 3166-1 alpha-2.
        region: GeoNames' code of the first-order division.
        population: 0 if unknown; of regions unknown.
    """

    id: int
    name: str
    country: str | None
    region: str
    lat: float | None
    lon: float | None
    population: int = 0


@dataclass(frozen=True)
class Country:
    """A country with its names and its people's."""

    iso: str
    name_de: str
    name_en: str


@dataclass(frozen=True)
class Hint:
    """Words in an article that tell which of several namesakes is meant."""

    id: int | None
    region: str | None
    words: tuple[str, ...]
    unless: tuple[str, ...]


@dataclass(frozen=True)
class Preference:
    """The town that a bare name means unless certain words say otherwise."""

    id: int
    language: str | None
    unless: tuple[str, ...]
    instead: int | None


@dataclass
class Gazetteer:
    """All the tables, by name; names are looked up folded (see ``fold``)."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    by_id: dict[int, str] = field(default_factory=dict)
    other_names: dict[str, list[str]] = field(default_factory=dict)
    regions: dict[str, Place] = field(default_factory=dict)
    divisions: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    countries: dict[str, Country] = field(default_factory=dict)
    country_names: dict[str, str] = field(default_factory=dict)
    capitals: frozenset[tuple[str, str]] = frozenset()
    parts: dict[str, str] = field(default_factory=dict)
    not_towns: frozenset[str] = frozenset()
    hints: dict[str, list[Hint]] = field(default_factory=dict)
    preferences: dict[str, list[Preference]] = field(default_factory=dict)

    def towns(self, name: str) -> list[Place]:
        """The towns of that very name, the largest first."""
        return sorted((_place(row) for row in self.rows.get(fold(name), ())), key=lambda place: -place.population)

    def exonyms(self, name: str) -> list[Place]:
        """The big towns that are called so in some language, the largest first."""
        rows = dict.fromkeys(self.other_names.get(fold(name), ()))
        return sorted((_place(row) for row in rows), key=lambda place: -place.population)

    def place(self, number: int) -> Place | None:
        """The town with a GeoNames id."""
        row = self.by_id.get(number)
        return _place(row) if row is not None else None

    def country_of(self, name: str) -> str | None:
        """ISO code of the country of that name, in German or English."""
        return self.country_names.get(fold(name))


def fold(name: str) -> str:
    """The form names are compared in: without case, a hyphen as a space, ß as ss, „Sankt“ and „Saint“ as „St.“."""
    form = name.casefold().replace("-", " ").replace("’", "'").strip()
    return re.sub(r"^(?:sankt|saint|st\.?) (?=\w)", "st. ", form) if form.startswith("s") else form


def _place(row: str) -> Place:
    number, name, country, region, lat, lon, population, _ = row.split("\t")
    return Place(int(number), name, country, region, float(lat), float(lon), int(population))


def _lines(name: str) -> Iterator[list[str]]:
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


_TOWN_TITLE = re.compile(r"^(?:Universitäts- und )?(?:Hansestadt|Lutherstadt) | Lutherstadt$")


def _read_towns(table: Gazetteer) -> None:
    packed = gzip.decompress((_DATA / "places.tsv.gz").read_bytes()).decode("utf-8")
    for row in packed.split("\n"):
        number, name, _, _, _, _, _, others = row.split("\t")
        table.by_id[int(number)] = row
        name = _TOWN_TITLE.sub("", name)
        forms = {fold(name), *(fold(name.partition(mark)[0]) for mark in (" (", "/", ","))}
        for form in forms:
            table.rows.setdefault(form, []).append(row)
        for other in filter(None, others.split("|")):
            table.other_names.setdefault(fold(other), []).append(row)


def _read_countries(table: Gazetteer) -> None:
    capitals = set()
    for iso, name_de, name_en, others, capital in _lines("countries.tsv"):
        capitals.add((iso, fold(capital)))
        table.countries[iso] = Country(iso, name_de or name_en, name_en)
        for name in filter(None, (name_de, name_en, *others.split("|"))):
            table.country_names.setdefault(fold(name), iso)
    table.capitals = frozenset(capitals)
    for row in _lines("demonyms.tsv"):
        for name in filter(None, row[4].split("|") if len(row) > 4 else ()):
            table.country_names[fold(name)] = row[0]


def _read_regions(table: Gazetteer) -> None:
    for number, country, lat, lon, code, names in _lines("regions.tsv"):
        forms = names.split("|")
        place = Place(int(number), forms[0], None if country == "-" else country, code, float(lat), float(lon))
        for name in forms:
            table.regions[fold(name)] = place
            if country != "-":
                table.divisions.setdefault(fold(name), []).append((country, code))
    for number, code, names in _lines("us_states.tsv"):
        forms = names.split("|")
        place = Place(int(number), forms[0], "US", code, None, None)
        for name in forms:
            table.divisions.setdefault(fold(name), []).append(("US", code))
            table.regions.setdefault(fold(name), place)


def _read_exceptions(table: Gazetteer) -> None:
    exceptions = tomllib.loads((_DATA / "places.toml").read_text(encoding="utf-8"))
    lines = exceptions["not_towns"].split("\n")
    table.not_towns = frozenset(fold(word) for line in lines for word in line.split()) | {
        fold(name) for name in exceptions.get("not_towns_long", ())
    }
    table.parts = {fold(name): iso for name, iso in exceptions["parts"].items()}
    for name, (town, country) in exceptions["exonyms"].items():
        rows = [row for row in table.rows.get(fold(town), ()) if _place(row).country == country]
        largest = max(rows, key=lambda row: _place(row).population, default=None)
        if largest is not None:
            table.other_names.setdefault(fold(name), []).append(largest)
    for hint in exceptions["hint"]:
        entry = Hint(hint.get("id"), hint.get("region"), tuple(hint["words"]), tuple(hint.get("unless", ())))
        table.hints.setdefault(fold(hint["name"]), []).append(entry)
    for row in exceptions["prefer"]:
        preference = Preference(row["id"], row.get("language"), tuple(row.get("unless", ())), row.get("instead"))
        table.preferences.setdefault(fold(row["name"]), []).append(preference)


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The packaged gazetteer, read once."""
    table = Gazetteer()
    _read_towns(table)
    _read_countries(table)
    _read_regions(table)
    _read_exceptions(table)
    return table


def is_place(name: str) -> bool:
    """Is there a town, region or country of that name?"""
    table = gazetteer()
    form = fold(name)
    return form in table.rows or form in table.country_names or form in table.regions or form in table.other_names
