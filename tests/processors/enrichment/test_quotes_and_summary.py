"""Quotations with their speakers, lead summaries, keyphrases, counting."""

from __future__ import annotations

import pytest

from contracts.messages import BlockSpan
from processors.enrichment.names import fold_entities
from processors.enrichment.quotes import find_quotes
from processors.enrichment.summary import keyphrases, reading_time_s, summarise, word_count
from processors.enrichment.textspans import sentences
from tests.processors.enrichment.enrichment_gold import unmark


def said(marked: str, language: str = "de") -> list[tuple[str, str | None, str | None, str]]:
    text = unmark(marked)
    entities = fold_entities(text.mentions, {"body_text": text.text}, language)
    quotes = find_quotes(text.text, language, entities)
    assert all(q.mention.surface == text.text[q.mention.start : q.mention.end] for q in quotes)
    return [(q.kind, q.speaker, q.cue, q.mention.surface) for q in quotes]


@pytest.mark.parametrize(
    ("marked", "speaker", "cue", "surface"),
    [
        ("„Wir sind bereit“, sagte [PER Anna Öz].", "Anna Öz", "sagte", "„Wir sind bereit“"),
        ("»Wir sind bereit«, sagt [PER Anna Öz].", "Anna Öz", "sagt", "»Wir sind bereit«"),
        ("«Wir sind bereit», meinte Trainerin [PER Anna Öz].", "Anna Öz", "meinte", "«Wir sind bereit»"),
        ("[PER Anna Öz] sagte am Montag: „Wir sind bereit.“", "Anna Öz", "sagte", "„Wir sind bereit.“"),
        ("[PER Anna Öz]: „Wir sind bereit und froh.“", "Anna Öz", ":", "„Wir sind bereit und froh.“"),
        ("[PER Anna Öz] sprach von einem „guten Tag“.", "Anna Öz", "sprach von", "„guten Tag“"),
        ("„Wir sind bereit“, sagte der Sprecher von [PER Anna Öz].", None, "sagte", "„Wir sind bereit“"),
        ("„Wir sind bereit“, sagte ein Passant. [PER Anna Öz] schwieg.", None, "sagte", "„Wir sind bereit“"),
    ],
)
def test_direct_speech_and_who_says_it(marked, speaker, cue, surface):
    assert said(marked) == [("direct", speaker, cue, surface)]


@pytest.mark.parametrize(
    ("marked", "speaker"),
    [
        ("Trainerin [PER Anna Öz] zeigte sich zufrieden: „Eva hilft uns sofort weiter.“", "Anna Öz"),
        ("[PER Anna Öz] ([ORG SPD]) wies das zurück: „Davon kann keine Rede sein.“", "Anna Öz"),
        ("[PER Anna Öz] wurde gefragt: „Wann kommt denn nun das Gesetz?“", None),
        ("[PER Anna Öz] las auf einem Schild: „Hau endlich ab von hier!“", None),
        ("Von [PER Anna Öz] stammt das Motto: „Jetzt erst recht, liebe Leute!“", None),
        ("[PER Anna Öz] und [PER Eva Ott] sind zufrieden: „Das hilft uns sofort weiter.“", None),
        ("[PER Anna Öz]s Rivalin, [PER Eva Ott], ist froh: „Das hilft uns sofort weiter.“", None),
        ("Die [ORG SPD] um [PER Anna Öz] ist zufrieden: „Das hilft uns sofort weiter.“", None),
        ("[PER Anna Öz] ging. Die Fans waren froh: „Das hilft uns sofort weiter.“", None),
    ],
)
def test_who_opens_a_sentence_that_ends_in_a_colon_speaks_if_nobody_else_can(marked, speaker):
    assert [quote[1] for quote in said(marked)] == [speaker]


def test_titles_and_scare_quotes_are_no_speech():
    assert said("Der Film „Das Boot“ und die „Polarstern“ sind „alte Hüte“.") == []


def test_a_pronoun_is_the_one_person_of_the_paragraph_or_nobody():
    one = "[PER Anna Öz] siegte. „Ich bin froh“, sagte sie. „Das war schwer genug für mich.“"
    assert [speaker for _, speaker, _, _ in said(one)][:1] in (["Anna Öz"], [None])
    two = "[PER Anna Öz] schlug [PER Eva Ott]. „Ich bin froh“, sagte sie."
    assert said(two)[0][1] is None


