"""The grammar of speech: which verbs introduce it, and where the reported clause stands in a sentence."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from processors.enrichment.daterules import any_of
from processors.enrichment.textspans import Span

SHORTEST_CLAUSE = 12
"""Characters; less is no clause."""


_NO_CLAUSE = (
    "wo|was|wer|als|wenn|weil|um|nachdem|während|und|sondern|aber|obwohl|bevor|damit|wie|indem|sagte|so|deren|dessen"
)
_RELATIVE = re.compile(
    r"(?:(?:auf|in|an|mit|bei|von|aus|zu|für|über|nach|vor|durch|gegen|unter) )?(?:der|die|das|dem|den|deren|dessen) "
)
"""What begins a relative clause, if words stand between the cue and the comma: „sagte der Mann, der …“."""


@dataclass(frozen=True)
class SpeechWords:
    """One language's patterns, all of bounded length.

    Attributes:
        after: a cue directly behind a quotation: „…“, sagte.
        before: a cue that leads to a quotation: sagte am Montag: „…“.
        pronoun: a bare pronoun as the speaker.
        clause: a cue with its clause behind: sagte, dass …
        trailing: a clause with its cue behind: …, sagte X.
        mood: what makes a clause without a conjunction reported speech; None if nothing needs to.
        blockers: words between cue and name after which the name is not the speaker.
    """

    after: re.Pattern[str]
    before: re.Pattern[str]
    pronoun: re.Pattern[str]
    clause: re.Pattern[str]
    trailing: re.Pattern[str]
    mood: re.Pattern[str] | None
    blockers: re.Pattern[str]

    def is_bare_pronoun(self, text: str, end: int) -> bool:
        """Does a pronoun say what ends here?"""
        match = self.after.match(text, end)
        return bool(match and self.pronoun.match(text, match.end("cue")))

    def reported(self, text: str, start: int, end: int) -> tuple[Span, int, int] | None:
        """The reported clause of a sentence and its cue's span; None if there is none."""
        match = self.clause.search(text, start, end)
        if match is not None:
            begin, finish = match.end(), end
            while finish > begin and text[finish - 1] in ".!?… ":
                finish -= 1
            joined = match["joint"].strip(" ,") != ""
            body = text[begin:finish]
            if not joined and self._is_no_clause(match, body):
                return None
            if finish - begin >= SHORTEST_CLAUSE and (joined or self.mood is None or self.mood.search(body)):
                return (begin, finish), match.start("cue"), match.end("cue")
        match = self.trailing.search(text, start, end)
        if match is not None:
            body = text[start : match.start()]
            if len(body) >= SHORTEST_CLAUSE and (self.mood is None or self.mood.search(body)):
                return (start, match.start()), match.start("cue"), match.end("cue")
        return None

    @staticmethod
    def _is_no_clause(match: re.Match[str], body: str) -> bool:
        gap = match.groupdict().get("gap") or ""
        shared = match["cue"].startswith("teil") and not gap.endswith(" mit")
        return shared or bool(gap.strip() and _RELATIVE.match(body))


def _german(table: dict[str, str]) -> SpeechWords:
    verbs = any_of(word.rstrip(":") for word in table["verbs"].split())
    clause = any_of(table["clause"].split())
    mood = any_of(table["subjunctive"].split())
    no_verb = any_of(table["no_verb"].split())
    plural = any_of(table["plural"].split())
    return SpeechWords(
        after=re.compile(
            rf"[,.!?]?\s?,?\s?(?:(?:wie es )?(?P<cue>(?:{verbs}|so)(?!\w)"
            rf"|(?<=, )(?!(?:{no_verb}) )[a-zäöüß]{{3,}}(?:te|ten|t)(?= (?:er|sie|der|die|das|ein|eine"
            rf"|[A-ZÄÖÜ])(?:\w|\s))))"
        ),
        before=re.compile(
            rf"(?<!\w)(?P<cue>{verbs})(?!\w)[^.!?\n„»«:]{{0,90}}:\s?$"
            rf"|(?<!\w)(?P<of>(?:sprach|spricht|sprachen|sprechen) (?:[\w-]+ ){{0,4}}von|nannte|nennt|warnte(?: am "
            rf"\w+)? vor)"
            rf"(?: [a-zäöü]+){{0,4}} $"
        ),
        pronoun=re.compile(r"\s(?:er|sie|es)(?!\w)"),
        clause=re.compile(
            rf"(?<!\w)(?P<cue>{clause}|(?:{plural})(?=, dass ))(?!\w)(?P<gap>[^,.;:!?\n„»«]{{0,90}})"
            rf"(?P<joint>, (?:dass|ob)\s|, (?!(?:{_NO_CLAUSE})(?!\w)))"
        ),
        trailing=re.compile(rf", (?:(?:wie|so) )?(?P<cue>{clause}|teilte|teilten|gab|gaben|räumte)(?!\w)"),
        mood=re.compile(rf"(?<!\w)(?<!ich )(?:{mood})(?!\w)"),
        blockers=re.compile(
            r"(?<!\w)(?:von|vom|aus|bei|beim|nach|mit|für|gegenüber|zu|zum|zur|über|an|vor|gegen|durch|dass"
            r"|und)(?!\w)|[„»;:(]"
        ),
    )


def _english(table: dict[str, str]) -> SpeechWords:
    verbs = any_of(table["verbs"].split())
    clause = any_of(table["clause"].split())
    names = r"(?:[^\W\d_][\w.’'-]*,? ){1,7}?"
    return SpeechWords(
        after=re.compile(rf"[,.!?]?\s(?:(?P<cue>{verbs})(?!\w)|(?P<subject>{names})(?P<late>{verbs})(?!\w))"),
        before=re.compile(rf"(?<!\w)(?P<cue>{verbs})(?!\w)[^.!?\n“\"]{{0,90}}[:,]\s?$|(?P<of>(?!))"),
        pronoun=re.compile(r"\s(?:he|she|they|it)(?!\w)"),
        clause=re.compile(rf"(?<!\w)(?P<cue>{clause})(?!\w)[^,.;:!?\n“\"]{{0,60}}(?P<joint> that\s)"),
        trailing=re.compile(
            r", (?P<subject>(?:[^\W\d_][\w.’'-]* ){1,6}?)(?P<cue>said|says|told|added|announced|wrote)"
            r"(?: (?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day| in an? [\w ]{1,30}| late \w+| earlier)?[.]?$"
        ),
        mood=None,
        blockers=re.compile(r"(?<!\w)(?:of|from|with|for|to|about|by|at|in|on|against|that|and)(?!\w)|[“;:(]"),
    )


@lru_cache(maxsize=8)
def speech_words(language: str) -> SpeechWords | None:
    """The patterns of a language, None for those that have none."""
    primary = language.partition("-")[0].lower()
    if primary not in ("de", "en"):
        return None
    tables = tomllib.loads((files("processors") / "data" / "quotes.toml").read_text(encoding="utf-8"))
    return _german(tables["de"]) if primary == "de" else _english(tables["en"])
