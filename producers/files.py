"""Files on disk to articles, as a stream: every input becomes an article or a refusal with its reason."""

from __future__ import annotations

import errno
import glob
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from contracts.errors import InputRefused, UsageError
from contracts.messages import Lane, RawArticle, Source
from contracts.settings import ProducerSettings
from producers import defects
from producers.archive import ARCHIVE_SUFFIXES, Readable, read_archive
from producers.articles import Draft, build
from producers.dates import zone
from producers.decoding import decode
from producers.textfile import parse

SUFFIXES = (".txt", *ARCHIVE_SUFFIXES)
"""What is taken out of a folder; a file that is named itself may be called anything."""

STDIN = "-"

Outcome = RawArticle | InputRefused


@dataclass(frozen=True)
class FileReader:
    """Reads articles from files, folders, globs and standard input.

    Attributes:
        source: collection that the articles belong to; default the folder's name.
        now: the time of collection.
        stdin: what ``-`` stands for.
        on_passed_over: called for every file in a folder that is none of ours by its name.
    """

    settings: ProducerSettings
    lane: Lane
    now: Callable[[], datetime]
    source: str | None = None
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)
    on_passed_over: Callable[[Path], None] = lambda _: None

    def read(self, paths: Sequence[str]) -> Iterator[Outcome]:
        """An article or a refusal for every input, in the order of ``paths``; folders in the order of names.

        Raises:
            UsageError: no path was given.
        """
        if not paths:
            raise UsageError("No path was given.", hint="Name files, folders or globs, or - for standard input.")
        for path in paths:
            if path == STDIN:
                yield from self._stdin()
            else:
                yield from self._path(path)

    def _path(self, path: str) -> Iterator[Outcome]:
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116  # pathlib would turn "" into "."
        except (OSError, ValueError) as error:
            if glob.has_magic(path):
                yield from self._glob(path)
            else:
                yield _refusal(path or "(no name)", error)
            return
        if stat.S_ISDIR(mode):
            folder = Path(path)
            yield from self._folder(folder, folder, (), self.source or _name(folder))
        else:
            file = Path(path)
            yield from self._file(file, file.name, self.source or _name(file.parent))

    def _glob(self, pattern: str) -> Iterator[Outcome]:
        matched = False
        for path in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207  # takes absolute patterns too
            if Path(path).is_dir() and "**" in pattern:
                continue
            matched = True
            yield from self._path(path)
        if not matched:
            yield InputRefused(pattern, "no-such-path", "nothing matches this pattern.", hint="Check its spelling.")

    def _folder(self, folder: Path, root: Path, above: tuple[tuple[int, int], ...], source: str) -> Iterator[Outcome]:
        try:
            info = folder.stat()
            with os.scandir(folder) as entries:
                names = sorted((entry.name, _is_folder(entry)) for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            yield _refusal(str(folder), error)
            return
        here = (info.st_dev, info.st_ino)
        if here in above:
            yield InputRefused(
                str(folder), "symlink-loop", "the folder links back to one that contains it; it is read once."
            )
            return
        for name, is_folder in names:
            path = folder / name
            if is_folder:
                yield from self._folder(path, root, (*above, here), source)
            elif name.lower().endswith(SUFFIXES):
                yield from self._file(path, path.relative_to(root).as_posix(), source)
            else:
                self.on_passed_over(path)

    def _file(self, path: Path, uri: str, source: str) -> Iterator[Outcome]:
        origin = str(path)
        try:
            with _open_regular(path) as stream:
                if path.name.lower().endswith(ARCHIVE_SUFFIXES):
                    yield from self._archive(stream, path.name, origin, uri, source)
                    return
                size = os.fstat(stream.fileno()).st_size
                limit = self.settings.max_input_bytes
                data = stream.read(limit + 1) if size <= limit else b""
                if size > limit or len(data) > limit:
                    raise _too_large(origin, max(size, len(data)), limit)
            yield self._text(data, origin, uri, source)
        except InputRefused as refused:
            yield refused
        except OSError as error:
            yield _refusal(origin, error)

    def _stdin(self) -> Iterator[Outcome]:
        source = self.source or "stdin"
        limit = self.settings.max_input_bytes
        try:
            start = self.stdin.read(1)
            if start == b"{":
                yield from self._archive(_Pushback(start, self.stdin), "stdin.jsonl", "stdin", "stdin", source)
                return
            data = start + self.stdin.read(limit)
            if len(data) > limit:
                raise _too_large("stdin", None, limit)
            yield self._text(data, "stdin", "stdin", source)
        except InputRefused as refused:
            yield refused
        except OSError as error:
            yield _refusal("stdin", error)

    def _text(self, data: bytes, origin: str, uri: str, source: str) -> RawArticle:
        with defects.refused(origin):
            return self._article(data, origin, uri, source)

    def _article(self, data: bytes, origin: str, uri: str, source: str) -> RawArticle:
        decoded = decode(data, origin)
        parsed = parse(decoded.text, zone(self.settings.timezone))
        draft = Draft(
            blocks=parsed.blocks,
            headline=parsed.headline,
            description_text=parsed.description_text,
            byline=parsed.byline,
            dateline=parsed.dateline,
            dates=parsed.dates,
            section=parsed.section,
            stripped=parsed.stripped,
            notes=decoded.notes,
        )
        where = Source(id=source, kind="file", collected_at=self.now(), uri=uri)
        return build(draft, where, origin=origin, lane=self.lane, max_text_chars=self.settings.max_text_chars)

    def _archive(self, stream: Readable, name: str, origin: str, uri: str, source: str) -> Iterator[Outcome]:
        default = Source(id=source, kind="archive", collected_at=self.now(), uri=uri)
        yield from read_archive(
            stream, name=name, origin=origin, default=default, lane=self.lane, settings=self.settings
        )


class _Pushback:
    """A stream with bytes put back before it."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int = -1) -> bytes:
        start, self._start = self._start, b""
        return start or self._stream.read(size)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _open_regular(path: Path) -> BinaryIO:
    """Open without waiting for a writer, and only what is a file: a pipe or device would never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise _not_a_file(str(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _not_a_file(str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _not_a_file(origin: str) -> InputRefused:
    return InputRefused(origin, "not-a-file", "it is a pipe, socket or device, not a file.", hint="Name a file.")


def _name(folder: Path) -> str:
    return folder.resolve().name or "files"


def _too_large(origin: str, size: int | None, limit: int) -> InputRefused:
    found = f"{size:,} bytes are" if size is not None else "it is"
    return InputRefused(
        origin,
        "too-large",
        f"{found} more than the {limit:,} bytes that an article's file may have.",
        hint="Split it into articles, or raise producer.max_input_bytes.",
    )


def _refusal(origin: str, error: OSError | ValueError) -> InputRefused:
    code = getattr(error, "errno", None)
    if code in {errno.ENOENT, errno.ENOTDIR}:
        return InputRefused(origin, "no-such-path", "there is no such file or folder.", hint="Check its spelling.")
    if code in {errno.EACCES, errno.EPERM}:
        return InputRefused(origin, "no-permission", "you may not read it.", hint="Change its permissions.")
    if code == errno.ELOOP:
        return InputRefused(origin, "symlink-loop", "its symbolic links lead back to themselves.")
    if code in {errno.ENXIO, errno.ENODEV}:
        return _not_a_file(origin)
    reason = getattr(error, "strerror", None) or str(error)
    return InputRefused(origin, "unreadable", f"it cannot be read: {reason}.")
