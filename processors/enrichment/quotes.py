"""Direct and reported speech, with who says it and the word that introduces it.

Precision comes first: what stands in quotation marks is speech only if it is a clause or is introduced as speech, and a
speaker is named only where the grammar leaves no choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.messages import Entity, Mention, Quote
from processors.enrichment.speakers import Speakers
from processors.enrichment.speechwords import SpeechWords, speech_words
from processors.enrichment.textspans import Span, sentences

LONGEST = 1500
"""Characters of a quotation; a mark that is not closed by then was never meant to be."""

FEWEST_WORDS = 5
"""Words that make a clause of a quotation which nothing introduces."""

MOST_QUOTES = 500
"""Where to stop in a text that is nothing but quotation marks."""

_OPENING = re.compile(r"(?<![\w])[„»«“\"‘‚](?=[\w(…])")
_CLOSING = {
    "„": re.compile(r"[“”]|\"(?!\w)"),
    "»": re.compile("«"),
    "«": re.compile("»"),
    "“": re.compile("”"),
    '"': re.compile('"'),
    "‘": re.compile(r"’(?!\w)"),
    "‚": re.compile(r"‘|’(?!\w)"),
}
"""What closes each mark; an apostrophe within a word closes nothing."""

_WORD = re.compile(r"\w+(?:[-’'.]\w+)*")


@dataclass(frozen=True)
class _Found:
    """A quotation before it is turned into a message."""

    span: Span
    direct: bool
    speaker: str | None
    cue: str | None


def find_quotes(text: str, language: str, entities: Sequence[Entity]) -> tuple[Quote, ...]:
    """The quotations of a body text, in the order of their beginning.

    Args:
        text: ``body_text``.
        language: BCP 47; languages other than German and English yield none.
        entities: folded; their names become the speakers'.
    """
    words = speech_words(language)
    if words is None:
        return ()
    speakers = Speakers(text, entities, words)
    marked = _quotations(text, language)
    found = list(_direct(text, marked, words, speakers))
    found += _reported(text, marked, words, speakers)
    found.sort(key=lambda quote: quote.span)
    quotes = []
    for quote in found[:MOST_QUOTES]:
        start, end = quote.span
        mention = Mention(field="body_text", start=start, end=end, surface=text[start:end])
        kind = "direct" if quote.direct else "reported"
        quotes.append(Quote(mention=mention, kind=kind, speaker=quote.speaker, cue=quote.cue))  # type: ignore[arg-type]
    return tuple(quotes)


def _quotations(text: str, language: str) -> list[Span]:
    """What stands between quotation marks, marks included; quotations within quotations are part of them."""
    spans: list[Span] = []
    position = 0
    german = language.startswith("de")
    for _ in range(4 * MOST_QUOTES):
        opening = _OPENING.search(text, position)
        if opening is None:
            break
        mark, start = opening[0], opening.start()
        position = start + 1
        if mark in "“‘" and german:
            continue
        limit = min(len(text), start + LONGEST)
        stop = text.find("\n\n", start, limit)
        limit = stop if stop >= 0 else limit
        end = _closing(text, start + 1, limit, mark)
        if end is not None:
            spans.append((start, end))
            position = end
    return spans


def _closing(text: str, start: int, limit: int, mark: str) -> int | None:
    """Just after the mark that closes a quotation."""
    match = _CLOSING[mark].search(text, start, limit)
    return match.end() if match else None


def _direct(text: str, marked: Sequence[Span], words: SpeechWords, speakers: Speakers) -> list[_Found]:
    found: list[_Found] = []
    previous: _Found | None = None
    for start, end in marked:
        inner = text[start + 1 : end - 1]
        count = len(_WORD.findall(inner))
        speaker, cue = speakers.of_direct(start, end)
        if cue is not None and previous is not None and speaker is None and words.is_bare_pronoun(text, end):
            speaker = speakers.only_person_before(start)
        clause = count >= FEWEST_WORDS and inner[-1:] in ".!?…,;"
        if (cue is None and not (clause and inner[:1].isupper())) or (count < 2 and not clause):
            continue
        if cue is None and previous is not None and speakers.continues(previous.span[1], start):
            speaker = previous.speaker
        quote = _Found((start, end), True, speaker, cue)
        found.append(quote)
        previous = quote
    return found


def _reported(text: str, marked: Sequence[Span], words: SpeechWords, speakers: Speakers) -> list[_Found]:
    found: list[_Found] = []
    position = 0
    for start, end in sentences(text):
        while position < len(marked) and marked[position][1] <= start:
            position += 1
        if (
            position < len(marked)
            and marked[position][0] < end
            and marked[position][1] - marked[position][0] > (end - start) // 2
        ):
            continue
        match = words.reported(text, start, end)
        if match is None:
            continue
        clause, cue_start, cue_end = match
        if any(_covers(span, clause) for span in marked[position : position + 3]):
            continue
        speaker = speakers.of_cue(start, end, cue_start, cue_end, clause)
        found.append(_Found(clause, False, speaker, text[cue_start:cue_end]))
    return found


def _covers(marked: Span, clause: Span) -> bool:
    """The clause is, for the most part, a quotation that is counted already."""
    common = min(marked[1], clause[1]) - max(marked[0], clause[0])
    return common > (clause[1] - clause[0]) // 2 or marked[0] <= clause[0] < marked[1]
