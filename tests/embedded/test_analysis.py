"""The analysis plugin gives German and English text the stems that a full cluster gives it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

FILTERS = {
    "german_stop": {"type": "stop", "stopwords": "_german_"},
    "german_stem": {"type": "stemmer", "language": "light_german"},
    "english_stop": {"type": "stop", "stopwords": "_english_"},
    "english_stem": {"type": "stemmer", "language": "english"},
    "english_possessive": {"type": "stemmer", "language": "possessive_english"},
    "folding_keep": {"type": "asciifolding", "preserve_original": True},
    "french": {"type": "elision", "articles": ["l", "d"], "articles_case": True},
    "short": {"type": "length", "min": 2, "max": 4},
}


def call(url: str, method: str, body: object = None) -> dict[str, object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, object] = json.load(response)
    return answer


@pytest.fixture(scope="module")
def index(elasticsearch: str) -> Iterator[str]:
    url = f"{elasticsearch}/analysis-{uuid.uuid4().hex}"
    call(url, "PUT", {"settings": {"number_of_replicas": 0, "analysis": {"filter": FILTERS}}})
    yield url
    call(url, "DELETE")


def tokens(index: str, text: str, *filters: str) -> list[str]:
    answer = call(f"{index}/_analyze", "POST", {"tokenizer": "standard", "filter": list(filters), "text": text})
    found = answer["tokens"]
    assert isinstance(found, list)
    return [str(token["token"]) for token in found]


GERMAN = ("lowercase", "german_stop", "german_normalization", "german_stem")
ENGLISH = ("english_possessive", "lowercase", "english_stop", "english_stem")


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Häuser", ["haus"]),
        ("Haus", ["haus"]),
        ("die Häuser der Präsidenten in den ukrainischen Städten", ["haus", "prasident", "ukrainisch", "stadt"]),
        ("Straße Strasse STRASSEN", ["strass", "strass", "strass"]),
        ("Goethe Mueller Müller", ["goth", "mull", "mull"]),
    ],
)
def test_german_words_meet_in_one_stem(index: str, text: str, stems: list[str]) -> None:
    assert tokens(index, text, *GERMAN) == stems


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("The presidents' houses", ["presid", "hous"]),
        ("Ukraine's cities are burning", ["ukrain", "citi", "burn"]),
    ],
)
def test_english_words_meet_in_one_stem(index: str, text: str, stems: list[str]) -> None:
    assert tokens(index, text, *ENGLISH) == stems


def test_other_filters_work_under_their_usual_names(index: str) -> None:
    assert tokens(index, "Çelik", "lowercase", "asciifolding") == ["celik"]
    assert tokens(index, "Çelik", "lowercase", "folding_keep") == ["celik", "çelik"]
    assert tokens(index, "l'avion d'or", "french") == ["avion", "or"]
    assert tokens(index, "a bc defg hijkl", "short") == ["bc", "defg"]
    assert tokens(index, "eins zwei", "trim", "remove_duplicates") == ["eins", "zwei"]


def test_an_unknown_stemmer_is_refused_when_the_index_is_made(elasticsearch: str) -> None:
    filters = {"klingon": {"type": "stemmer", "language": "klingon"}}
    analyzer = {"k": {"type": "custom", "tokenizer": "standard", "filter": ["klingon"]}}
    url = f"{elasticsearch}/analysis-{uuid.uuid4().hex}"
    with pytest.raises(urllib.error.HTTPError):
        call(url, "PUT", {"settings": {"analysis": {"filter": filters, "analyzer": analyzer}}})
