"""Headlines are short, and names outweigh their words: they lean to the house's languages, and longer texts do not."""

from __future__ import annotations

import pytest

from processors.language import SHORT_CHARS, LanguageDetector

DETECTOR = LanguageDetector(("de", "en", "fr", "es", "it", "nl"))

GERMAN = (
    "Angela Merkel traf in Paris Emmanuel Macron.",
    "kein Text",
    "Scholz trifft Macron in Berlin",
    "Bundestag debattiert Haushalt",
    "DAX schließt im Plus",
    "Bayern besiegt Dortmund",
    "Kabinett billigt Rentenpaket",
    "Sturm legt Bahnverkehr lahm",
    "Inflation sinkt auf 2,1 Prozent",
    "Streik bei der Lufthansa",
    "Habeck kündigt Rücktritt an",
    "Tote nach Unfall auf A7",
    "EZB senkt Leitzins",
    "Union fordert Neuwahlen",
    "Waldbrand in Brandenburg",
    "Olaf Scholz in Kiew",
    "VW streicht Stellen",
    "Prozess gegen Trump vertagt",
    "Ukraine meldet Drohnenangriff",
    "Polizei nimmt Verdächtigen fest",
)
ENGLISH = (
    "Biden meets Macron in Paris",
    "Trump wins Iowa",
    "Fed cuts rates",
    "Stocks slip on Wall Street",
    "Apple unveils new iPhone",
    "Storm hits Florida coast",
    "UK inflation falls to 2.1%",
    "Two dead in Texas crash",
    "Senate passes budget bill",
    "Oil prices rise",
    "Arsenal beat Chelsea",
    "Police arrest suspect",
    "Ukraine reports drone attack",
    "Boeing strike ends",
    "Court delays Trump trial",
    "Ireland votes",
    "Tesla shares drop",
    "King Charles visits Kenya",
)
UNSURE = ("no text", "Zelenskyj in Rom", "Roma, Milano, Napoli", "Paris")
OTHERS = {
    "fr": (
        "Le président de la République a rencontré la chancelière allemande à Paris pour parler de l'Europe.",
        "Le gouvernement a annoncé mardi une hausse du salaire minimum.",
        "Les députés ont adopté la réforme des retraites.",
        "La France bat l'Italie en finale",
        "Grève à la SNCF",
    ),
    "es": (
        "El presidente del Gobierno anunció este martes nuevas medidas contra la inflación.",
        "Los trabajadores del metro irán a la huelga el próximo lunes en Madrid.",
        "El Real Madrid gana la Liga de Campeones",
        "La policía detiene a dos sospechosos",
    ),
    "it": (
        "Il presidente del Consiglio ha incontrato ieri a Roma la cancelliera tedesca.",
        "Lo sciopero dei treni blocca il paese per tutta la giornata di venerdì.",
        "La polizia ha arrestato due sospetti",
        "Il governo approva la manovra",
    ),
    "nl": (
        "De minister-president heeft dinsdag in Den Haag nieuwe maatregelen aangekondigd.",
        "De politie heeft twee verdachten aangehouden na een inbraak in Utrecht.",
        "Het kabinet wil de belastingen verlagen",
        "Ajax wint van Feyenoord na verlenging",
    ),
}
CASES = [
    *((text, "de") for text in GERMAN),
    *((text, "en") for text in ENGLISH),
    *((text, "und") for text in UNSURE),
    *((text, language) for language, texts in OTHERS.items() for text in texts),
]


@pytest.mark.parametrize(("text", "language"), CASES, ids=lambda value: value[:24])
def test_headlines_lean_to_the_languages_of_the_house_and_sentences_keep_theirs(text: str, language: str) -> None:
    assert DETECTOR.detect(text)[0] == language


def test_an_english_sentence_of_names_is_at_least_not_dutch() -> None:
    assert DETECTOR.detect("Angela Merkel met Emmanuel Macron in Paris.")[0] in {"de", "en", "und"}


def test_the_house_is_whatever_languages_come_first() -> None:
    assert LanguageDetector(("nl", "de", "en")).detect("Waldbrand in Brandenburg")[0] in {"nl", "de"}
    assert LanguageDetector(("nl", "fr", "de", "en", "es", "it")).detect("Biden meets Macron in Paris")[0] == "nl"


def test_a_longer_text_is_decided_by_its_words_alone() -> None:
    text = "Ajax wint van Feyenoord na verlenging in de laatste minuut van de wedstrijd"
    assert len(text) > SHORT_CHARS
    front, back = LanguageDetector(("de", "en", "nl")), LanguageDetector(("nl", "de", "en"))
    assert front.detect(text) == back.detect(text)
