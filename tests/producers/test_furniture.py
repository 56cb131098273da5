"""What a site puts around an article is told from what the article says."""

from __future__ import annotations

import pytest

from producers.dates import zone
from producers.furniture import leftover
from producers.textfile import parse

FURNITURE = """
Startseite > Politik > Ausland
Home » News
Lesen Sie auch: So teuer wird der Sommer
Lesen Sie mehr dazu
Mehr zum Thema
Mehr zum Thema: Was die Rente kostet
Auch interessant
Newsletter abonnieren
Jetzt kostenlos anmelden
Teilen auf Facebook Twitter WhatsApp
Auf Facebook teilen
Artikel drucken
12 Kommentare
Kommentare (12)
Link kopieren
[ Nach oben ]
© dpa-infocom, dpa:260312-930-812345/2
dpa:260312-930-812345/2
Alle Rechte vorbehalten.
APA0123 5 AI 0345                                   Do, 12.Mär 2026
AXC0123 2026-03-12/09:14
BC-US--Storm, 3rd Ld-Writethru,450
(Schluss) xyz/abc
Unfälle/Tirol/Lawinen
READ MORE: Why petrol prices are rising
Read more
Related: How the vote works
Share this article
Share on Facebook
Sign up to our newsletter
Sign up for The Guardian's morning newsletter
Copyright 2026 The Associated Press. All rights reserved.
Most read
Back to top
Skip to main content
Anzeige
""".strip().splitlines()

TEXT = """
Lesen Sie auch zwischen den Zeilen. Das raten Fachleute seit Jahren.
Mehr zum Thema Rente berät der Bundestag am Freitag.
Teilen ist das neue Haben
Kommentare aus Moskau blieben zunächst aus.
Startseite der Partei zeigt Merz
Video zeigt den Unfall: Zwei Autos stießen zusammen. Niemand wurde verletzt.
Watch: The eating contest starts at 3 p.m. Sunday. Last year’s winner finished 14 raw jalapeños.
Share prices fell in London and New York on Monday.
Sign up was quick, said Maria Lopez.
© dpa München - Über 2500 Beschäftigte im öffentlichen Dienst haben am Dienstag demonstriert.
Related cases were found in Ohio.
Krieg > Frieden
Deeskalation statt Eskalation
Frankfurt / Main / Offenbach
Printed books sell again
ISO9001 für die Stadtwerke
EUR1000 Belohnung ausgesetzt
CDU/CSU
Berlin/Moskau
""".strip().splitlines()


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_seen(line: str) -> None:
    assert leftover(line) == line.strip("[] " if line == "Anzeige" else None)


@pytest.mark.parametrize("line", TEXT)
def test_text_is_text(line: str) -> None:
    assert leftover(line) is None


def test_an_article_is_found_between_its_furniture() -> None:
    text = "\n\n".join(
        [
            "12.03.2026, 18:04 Uhr – ANZEIGE\nStartseite > Politik > Ausland",
            "Selenskyj in Berlin: Merz sagt Hilfe zu",
            "Von Anna Schmidt, Berlin",
            "Berlin (dpa) - Kanzler Friedrich Merz hat am Donnerstag weitere Hilfe zugesagt.",
            "Lesen Sie auch: So teuer wird der Sommer",
            "Selenskyj dankte ihm dafür.",
            "Mehr zum Thema",
            "Teilen auf Facebook Twitter WhatsApp",
        ]
    )
    parsed = parse(text, zone("Europe/Berlin"))
    assert parsed.headline == "Selenskyj in Berlin: Merz sagt Hilfe zu"
    assert parsed.byline == "Von Anna Schmidt, Berlin"
    assert [block.text for block in parsed.blocks] == [
        "Kanzler Friedrich Merz hat am Donnerstag weitere Hilfe zugesagt.",
        "Selenskyj dankte ihm dafür.",
    ]
    assert parsed.stripped == (
        "ANZEIGE",
        "Startseite > Politik > Ausland",
        "Lesen Sie auch: So teuer wird der Sommer",
        "Mehr zum Thema",
        "Teilen auf Facebook Twitter WhatsApp",
    )
