"""Folding of names, repair of mentions, roles and the user's own lexicon."""

from __future__ import annotations

import pytest

from contracts.errors import ConfigError
from processors.enrichment import lexicon
from processors.enrichment.inflection import nominative
from processors.enrichment.namerepair import repair_mentions
from processors.enrichment.names import fold_entities
from processors.enrichment.places import countries, link_places
from processors.enrichment.roles import role_before
from tests.processors.enrichment.enrichment_gold import unmark


def folded(marked: str, language: str = "de", table: lexicon.Lexicon | None = None) -> dict[str, int]:
    text = unmark(marked)
    return {e.name: e.count for e in fold_entities(text.mentions, {"body_text": text.text}, language, table)}


def repaired(marked: str, language: str = "de") -> list[str]:
    text = unmark(marked)
    pairs = repair_mentions(text.mentions, {"body_text": text.text}, language)
    assert all(m.surface == text.text[m.start : m.end] for _, m in pairs)
    return [f"{label} {mention.surface}" for label, mention in pairs]


def test_all_forms_of_a_person_are_one_with_one_name():
    marked = "[PER Joe Biden] sprach. [PER Biden] ging. [PER Bidens] Büro. [PER J. Biden]. [PER Herr Biden]"
    assert folded(marked) == {"Joe Biden": 5}


@pytest.mark.parametrize(
    ("marked", "names"),
    [
        ("[PER Angela Merkel] und [PER Merkels] Nachfolger", {"Angela Merkel": 2}),
        ("[PER Putins] Armee", {"Wladimir Putin": 1}),
        ("[LOC Moskaus] Truppen, [LOC Deutschlands] Regierung", {"Moskau": 1, "Deutschland": 1}),
        ("[LOC Paris] und [LOC Texas] und [LOC Honduras]", {"Paris": 1, "Texas": 1, "Honduras": 1}),
        ("[PER Hans] und [PER Schulz] und [PER Engels]", {"Hans": 1, "Schulz": 1, "Engels": 1}),
        ("[PER Annalena Baerbocks] Reise, [PER Jürgen Klaus] lacht", {"Annalena Baerbock": 1, "Jürgen Klaus": 1}),
    ],
)
def test_genitives_fold_and_names_in_s_stay(marked, names):
    assert folded(marked) == names


def test_two_full_names_with_one_surname_stay_apart():
    assert folded("[PER Peter Meier], [PER Hans Meier], [PER Meier]") == {"Peter Meier": 1, "Hans Meier": 1, "Meier": 1}
    assert folded("[PER George W. Bush], [PER George H. W. Bush]") == {"George W. Bush": 1, "George H. W. Bush": 1}


def test_a_title_tells_which_bearer_of_a_surname_is_meant():
    marked = "Trainer [PER Peter Meier] sah Pfarrer [PER Hans Meier]. Trainer [PER Meier] schwieg."
    assert folded(marked) == {"Peter Meier": 2, "Hans Meier": 1}


def test_inflected_bodies_and_places_get_their_dictionary_form():
    marked = (
        "aus dem [LOC Weißen Haus], das [ORG Weiße Haus], des [ORG Bundestags], der [ORG Europäischen Union], "
        "der [ORG EU], der [ORG Nato], die [ORG NATO], im [LOC Roten Meer], des [ORG Hessischen Landtags], "
        "[LOC Kyjiw], [LOC Kiew]"
    )
    assert folded(marked) == {
        "Weißes Haus": 2,
        "Bundestag": 1,
        "Europäische Union": 2,
        "Nato": 2,
        "Rotes Meer": 1,
        "Hessischer Landtag": 1,
        "Kiew": 2,
    }


def test_english_articles_get_english_names():
    marked = "[ORG EU], [ORG European Union], [LOC U.S.], [LOC United States], [LOC Kiev], [PER Volodymyr Zelensky]"
    assert folded(marked, "en") == {"European Union": 2, "United States": 2, "Kyiv": 1, "Volodymyr Zelenskyy": 1}


def test_an_acronym_that_the_article_explains_is_the_same_body():
    marked = "Das [ORG Technische Hilfswerk] ([ORG THW]) half. Das [ORG THW] blieb. In [LOC Berlin] ([ORG dpa])"
    assert folded(marked) == {"Technisches Hilfswerk": 3, "Berlin": 1, "dpa": 1}


