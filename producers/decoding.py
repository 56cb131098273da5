"""Bytes of a text file to text: which encoding it is, whether it is text at all, and double-encoded text repaired."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

import cchardet
import ftfy
import ftfy.badness

from contracts.errors import InputRefused
from contracts.text import composed

MAGIC = {
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x1f\x8b": "gzip-compressed",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3\x00": "a database",
    b"{\\rtf": "an RTF document",
    b"%!PS": "a PostScript document",
}

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""In this order, for the UTF-32 mark begins with the UTF-16 one."""

CONTROL_BYTES = bytes(set(range(32)) - {0, 8, 9, 10, 11, 12, 13, 26, 27})
"""C0 controls that no text has; NUL, backspace, tabs, line ends, form feed, end of file and escape do occur."""

MAX_CONTROL_SHARE = 0.01
"""Share of such controls in what still counts as text; random bytes have 9 %."""

MAX_NUL_SHARE = 0.05
"""NULs are padding in broken exports; more of them is a binary file."""

WESTERN = frozenset(
    "äöüÄÖÜßéèêëàâáãåæçñóòôõøœíìîïúùûýÿÉÈÊËÀÂÁÃÅÆÇÑÓÒÔÕØŒÍÌÎÏÚÙÛšžŠŽ„“”‚‘’–—…€§°«»‹›·¿¡£©®™½¼¾²³×\xa0\xad†•"
)
"""What 8-bit text of western languages is made of, so that a short text is not taken for Hungarian or Turkish."""

MAX_WESTERN_SHARE = 0.3
"""Share of such letters in western text: French has 5 %, German 2 %. More is Cyrillic, Greek or no text."""

FEW_BYTES = 16
"""So few 8-bit letters say nothing by their share: a headline of two words may have 40 %."""

MIN_CONFIDENCE = 0.7
"""Below it the detector's word for another alphabet is a guess."""

SPEAKING_CP1252 = b"\x80\x84\x91\x92\x93\x94\x96\x97\x85"
"""Euro, quotation marks, dashes, ellipsis: the bytes below 0xA0 that stray into UTF-8 text."""

_C1 = re.compile(r"[\x80-\x9f]")
_REPAIR = ftfy.TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    fix_line_breaks=False,
    remove_terminal_escapes=False,
    remove_control_chars=False,
    explain=False,
)


@dataclass(frozen=True)
class Decoded:
    """Text out of bytes.

    Attributes:
        encoding: Python's name of the encoding that was used.
        notes: ``decoded:cp1252``, ``invalid-bytes-replaced``, ``mixed-encodings``, ``nul-removed``,
            ``mojibake-repaired``.
    """

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(data: bytes, origin: str) -> Decoded:
    """The text in ``data``.

    Args:
        origin: names the input in an error.

    Raises:
        InputRefused: ``empty``, ``binary`` or ``undecodable``.
    """
    if not data.strip(b" \t\r\n\x00\x0b\x0c\x1a"):
        raise InputRefused(origin, "empty", "the file is empty.")
    for magic, what in MAGIC.items():
        if data.startswith(magic):
            raise InputRefused(origin, "binary", f"the file is {what}, not a text.", hint="Give it as plain text.")
    text, encoding, notes = _marked(data, origin) or _unmarked(data, origin)
    if "\x00" in text:
        text = text.replace("\x00", "")
        notes.append("nul-removed")
    if not text.strip("\ufeff \t\r\n\x0b\x0c\x1a\u200b\xa0"):
        raise InputRefused(origin, "empty", "the file is empty.")
    if encoding != "utf-8":
        notes.insert(0, f"decoded:{encoding}")
    text = composed(text)
    if ftfy.badness.is_bad(text) or _C1.search(text):  # half the time of reading an article, and few need it
        repaired = ftfy.fix_text(text, _REPAIR)
        if repaired != text:
            notes.append("mojibake-repaired")
        text = repaired
    return Decoded(text, encoding, tuple(notes))


def _marked(data: bytes, origin: str) -> tuple[str, str, list[str]] | None:
    """Text with a byte order mark."""
    for mark, encoding in BOMS:
        if not data.startswith(mark):
            continue
        body = data[len(mark) :]
        if encoding == "utf-8":
            return _utf8(body, origin)
        text = body.decode(encoding, "replace")
        if not _is_text(text):
            raise _undecodable(origin, "UTF-16 or UTF-32")
        return text, encoding, ["invalid-bytes-replaced"] if "\ufffd" in text else []
    return None


