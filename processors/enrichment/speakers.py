"""Who says it: the name that the grammar around a cue makes the subject."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from contracts.messages import Entity
from processors.enrichment.speechwords import SpeechWords
from processors.enrichment.textspans import Span

REACH = 130
"""Characters from a quotation in which its cue and speaker may stand."""

_ARTICLE = re.compile(r" (?:(?:der|die|das|the) )?")
_STOP = re.compile(r"[.!?…](?:\s|$)|\n|[„»“]")
_SENTENCE_BEFORE = re.compile(r"[.!?…“”«»\"]\s|\n")
_NAME_COLON = re.compile(r"(?: \([^()\n]{1,40}\))?:\s?$")
_OBLIQUE = re.compile(
    r"(?:^|\s)(?:mit|von|vom|für|bei|nach|über|gegen|an|zu|zum|zur|aus|of|with|for|to|from|about|by|at|in|im|und|and)"
    r"(?:\s[^\s,]+){0,3}\s$",
    re.IGNORECASE,
)
"""A name behind it is no subject."""
_NO_SPEECH = re.compile(
    r"\b(?:wurden?|wird|worden|gefragt|fragten?|las|lesen|liest|hört\w*|heißt|hieß|steht|stand|bekam|erhielt|erhält|sah"
    r"|sieht|motto|titel|buch|film|lied|roman|plakat\w*|schild\w*|aufschrift|schlagzeile|überschrift|frage"
    r"|was|were|asked|read|reads|heard|saw|sees|received|got|title|book|film|song|sign|headline|question|slogan)\b",
    re.IGNORECASE,
)
"""What follows is not what the subject says: it is asked, read, heard, or a name of something."""
_GAP = re.compile(r"[^.!?„“\n]{0,160}[.!?]\s$")


class Speakers:
    """The persons and bodies of a text by where they stand."""

    def __init__(self, text: str, entities: Sequence[Entity], words: SpeechWords) -> None:
        self._text = text
        self._words = words
        spans = []
        for entity in entities:
            for mention in entity.mentions:
                if mention.field == "body_text" and entity.label in ("PER", "ORG", "LOC"):
                    genitive = (
                        mention.surface != entity.name
                        and mention.surface.endswith("s")
                        and not entity.name.endswith("s")
                    )
                    spans.append((mention.start, mention.end, entity.name, entity.label, genitive))
        self._spans = sorted(spans)
        self._starts = [start for start, *_ in self._spans]

    def _within(self, start: int, end: int, labels: str = "PER") -> list[tuple[int, int, str, str, bool]]:
        inside = self._spans[bisect_left(self._starts, start) : bisect_right(self._starts, end - 1)]
        return [span for span in inside if span[3] in labels and span[1] <= end]

    def of_direct(self, start: int, end: int) -> tuple[str | None, str | None]:
        """Speaker and cue of a quotation with its marks; None for what is not certain."""
        text, words = self._text, self._words
        after = words.after.match(text, end, min(len(text), end + REACH))
        if after is not None:
            return self._behind(after, end)
        window = text[max(0, start - REACH) : start]
        offset = start - len(window)
        named = self._named_before_colon(start)
        if named is not None:
            return named, ":"
        before = words.before.search(window)
        if before is not None:
            name = "cue" if before["cue"] else "of"
            cue_start, cue_end = before.start(name) + offset, before.end(name) + offset
            return self._subject(self._sentence_start(cue_start), start, cue_start, cue_end), before[name]
        introduced = self._introducing(start)
        return (introduced, ":") if introduced is not None else (None, None)

    def _behind(self, after: re.Match[str], end: int) -> tuple[str | None, str | None]:
        groups = after.groupdict()
        cue = after["cue"] or groups.get("late")
        if groups.get("subject"):
            persons = self._within(after.start("subject"), after.end("subject"), "PER ORG")
            between = self._text[persons[-1][1] : after.start("late")] if persons else ""
            certain = len(persons) == 1 and not self._words.blockers.search(after["subject"]) and len(between) < 45
            return (persons[0][2] if certain else None), cue
        begin = after.end("cue")
        stop = _STOP.search(self._text, begin, min(len(self._text), begin + REACH))
        limit = stop.start() if stop else min(len(self._text), begin + REACH)
        return self._first_after(begin, self._whole(begin, limit)), cue

    def _whole(self, begin: int, limit: int) -> int:
        """A limit that cuts no name in two: „Karl-Theodor zu G.“, "J. Smith"."""
        for start, end, *_ in self._within(begin, min(len(self._text), limit + 40), "PER ORG"):
            if start < limit < end:
                return end
        return limit

    def _first_after(self, begin: int, limit: int) -> str | None:
        """The first name behind a cue, if nothing between makes it another's; a body's only directly behind it."""
        named = self._within(begin, limit, "PER ORG LOC")
        person = next((span for span in named if span[3] == "PER"), None)
        if person is not None:
            between = self._text[begin : person[0]]
            if not person[4] and len(between) <= 70 and not self._words.blockers.search(between):
                return person[2]
        first = named[0] if named else None
        beside = first is not None and first[3] != "PER" and _ARTICLE.fullmatch(self._text[begin : first[0]])
        if first is not None and beside and (person is None or person[0] - first[1] > 45):
            return first[2]
        return None

    def _named_before_colon(self, start: int) -> str | None:
        """„Merkel (CDU): …“."""
        near = self._within(max(0, start - 80), start, "PER")
        if not near:
            return None
        _, end, name, _, _ = near[-1]
        line = self._text.rfind("\n", 0, end) + 1
        opening = self._text[line : near[-1][0]].strip()
        return (
            name
            if _NAME_COLON.fullmatch(self._text[end:start]) and len(opening) < 40 and not opening.endswith(",")
            else None
        )

    def _introducing(self, start: int) -> str | None:
        """„Trainer Lukas Kwasniok zeigte sich zufrieden: …“: the only person of the sentence, which begins with it."""
        colon = self._text.rfind(":", max(0, start - 2), start)
        if colon < 0:
            return None
        begin = self._sentence_start(colon)
        named = self._within(begin, colon, "PER ORG")
        if not named or named[0][3] != "PER" or named[0][4] or len({span[2] for span in named if span[3] == "PER"}) > 1:
            return None
        lead, rest = self._text[begin : named[0][0]], self._text[named[0][1] : colon]
        plain = len(lead) < 50 and len(rest) < 90 and "," not in lead and not _OBLIQUE.search(lead)
        return named[0][2] if plain and not _NO_SPEECH.search(rest) else None

    def _sentence_start(self, position: int) -> int:
        begin = max(0, position - 2 * REACH)
        starts = [match.end() for match in _SENTENCE_BEFORE.finditer(self._text, begin, position)]
        return starts[-1] if starts else begin

    def _subject(self, start: int, end: int, cue_start: int, cue_end: int) -> str | None:
        """The name that is the cue's subject: the last before it in its clause, else the first behind it."""
        named = self._within(start, cue_start, "PER ORG")
        before = [span for span in named if self._text[span[0] - 1 : span[0]] != "("]
        if before:
            first, last, name, label, genitive = before[-1]
            between = self._text[last:cue_start]
            lead = self._text[start:first]
            people = {span[2] for span in before if span[3] == "PER"}
            plain = "," not in between and len(between) < 60 and not genitive
            if plain and not _OBLIQUE.search(lead) and ((label == "PER" and len(people) == 1) or not people):
                return name
            return None
        return self._first_after(cue_end, end)

    def of_cue(self, start: int, end: int, cue_start: int, cue_end: int, clause: Span) -> str | None:
        """Speaker of a reported clause in the sentence from ``start`` to ``end``."""
        source = self._source(cue_end, end)
        if source is not None:
            return source
        if clause[0] >= cue_end:
            return self._subject(start, clause[0], cue_start, cue_end)
        named = self._within(clause[1], cue_start, "PER ORG")
        if named:
            return (
                named[0][2]
                if len(named) == 1 and not self._words.blockers.search(self._text[clause[1] : cue_start])
                else None
            )
        return self._first_after(cue_end, end)

    def _source(self, cue_end: int, end: int) -> str | None:
        """„verlautete aus dem Weißen Haus“."""
        match = re.compile(r"(?: es)? (?:aus|beim|von|in) (?:de[mrn] )?").match(self._text, cue_end, end)
        if match is None:
            return None
        near = self._within(match.end(), min(end, match.end() + 80), "PER ORG LOC")
        return near[0][2] if near and near[0][0] == match.end() else None

    def only_person_before(self, position: int) -> str | None:
        """The one person named in the paragraph so far; None if there are several or none."""
        line = self._text.rfind("\n", 0, position) + 1
        people = {name for _, _, name, _, _ in self._within(line, position, "PER")}
        return people.pop() if len(people) == 1 else None

    def continues(self, previous_end: int, start: int) -> bool:
        """Nothing but the end of the last quotation's own sentence stands between the two."""
        gap = self._text[previous_end:start]
        return (
            len(gap) < 200
            and bool(_GAP.fullmatch(gap))
            and self._words.after.match(self._text, previous_end) is not None
        )
