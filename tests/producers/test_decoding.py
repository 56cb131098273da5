"""Bytes become text or a clear refusal."""

from __future__ import annotations

import contextlib
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InputRefused
from producers.decoding import decode

GERMAN = (
    "Düsseldorf (dpa) – Der „Größte Anzunehmende Unfall“ blieb aus, sagte Präsident Søren Müßig. "
    "Die Kosten betragen 5 € je Stück; Ärger gab es über Öl und Übermaß.\n"
)
RUSSIAN = "Президент России Владимир Путин провёл телефонный разговор с президентом США. " * 3
GREEK = "Ο πρωθυπουργός της Ελλάδας μίλησε στη Βουλή για την οικονομία της χώρας. " * 3


@pytest.mark.parametrize(
    ("data", "text", "notes"),
    [
        (GERMAN.encode(), GERMAN, ()),
        (GERMAN.encode("utf-8-sig"), GERMAN, ()),
        (GERMAN.encode("cp1252"), GERMAN, ("decoded:cp1252",)),
        (GERMAN.encode("utf-16"), GERMAN, ("decoded:utf-16-le",)),
        (b"\xfe\xff" + GERMAN.encode("utf-16-be"), GERMAN, ("decoded:utf-16-be",)),
        (GERMAN.encode("utf-16-le"), GERMAN, ("decoded:utf-16-le",)),
        (GERMAN.encode("utf-16-be"), GERMAN, ("decoded:utf-16-be",)),
        (RUSSIAN.encode("utf-16-le"), RUSSIAN, ("decoded:utf-16-le",)),
        (GERMAN.encode("utf-32"), GERMAN, ("decoded:utf-32-le",)),
        (RUSSIAN.encode("cp1251"), RUSSIAN, ("decoded:cp1251",)),
        (RUSSIAN.encode("koi8-r"), RUSSIAN, ("decoded:koi8-r",)),
        (GREEK.encode("iso8859-7"), GREEK, ("decoded:iso8859-7",)),
        (b"Gr\xfc\xdfe", "Grüße", ("decoded:latin-1",)),
        (b"Das kostet 5 \xa4 und \xd6l", "Das kostet 5 € und Öl", ("decoded:iso-8859-15",)),
        (GERMAN.encode().decode("cp1252", "ignore").encode(), None, ("mojibake-repaired",)),
        ("Gr\x00üße aus Köln".encode(), "Grüße aus Köln", ("nul-removed",)),
        ("Grüße, Münster, Köln: ".encode() + b"K\xf6nig", "Grüße, Münster, Köln: König", ("mixed-encodings",)),
        (GERMAN.encode()[:-4] + "ü".encode()[:1], None, ("invalid-bytes-replaced",)),
        ("&lt;b&gt; „so“ ﬁn".encode(), "&lt;b&gt; „so“ ﬁn", ()),
    ],
)  # fmt: skip
def test_text_is_decoded(data: bytes, text: str | None, notes: tuple[str, ...]) -> None:
    decoded = decode(data, "x.txt")
    assert decoded.notes == notes
    if text is not None:
        assert decoded.text == text


def test_double_encoded_text_is_repaired() -> None:
    text = "Die Bürger müssen für die Brücke zahlen, sagte Jörg Groß."
    assert decode(text.encode().decode("latin-1").encode(), "x.txt").text == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\x00\x00\x00", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00", "binary"),
        (random.Random(1).randbytes(5000), "binary"),
        (os.urandom(0) + bytes(range(1, 256)) * 4, "binary"),
        (bytes(byte | 0x80 for byte in random.Random(2).randbytes(2000)), "undecodable"),
        (b"\xff\xfe" + random.Random(3).randbytes(2000), "undecodable"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InputRefused) as refused:
        decode(data, "x.txt")
    assert refused.value.reason == reason
    assert str(refused.value).startswith("x.txt: ")


@given(st.binary(max_size=400))
def test_nothing_but_a_refusal_is_raised(data: bytes) -> None:
    with contextlib.suppress(InputRefused):
        assert "\x00" not in decode(data, "x.txt").text


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "Z"]), min_size=1))
def test_valid_utf8_is_read_as_such(text: str) -> None:
    if text.strip():
        try:
            decoded = decode(text.encode(), "x.txt")
        except InputRefused as refused:
            assert refused.reason == "empty"
        else:
            assert decoded.encoding == "utf-8"
