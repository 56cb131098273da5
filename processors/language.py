"""Which language a text is in."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "und"
"""BCP 47's word for an undetermined language."""

SAMPLE_CHARS = 400
"""Characters that are looked at; more text changed no answer, and costs."""

HINT_WEIGHT = 0.8
"""Prior of the language that the source declares; the others share the rest. Feeds are mistaken, but seldom."""

HOUSE_WEIGHT = 4.0
"""How much likelier a short text is in one of the first two languages than in another, where no source declares one."""

SHORT_CHARS = 60
"""Below it names outweigh words: "Angela Merkel traf in Paris Emmanuel Macron." looks Dutch to the model."""

SHORT_SURE = 0.6
"""Least probability of any other language for a short text."""

SURE = 0.4
"""Least probability among the languages chosen from; below it lie headlines of names alone."""

FOREIGN = 0.6
"""Probability of a language outside the choice from which it is believed, if the text has some words."""

FOREIGN_CHARS = 40

_SAME = {"nb": "no", "nn": "no"}


@dataclass
class LanguageDetector:
    """py3langid's naive Bayes model over character sequences, restricted to the languages that are expected.

    Args:
        languages: ISO 639-1 codes to choose from; the first two are the house's own, and short texts lean to them.

    Raises:
        ValueError: a code that the model does not know.
    """

    languages: tuple[str, ...]
    _narrow: Any = field(init=False, repr=False)
    _wide: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self._wide = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._narrow = copy(self._wide)
        self._narrow.set_languages(list(self.languages))

    def detect(self, text: str, hint: str | None = None) -> tuple[str, float]:
        """The language of ``text``, or ``und``, and how sure that is, 0 to 1.

        Args:
            text: the first ``SAMPLE_CHARS`` characters count.
            hint: BCP 47 code that the source declares.
        """
        sample = text[:SAMPLE_CHARS].strip()
        if not any(character.isalpha() for character in sample):
            return UNKNOWN, 0.0
        declared, house = _primary(hint), self.languages[:2]
        leaning = len(sample) < SHORT_CHARS and declared not in self.languages
        best, outside = self._wide.classify(sample)
        best = _SAME.get(best, best)
        if best not in self.languages and outside >= FOREIGN and len(sample) >= FOREIGN_CHARS:
            return UNKNOWN, 0.0
        scores = dict(self._narrow.rank(sample))
        if declared in scores:
            rest = (1 - HINT_WEIGHT) / max(1, len(scores) - 1)
            scores = {code: score * (HINT_WEIGHT if code == declared else rest) for code, score in scores.items()}
        elif leaning:
            scores = {code: score * (HOUSE_WEIGHT if code in house else 1) for code, score in scores.items()}
        language, score = max(scores.items(), key=lambda item: (item[1], item[0]))
        score /= sum(scores.values())
        least = SHORT_SURE if leaning and language not in house else SURE
        return (language, round(score, 4)) if score >= least else (UNKNOWN, round(score, 4))


def _primary(code: str | None) -> str:
    return (code or "").replace("_", "-").split("-")[0].lower()
