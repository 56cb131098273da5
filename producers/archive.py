"""JSON Lines, plain or compressed: an article a line, as our own message or under the names that archives use."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Any, Protocol, cast

import msgspec
import zstandard

from contracts.codec import decode
from contracts.errors import InputRefused, Quarantine
from contracts.messages import Lane, RawArticle, Source
from contracts.settings import ProducerSettings
from producers import defects
from producers.articles import build
from producers.dates import zone
from producers.mapping import draft_of, source_of

ARCHIVE_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst")

CHUNK_BYTES = 1 << 16
"""Read at once; bounds memory together with the longest line, and what a damaged archive loses before its break."""

ZSTD_WINDOW_BYTES = 128 << 20
"""Memory a compressed file may ask for: what ``zstd --long=27`` makes."""


class Readable(Protocol):
    """Bytes from somewhere."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, none at the end."""
        ...


def read_archive(
    stream: Readable, *, name: str, origin: str, default: Source, lane: Lane, settings: ProducerSettings
) -> Iterator[RawArticle | InputRefused]:
    """The articles in ``stream``; a bad line is refused as ``origin:line`` and the rest goes on.

    Args:
        name: file name, whose end tells the compression.
        default: where articles are from that do not say it themselves.
    """
    number = 0
    try:
        for number, line in _lines(_decompressed(stream, name), settings.max_input_bytes):
            where = f"{origin}:{number}"
            if line is None:
                yield InputRefused(
                    where,
                    "too-large",
                    f"the line is longer than the {settings.max_input_bytes:,} bytes that are accepted.",
                    hint="Raise producer.max_input_bytes.",
                )
                continue
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            try:
                with defects.refused(where):
                    article = read_line(line, origin=where, default=default, lane=lane, settings=settings)
                yield article
            except InputRefused as refused:
                yield refused
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        yield InputRefused(
            f"{origin}:{number + 1}",
            "unreadable",
            f"the file breaks off or is damaged here: {str(error).rstrip('.')}.",
            hint="The lines before it were read; fetch the file again for the rest.",
        )


def read_line(line: bytes, *, origin: str, default: Source, lane: Lane, settings: ProducerSettings) -> RawArticle:
    """The article in one line.

    Raises:
        InputRefused: ``not-json``, ``not-an-article``, ``no-text`` or ``too-large``.
    """
    try:
        value: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputRefused(
            origin, "not-json", f"the line is not JSON: {error}.", hint="Give one object a line."
        ) from error
    if not isinstance(value, dict):
        raise InputRefused(
            origin,
            "not-an-article",
            f"the line holds a {type(value).__name__}, not an object.",
            hint="Give one object a line.",
        )
    if "version_id" in value and isinstance(value.get("source"), dict):
        return _own(line, origin, lane, settings)
    draft = draft_of(value, zone(settings.timezone))
    source = source_of(value, default)
    return build(draft, source, origin=origin, lane=lane, max_text_chars=settings.max_text_chars)


def _own(line: bytes, origin: str, lane: Lane, settings: ProducerSettings) -> RawArticle:
    try:
        article = decode(line, RawArticle)
    except Quarantine as error:
        raise InputRefused(origin, "not-an-article", error.message) from error
    length = sum(len(block.text) for block in article.blocks)
    if length > settings.max_text_chars:
        raise InputRefused(
            origin,
            "too-large",
            f"its text has {length:,} characters, more than are accepted.",
            hint="Raise producer.max_text_chars.",
        )
    if not article.id or not (article.headline or any(block.text.strip() for block in article.blocks)):
        raise InputRefused(origin, "no-text", "there is no text of an article in it.")
    return msgspec.structs.replace(article, lane=lane)


def _decompressed(stream: Readable, name: str) -> Readable:
    lowered = name.lower()
    if lowered.endswith(".gz"):
        return gzip.GzipFile(fileobj=cast(Any, stream), mode="rb")
    if lowered.endswith(".zst"):
        decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
        return decompressor.stream_reader(cast(Any, stream), read_across_frames=True)
    return stream


def _lines(stream: Readable, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines without their ends; None for one longer than ``limit``, of which no more is kept."""
    number, held, skipping = 1, bytearray(), False
    while chunk := stream.read(CHUNK_BYTES):
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            line = None if skipping or len(held) + len(part) > limit else bytes(held) + part
            yield number, line
            number, skipping = number + 1, False
            held.clear()
        if len(held) + len(rest) > limit:
            skipping = True
            held.clear()
        elif not skipping:
            held += rest
    if held or skipping:
        yield number, None if skipping else bytes(held)
