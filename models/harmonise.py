"""Mend what the annotators of the corpora decided differently: one rule each, after ``shared/data/ner/GUIDE.md``.

- Bundesregierung and a bare Polizei are generic nouns: no mention. A bare ministry stays a mention where it was one.
- Das Weiße Haus and the White House are places, also when they speak; EU is an organisation; so is dpa everywhere.
- Adjectives of places („deutsche", „Berliner") and inhabitants („Chinesen") are no places, currencies no names, Papst
  no person by itself.
- Handles and hashtags of social media are left unlabelled where a corpus labels them only now and then.
"""

from dataclasses import replace

from models.data import Article, Sentence
from models.labels import Span

GENERIC = {
    "Bundesregierung",
    "Polizei",
    "#Polizei",
    "Papst",
    "Regierung",
    "Parlament",
    "Unternehmen",
    "Landesregierung",
}
CURRENCIES = {
    "Euro",
    "Dollar",
    "EUR",
    "USD",
    "Cent",
    "US-Dollar",
    "Yen",
    "Pfund",
    "Franken",
    "Mark",
    "D-Mark",
}
PLACE_ADJECTIVES = {
    "Berliner", "Wiener", "Kölner", "Hamburger", "Schweizer", "Münchner", "Münchener", "Frankfurter", "Stuttgarter",
    "Dresdner", "Leipziger", "Bremer", "Bonner", "Pariser", "Londoner", "Moskauer", "Brüsseler", "Genfer", "Züricher",
    "Zürcher", "Hannoveraner", "Düsseldorfer", "Dortmunder", "Essener", "Duisburger", "Nürnberger", "Potsdamer",
}  # fmt: skip
INHABITANTS = {
    "Chinesen", "Deutsche", "Deutschen", "Deutscher", "Franzosen", "Amerikaner", "Russen", "Türken",
    "Griechen", "Polen", "Italiener", "Briten", "Engländer", "Spanier", "Österreicher", "Syrer",
    "Iraner", "Kurden", "Palästinenser", "Israelis",
}  # fmt: skip
ALWAYS: dict[tuple[str, ...], str] = {
    ("EU",): "ORG", ("dpa",): "ORG", ("Weißes", "Haus"): "LOC", ("Weiße", "Haus"): "LOC", ("Weißen", "Haus"): "LOC",
    ("Weißen", "Hauses"): "LOC", ("White", "House"): "LOC",
}  # fmt: skip
_LOOSE = {"smartdata_news", "smartdata_short", "mobie", "germeval14_test"}


def harmonised(article: Article) -> Article:
    """The article with the guide's decisions applied to every sentence."""
    loose = article.source in _LOOSE
    return replace(article, sentences=tuple(_mend(sentence, loose) for sentence in article.sentences))


def _mend(sentence: Sentence, loose: bool) -> Sentence:
    spans = [span for span in sentence.spans if not _is_generic(sentence.tokens, span, loose)]
    covered = {place for start, end, _ in spans for place in range(start, end)}
    for place in range(len(sentence.tokens)):
        for surface, label in ALWAYS.items():
            end = place + len(surface)
            if sentence.tokens[place:end] != surface:
                continue
            if not covered.intersection(range(place, end)):
                spans.append((place, end, label))
            else:
                spans = [(a, b, label if (a, b) == (place, end) else kind) for a, b, kind in spans]
    return replace(sentence, spans=tuple(sorted(spans)))


def _is_generic(tokens: tuple[str, ...], span: Span, loose: bool) -> bool:
    start, end, label = span
    if end - start > 1:
        return False
    token = tokens[start]
    if (token in GENERIC and label != "MISC") or (token in CURRENCIES and label == "MISC"):
        return True
    if not loose or label not in ("LOC", "ORG"):
        return False
    follows = tokens[end][:1].isupper() if end < len(tokens) else False
    adjective = token[:1].islower() or (token in PLACE_ADJECTIVES and follows)
    return adjective or (token in INHABITANTS and token != "Polen")


def unlabelled(article: Article, token: str) -> bool:
    """Whether nobody can say what ``token`` should be in this corpus, so that it is left out of the loss."""
    return token[:1] in "@#" and article.source in ("smartdata_short", "mobie")
