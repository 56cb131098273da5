"""Unicode text in one form, in linear time whatever it holds."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MOST_MARKS = 30
"""Combining marks in a row, as in the Stream-Safe Text Format of UAX #15: no script needs more than a few."""


_AFTER_MARKS = 0x20000
"""No mark stands beyond the first two planes."""


def composed(text: str) -> str:
    """``text`` in NFC, without the marks of a run that are beyond ``MOST_MARKS``.

    Normalising sorts each run of marks, in square time: 80,000 of them took ten seconds.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _runs().sub(r"\1", text))


@cache
def _runs() -> re.Pattern[str]:
    marks = [code for code in range(0x300, _AFTER_MARKS) if unicodedata.combining(chr(code))]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    known = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return re.compile(f"([{known}]{{{MOST_MARKS}}})[{known}]+")