@pytest.mark.parametrize(
    ("marked", "speaker", "cue", "surface"),
    [
        ("[PER Anna Öz] sagte, dass sie wieder komme.", "Anna Öz", "sagte", "sie wieder komme"),
        ("[PER Anna Öz] sagte, die Zahlen seien gut.", "Anna Öz", "sagte", "die Zahlen seien gut"),
        ("Es habe gedauert, verlautete aus dem [LOC Weißen Haus].", "Weißes Haus", "verlautete", "Es habe gedauert"),
        ("Gefährdet sei niemand, betonte [PER Anna Öz].", "Anna Öz", "betonte", "Gefährdet sei niemand"),
    ],
)  # fmt: skip
def test_reported_speech(marked, speaker, cue, surface):
    assert said(marked) == [("reported", speaker, cue, surface)]


def test_plain_statements_are_no_reported_speech():
    assert said("[PER Anna Öz] sagte den Termin ab, der lange feststand. Er kommt, weil er muss.") == []


def test_english_speech():
    marked = (
        "“We are ready,” said [PER Ann Oz]. [PER Ann Oz] said that the long wait was over. "
        "“It’s fine,” [PER Ann Oz] said."
    )
    assert [(kind, who, cue) for kind, who, cue, _ in said(marked, "en")] == [
        ("direct", "Ann Oz", "said"),
        ("reported", "Ann Oz", "said"),
        ("direct", "Ann Oz", "said"),
    ]


def test_other_languages_have_no_quotations():
    assert said("« Nous sommes prêts », a dit [PER Anne Oz].", "fr") == []


ARTICLE = (
    "Berlin (dpa) - Der Bundestag hat am Freitag ein neues Waldgesetz beschlossen. "
    "Das Waldgesetz soll den Wald schützen.\n\nEr wächst langsam. Die Waldbesitzer kritisieren das Waldgesetz scharf."
)


def test_the_summary_is_the_lead_without_its_dateline():
    summary = summarise(ARTICLE, (), "de")
    assert summary is not None
    assert summary.startswith("Der Bundestag hat am Freitag ein neues Waldgesetz beschlossen.")


def test_the_summary_leaves_captions_and_subheadings_out():
    blocks = (
        BlockSpan(kind="caption", start=0, end=ARTICLE.index("\n\n")),
        BlockSpan(kind="paragraph", start=ARTICLE.index("Er wächst"), end=len(ARTICLE)),
    )
    assert summarise(ARTICLE, blocks, "de") == "Die Waldbesitzer kritisieren das Waldgesetz scharf."


@pytest.mark.parametrize("text", ["", "   ", "Überschrift ohne Punkt"])
def test_no_whole_sentence_no_summary(text):
    assert summarise(text, (), "de") is None


def test_keyphrases_are_nouns_and_no_names():
    text = unmark(ARTICLE.replace("Bundestag", "[ORG Bundestag]"))
    entities = fold_entities(text.mentions, {"body_text": text.text}, "de")
    phrases = keyphrases(text.text, "de", entities)
    assert phrases[0] in ("Waldgesetz", "neues Waldgesetz")
    assert "Bundestag" not in phrases
    assert keyphrases(text.text, "fr", entities) == ()


def test_words_and_reading_time():
    assert word_count("Die 3,5-prozentige US-Aktie (dpa) stieg um 1.000 Euro – gut.") == 9
    assert word_count("") == 0
    assert reading_time_s(358, "de") == 120
    assert reading_time_s(0, "de") == 0
    assert reading_time_s(228, "en-GB") == 60


def test_sentences_do_not_end_at_abbreviations_and_dates():
    text = "Dr. Meier kam am 3. Mai. Er sprach z. B. mit Prof. Öz! „Gut.“ Ende"
    assert [text[start:end] for start, end in sentences(text)] == [
        "Dr. Meier kam am 3. Mai.",
        "Er sprach z. B. mit Prof. Öz!",
        "„Gut.“",
        "Ende",
    ]
