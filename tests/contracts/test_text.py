"""Text in one form."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.text import MOST_MARKS, composed


@given(st.text())
def test_text_of_any_script_is_in_nfc(text: str) -> None:
    assert composed(text) == unicodedata.normalize("NFC", text)


def test_marks_in_a_row_are_bounded() -> None:
    assert len(composed("x" + "\u0323" * 10_000 + "y")) == MOST_MARKS + 2


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0300\u0301\u0302\u0303\u0327\u0328", "\u3099\u0323"])
def test_a_text_of_marks_takes_no_square_time(marks: str) -> None:
    begun = time.process_time()
    composed("a" + marks * (500_000 // len(marks)) + "\u0323" * 500_000)
    assert time.process_time() - begun < 5  # sorted as one run they take half an hour
