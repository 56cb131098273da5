"""Datelines are split off, sentences are left alone."""

from __future__ import annotations

import pytest

from producers.dateline import split_dateline


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("Wilmington. Zum zweiten Mal haben", "Wilmington"),
        ("BERLIN (dpa) - Der Kanzler sagt ja.", "BERLIN (dpa)"),
        ("Washington/Moskau (AFP) – Der Präsident sagt", "Washington/Moskau (AFP)"),
        ("LONDON, Jan 5 (Reuters) - The bank said", "LONDON, Jan 5 (Reuters)"),
        ("Frankfurt am Main (dpa/lhe) - Ein Mann", "Frankfurt am Main (dpa/lhe)"),
        ("Halle (Saale) (dpa/sa) - Ein Mann", "Halle (Saale) (dpa/sa)"),
        ("Berlin, 30. Dezember (dpa) - Der Rat", "Berlin, 30. Dezember (dpa)"),
        ("BERLIN taz | Die Partei", "BERLIN taz"),
        ("PARIS — The president", "PARIS"),
        ("KYIV, Ukraine — Russia", "KYIV, Ukraine"),
        ("WASHINGTON, D.C. (AP) — Joe", "WASHINGTON, D.C. (AP)"),
        ("St. Gallen. Der Kanton", "St. Gallen"),
        ("München – Der FC", "München"),
        ("(dpa) - Der Rat", "(dpa)"),
        ("(ANSA) – JUBA, FEB 5 – Some had walked", "(ANSA) – JUBA, FEB 5"),
        ("HINTON, Alta. — A wildfire", "HINTON, Alta."),
        ("Corner Brook, N.L. – The police", "Corner Brook, N.L."),
        ("Meyrin GE – Applaus und Sekt", "Meyrin GE"),
        ("Sulzberg (VOL.AT) – Nach der Debatte", "Sulzberg (VOL.AT)"),
        ("Saarbrücken (rad-net) - Vier Etappen", "Saarbrücken (rad-net)"),
        ("Scharm el-Scheich (Reuters) – Drei Tage", "Scharm el-Scheich (Reuters)"),
        ("Prayagraj, Jan 14 (PTI) Braving cold", "Prayagraj, Jan 14 (PTI)"),
        ("Bajo Chiquito (Panama), Sep 5 (EFE).- The canoes", "Bajo Chiquito (Panama), Sep 5 (EFE)"),
        ("LARNACA, Wednesday – The children", "LARNACA, Wednesday"),
        ("Navrongo (U/E), Nov. 9, GNA – Pupils", "Navrongo (U/E), Nov. 9, GNA"),
    ],
)
def test_a_dateline_is_split_off(text: str, dateline: str) -> None:
    found, rest = split_dateline(text)
    assert found == dateline
    assert text.startswith(dateline)
    assert text.endswith(rest)


@pytest.mark.parametrize(
    "text",
    [
        "Olaf Scholz (SPD) - der Kanzler - sagt",
        "NATO – Das Bündnis",
        "Katastrophe. Das war es",
        "Dr. Müller sagt",
        "Präsident Joe Biden. Das",
        "Am Montag. Dann",
        "Die Stadt Berlin. Sie wächst",
        "VIDEO - The president",
        "The News Agency of Nigeria (NAN) reports",
        "Robert Lewandowski (Bayern) – Er traf zweimal",
        "Angela Merkel (67) – Eine Bilanz",
        "Joe Biden, Präsident. Das war",
        "Der Kanzler – Er schwieg",
        "Am 3. Mai – Es regnete",
        "Berlin.",
        "",
    ],
)
def test_a_sentence_is_left_alone(text: str) -> None:
    assert split_dateline(text) == (None, text)


def test_an_unknown_place_is_believed_if_the_text_speaks_of_it() -> None:
    assert split_dateline("Kleinkleckersdorf. Das Fest in Kleinkleckersdorf fällt aus.")[0] == "Kleinkleckersdorf"
    assert split_dateline("Kleinkleckersdorf. Das Fest fällt aus.")[0] is None