def test_a_name_has_one_label_in_an_article():
    text = unmark("[ORG Putbus] liegt dort. [LOC Putbus] ist schön. [LOC Putbus] auch. Das [ORG Weiße Haus]")
    entities = fold_entities(text.mentions, {"body_text": text.text}, "de")
    assert [(e.label, e.name, e.count) for e in entities] == [("LOC", "Putbus", 3), ("LOC", "Weißes Haus", 1)]


def test_entities_come_in_the_order_of_their_first_mention_headline_first():
    head, body = unmark("[PER Anna Öz] siegt", "headline"), unmark("[LOC Ulm]: [PER Öz] gewann")
    entities = fold_entities([*body.mentions, *head.mentions], {"headline": head.text, "body_text": body.text}, "de")
    assert [e.name for e in entities] == ["Anna Öz", "Ulm"]
    assert [m.field for m in entities[0].mentions] == ["headline", "body_text"]


def test_dates_are_no_entities_and_wikidata_ids_are_linked():
    text = unmark("Am Freitag sprach [PER Putin] mit der [ORG Nato].")
    entities = fold_entities([*text.mentions, ("DATE", text.mentions[0][1])], {"body_text": text.text}, "de")
    assert [(e.name, e.link and e.link.id) for e in entities] == [
        ("Wladimir Putin", "wikidata:Q7747"),
        ("Nato", "wikidata:Q7184"),
    ]


def test_a_number_goes_with_the_name_that_follows_it():
    assert repaired("at [LOC 10] [LOC Downing Street]", "en") == ["LOC 10 Downing Street"]
    assert repaired("[LOC 10], [LOC Downing Street] [LOC 7]", "en") == ["LOC Downing Street"]
    assert repaired("[ORG 1860] spielt, [LOC 10] [ORG Downing]") == ["ORG 1860", "ORG Downing"]


def test_the_full_stop_of_initials_is_part_of_the_name():
    assert repaired("the [LOC U.S]. Senate and the [ORG U.N]., [PER J.R] left [LOC Bonn].", "en") == [
        *("LOC U.S.", "ORG U.N.", "PER J.R", "LOC Bonn"),
    ]
    text = unmark("the [LOC U.S]. Senate")
    repaired_mentions = repair_mentions(text.mentions, {"body_text": text.text}, "en")
    assert [e.name for e in fold_entities(repaired_mentions, {"body_text": text.text}, "en")] == ["United States"]


def test_a_name_ends_where_its_quotation_marks_close():
    assert repaired("der „[ORG Bild“-Zeitung] und im [ORG „Spiegel“] und „[ORG Zeit]“") == [
        *("ORG Bild", "ORG Spiegel", "ORG Zeit"),
    ]


def test_a_surname_taken_for_a_thing_is_a_person():
    marked = "[PER Robert Habeck] verteidigt [MISC Habecks] Gesetz und das [MISC Habeck-Gesetz]. [MISC Oscar]"
    assert repaired(marked) == ["PER Robert Habeck", "PER Habecks", "MISC Habeck-Gesetz", "MISC Oscar"]


def test_a_surname_taken_for_a_place_is_a_person_unless_there_is_such_a_place():
    marked = (
        "[LOC Selenskyj] in [LOC Berlin]. [PER Wolodymyr Selenskyj] dankte. [PER Denzel Washington] in [LOC Washington]"
    )
    assert repaired(marked)[0] == "PER Selenskyj"
    assert repaired(marked)[-1] == "LOC Washington"
    assert repaired("[PER Wolfgang Porsche] und [ORG Porsche]") == ["PER Wolfgang Porsche", "ORG Porsche"]


def test_two_persons_side_by_side_are_two():
    marked = "[PER Joe Biden] und [PER Wladimir Putin]: [PER Biden] sagte, dass [PER Biden Putin] warne."
    assert repaired(marked)[2:] == ["PER Biden", "PER Biden", "PER Putin"]


def test_a_real_double_name_is_not_split():
    marked = "[PER Sabine Thomas] sah [PER Gerd Müller] und [PER Thomas Müller]. [PER Müller] lachte."
    assert repaired(marked) == ["PER Sabine Thomas", "PER Gerd Müller", "PER Thomas Müller", "PER Müller"]


def test_a_long_name_broken_at_its_preposition_is_joined():
    long = "ORG Organisation für Sicherheit und Zusammenarbeit in Europa"
    assert repaired("der [ORG Organisation für Sicherheit und Zusammenarbeit] in [LOC Europa] geplant") == [long]
    assert repaired("die [ORG Organisation] für [MISC Sicherheit und Zusammenarbeit in Europa]") == [long]