def _unmarked(data: bytes, origin: str) -> tuple[str, str, list[str]]:
    wide = _utf16_without_mark(data)
    if wide is not None:
        return wide
    nuls = data.count(0)
    controls = len(data) - len(data.translate(None, CONTROL_BYTES))
    if nuls > max(2, len(data) * MAX_NUL_SHARE) or controls > len(data) * MAX_CONTROL_SHARE:
        raise InputRefused(
            origin, "binary", "the file holds binary data, not a text.", hint="Give the article as plain text."
        )
    return _utf8(data, origin)


def _utf16_without_mark(data: bytes) -> tuple[str, str, list[str]] | None:
    """Every second byte of UTF-16 is mostly NUL where the text is mostly Latin, spaces and punctuation elsewhere."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) < max(2, len(data) // 2 * 0.05) or min(even, odd) > 0.05 * max(even, odd):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = data.decode(encoding, "replace")
    if not _is_text(text):
        return None
    return text, encoding, ["invalid-bytes-replaced"] if "\ufffd" in text else []


def _is_text(text: str) -> bool:
    """Whether most characters are letters, digits, spaces and punctuation and few of them were invented."""
    sample = text[:20_000]
    good = sum(1 for char in sample if unicodedata.category(char)[0] in "LNPZ" or char in "\n\r\t")
    bad = sum(1 for char in sample if unicodedata.category(char) in {"Cc", "Cn", "Co", "Cs"} and char not in "\n\r\t\f")
    return good >= 0.8 * len(sample) and bad + sample.count("\ufffd") <= 0.05 * len(sample)


def _utf8(data: bytes, origin: str) -> tuple[str, str, list[str]]:
    try:
        return data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError:
        pass
    kept = data.decode("utf-8", "ignore")
    lost = len(data) - len(kept.encode("utf-8"))
    several = sum(1 for char in kept if ord(char) > 0x7F)
    if several >= 2 * lost or (lost <= 3 and data[-3:].decode("utf-8", "ignore") == "" and several):
        text = data.decode("utf-8", _STRAY)
        notes = ["mixed-encodings"] if "\ufffd" not in text else ["invalid-bytes-replaced"]
        return text, "utf-8", notes
    return _legacy(data, origin)


def _legacy(data: bytes, origin: str) -> tuple[str, str, list[str]]:
    """An 8-bit encoding: western if it can be, what the detector says if it is sure, else refused."""
    high = [byte for byte in data if byte > 0x7F]
    share = len(high) / len(data)
    as_western = bytes(high).decode("cp1252", "replace")
    good = sum(1 for char in as_western if char in WESTERN)
    good += data.count(b"\xa4")
    few = share <= MAX_WESTERN_SHARE or (len(high) <= FEW_BYTES and share < 0.5)
    if few and good >= 0.9 * len(high):
        encoding = "cp1252" if any(byte < 0xA0 for byte in high) else "latin-1"
        if encoding == "latin-1" and b"\xa4" in data:
            encoding = "iso-8859-15"  # its euro sign; no news text has a general currency sign
        return data.decode(encoding, "replace"), encoding, []
    found = cchardet.detect(data)
    name, sure = (found["encoding"] or "").lower(), found["confidence"] or 0.0
    try:
        text = data.decode(name) if sure >= MIN_CONFIDENCE else None
        name = codecs.lookup(name).name if text is not None else name
    except (LookupError, UnicodeDecodeError):
        text = None
    if text is not None and _is_text(text) and not (name in _WESTERN_NAMES and share > MAX_WESTERN_SHARE):
        return text, name, []
    if few and good >= 0.5 * len(high):
        return data.decode("cp1252", "replace"), "cp1252", ["invalid-bytes-replaced"]
    raise _undecodable(origin, "any encoding we know")


_WESTERN_NAMES = frozenset({"cp1252", "iso8859-1", "iso8859-15", "mac-roman"})


def _undecodable(origin: str, what: str) -> InputRefused:
    return InputRefused(
        origin,
        "undecodable",
        f"the file is neither valid UTF-8 nor text in {what}.",
        hint="Convert it to UTF-8, for instance with iconv.",
    )


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Bytes in UTF-8 text that are none: a lone western letter or quotation mark is read as such."""
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    at_end = error.end >= len(error.object)
    if len(bad) == 1 and not at_end and (bad[0] >= 0xC0 or bad in SPEAKING_CP1252):
        return bad.decode("cp1252"), error.end
    return "\ufffd", error.end


_STRAY = "newswire-stray"
codecs.register_error(_STRAY, _stray)
