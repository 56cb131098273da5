"""Reads the hand-written gold sets: passages with their mentions marked, beside what must be made of them."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml

from contracts.messages import Field as TextField
from contracts.messages import Label, Mention

GOLD = Path(__file__).parents[1] / "gold"
MARK = re.compile(r"\[(?:(PER|LOC|ORG|MISC|DATE) )?([^\]]*)\]")


@dataclass
class Marked:
    """A text without its marks, and the marks."""

    text: str
    mentions: list[tuple[Label, Mention]] = field(default_factory=list)
    dates: dict[tuple[int, int], str] = field(default_factory=dict)


def unmark(marked: str, where: TextField = "body_text", default: Label = "LOC") -> Marked:
    """``[PER Joe Biden]`` is a mention, ``[DATE 2024-03 März]`` a date, ``[Halle]`` a mention of the default label."""
    pieces: list[str] = []
    found = Marked("")
    length = position = 0
    for match in MARK.finditer(marked):
        before = marked[position : match.start()]
        pieces.append(before)
        length += len(before)
        label, body = match[1] or default, match[2]
        if label == "DATE":
            value, _, body = body.partition(" ")
            found.dates[(length, length + len(body))] = value
        else:
            assert label in get_args(Label)
            mention = Mention(field=where, start=length, end=length + len(body), surface=body)
            found.mentions.append((label, mention))  # type: ignore[arg-type]
        pieces.append(body)
        length += len(body)
        position = match.end()
    pieces.append(marked[position:])
    found.text = "".join(pieces)
    return found


def load(name: str) -> list[dict[str, Any]]:
    """The cases of a gold set."""
    cases: list[dict[str, Any]] = yaml.safe_load((GOLD / name).read_text(encoding="utf-8"))
    return cases


def days(value: str) -> tuple[str, str]:
    """First and last day of an ISO value, so that a month and its days from first to last are the same."""
    first, _, last = value.partition("/")
    last = last or first
    first += "0001-01-01"[len(first) :]
    if len(last) == 4:
        last += "-12-31"
    elif len(last) == 7:
        last += f"-{calendar.monthrange(int(last[:4]), int(last[5:]))[1]:02d}"
    return first, last


@dataclass
class Counts:
    """Hits, false alarms and misses, added up."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)

    def __str__(self) -> str:
        return f"P {self.precision:.3f} R {self.recall:.3f} F1 {self.f1:.3f} ({self.right} right)\n" + "\n".join(
            self.notes
        )