def test_a_common_noun_for_a_named_body_is_no_name():
    assert repaired("Die [ORG Nato] zögert, die [ORG Allianz] wartet.") == ["ORG Nato"]
    assert repaired("Die [ORG Allianz] versichert.") == ["ORG Allianz"]


def test_a_town_taken_for_a_person_is_a_place():
    assert repaired(
        "Er rief nahe [PER Wilmington] an. In [PER Meier] irrte er. [PER Ulm] ist Trainer, in [PER Ulm]."
    ) == [
        "LOC Wilmington",
        "PER Meier",
        "PER Ulm",
        "PER Ulm",
    ]


def test_quotation_marks_and_overlaps_are_mended():
    text = unmark("Der [ORG „Spiegel“] schrieb.")
    label, mention = text.mentions[0]
    inner = type(mention)(field="body_text", start=5, end=8, surface="Spi")
    beyond = type(mention)(field="body_text", start=900, end=905, surface="fern!")
    pairs = repair_mentions([(label, mention), ("PER", inner), ("PER", beyond)], {"body_text": text.text}, "de")
    assert [(label, m.surface) for label, m in pairs] == [("ORG", "Spiegel")]


@pytest.mark.parametrize(
    ("before", "language", "role"),
    [
        ("Das sagte US-Präsident ", "de", "US-Präsident"),
        ("mit dem russischen Präsidenten ", "de", "Präsident"),
        ("des Bundeskanzlers ", "de", "Bundeskanzler"),
        ("die CDU-Vorsitzende ", "de", "CDU-Vorsitzende"),
        ("Es kam Frau ", "de", None),
        ("In Berlin ", "de", None),
        ("said Prime Minister ", "en", "Prime Minister"),
        ("and U.S. President ", "en", "U.S. President"),
        ("le président ", "fr", None),
    ],
)
def test_roles_stand_before_the_name(before, language, role):
    assert role_before(before, len(before), language) == role


@pytest.mark.parametrize(
    ("declined", "dictionary"),
    [
        ("Vereinten Nationen", "Vereinte Nationen"),
        ("Deutschen Roten Kreuz", "Deutsches Rotes Kreuz"),
        ("Süddeutschen Zeitung", "Süddeutsche Zeitung"),
        ("Flüchtlingshilfswerk der Vereinten Nationen", "Flüchtlingshilfswerk der Vereinten Nationen"),
        ("Rolling Stones", "Rolling Stones"),
        ("New York", "New York"),
    ],
)
def test_nominatives(declined, dictionary):
    assert nominative(declined) == dictionary


def test_a_users_own_names_come_first(tmp_path):
    own = tmp_path / "names.toml"
    own.write_text(
        '[[name]]\nlabel = "ORG"\nname = "Turnverein 1860 Ulm"\naliases = ["TV Ulm", "Nato"]\n', encoding="utf-8"
    )
    table = lexicon.load(own)
    assert folded("[ORG TV Ulm] schlägt [ORG Nato]", table=table) == {"Turnverein 1860 Ulm": 2}
    assert table.version != lexicon.packaged().version


@pytest.mark.parametrize("content", ["[[name]]\nname = 'X'", "[[name]]\nlabel = 'FOO'\nname = 'X'", "= broken", "\xff"])
def test_a_broken_lexicon_says_so(tmp_path, content):
    own = tmp_path / "names.toml"
    own.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError):
        lexicon.load(own)


def test_the_packaged_lexicon_has_no_name_and_no_identifier_twice():
    entries = lexicon.packaged().entries
    names, ids = [entry.name for entry in entries], [entry.id for entry in entries if entry.id]
    assert len(names) == len(set(names))
    assert len(ids) == len(set(ids))


def test_two_names_of_one_place_become_one_entity():
    text = unmark(
        "[LOC Lemberg], heute [LOC Lwiw], in der [LOC Ukraine]; russische und US-amerikanische Gäste, US-Soldaten"
    )
    texts = {"body_text": text.text}
    entities = link_places(fold_entities(text.mentions, texts, "de"), "de", texts)
    assert [(e.name, e.count) for e in entities] == [("Lwiw", 2), ("Ukraine", 1)]
    assert countries(entities, texts, "de") == ("UA", "US", "RU")
