"""Floors on real material: headline, standfirst and dateline of the articles beside a maintainer's checkout.

The corpus says what each article's headline, standfirst and place are; the text file is put together from them as a
crawler would leave it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from producers.dates import zone
from producers.textfile import ParsedText, parse

_MARK = re.compile(r"\[(?:PER|LOC|ORG|MISC) ([^\[\]]*)\]|\[DATE \S+ ([^\[\]]*)\]")
ARTICLES = 384


@dataclass(frozen=True)
class Sample:
    headline: str
    standfirst: str
    place: str
    text: str

    def parsed(self) -> ParsedText:
        parts = [self.headline, self.standfirst, self.text] if self.standfirst else [self.headline, self.text]
        return parse("date 2021-12 Anzeige\n\n" + "\n\n".join(parts) + "\n", zone("Europe/Berlin"))

    @property
    def opens_with_place(self) -> bool:
        return bool(self.place) and self.text.lower().startswith(self.place.lower()[:4])


def samples(folder: Path) -> list[Sample]:
    found = []
    for path in sorted(folder.glob("[DE][EN]?.txt")):
        for part in re.split(r"(?m)^## id: ", path.read_text("utf-8"))[1:]:
            head, _, text = part.partition("\ntext:\n")
            fields = dict(line.split(": ", 1) for line in head.split("\n")[1:] if ": " in line)
            fields = {name: "" if value.strip() == "-" else _plain(value).strip() for name, value in fields.items()}
            place = fields.get("dateline", "").split("/")[0]
            found.append(Sample(fields["headline"], fields.get("standfirst", ""), place, _plain(text).strip()))
    return found


def _plain(text: str) -> str:
    return _MARK.sub(lambda match: match[1] or match[2] or "", text)


def test_headlines_standfirsts_and_datelines_of_real_articles_are_found(shared: Path) -> None:
    corpus = samples(shared / "data" / "news")
    assert len(corpus) == ARTICLES
    headlines = standfirsts = datelines = invented = 0
    for sample in corpus:
        parsed = sample.parsed()
        headlines += parsed.headline == sample.headline
        standfirsts += (parsed.description_text or "") == sample.standfirst
        datelines += sample.opens_with_place == (parsed.dateline is not None)
        invented += parsed.dateline is not None and not sample.opens_with_place
        assert (len(parsed.dates), parsed.stripped) == (1, ("Anzeige",))
    assert headlines >= 384
    assert standfirsts >= 360
    assert datelines >= 376
    assert invented <= 4
