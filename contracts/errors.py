"""The errors' tree.

NewswireError                     exit code
├── UsageError                    2   a path, option or value that cannot be used
├── InputRefused                  3   an article, file or feed that was not accepted; the rest goes on
├── ServiceUnavailable            4   Kafka, Elasticsearch or Kibana cannot be reached or refuses us
├── ConfigError                   5   a setting that is missing, unknown or wrong
├── EnvironmentProblem            6   this machine lacks something: disk, Java, a port, a cached download
├── NotFound                      7   nothing stands under that id or name
└── StageError                        inside a stage; each is one of the three outcomes of a message
    ├── Retry                         try the same message again later
    ├── Quarantine                    this message can never pass: keep it, count it, go on
    └── Drop                          not an error: the message has nothing left to do

An error carries data and renders one sentence that says what happened, and a hint that says what to do.
Foreign errors are mapped into this tree at the edge where they arise.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_OK = 0
EXIT_UNEXPECTED = 1
EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""

BRIEF_CHARS = 500
"""Longest piece of a library's message that goes into a sentence of ours; servers answer with pages of it."""


def brief(error: BaseException) -> str:
    """What a library's error says, on one line and not too long; its type where it says nothing."""
    return " ".join(str(error).split())[:BRIEF_CHARS] or type(error).__name__


class NewswireError(Exception):
    """Base of every error that is shown to a person.

    Args:
        message: one sentence that says what happened, with the data that matters.
        hint: one sentence that says what to do about it; may be empty.
    """

    exit_code: ClassVar[int] = EXIT_UNEXPECTED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled without the constructor, whose arguments differ from the sentence that is kept."""
        return type(self).__new__, (type(self), *self.args), self.__dict__

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(NewswireError):
    """What the caller asked for cannot be done as asked."""

    exit_code = 2


class InputRefused(NewswireError):
    """An input was not accepted; nothing of it entered the stream.

    Args:
        origin: file name, URL or line that names the input.
        reason: short stable code, for counting: ``empty``, ``binary``, ``too-large``, ``no-text``, ….
    """

    exit_code = 3

    def __init__(self, origin: str, reason: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{origin}: {message}", hint=hint)
        self.origin = origin
        self.reason = reason


class ServiceUnavailable(NewswireError):
    """A server does not answer, or refuses us.

    Args:
        service: ``Kafka``, ``Elasticsearch`` or ``Kibana``.
        address: where it was looked for, without credentials.
    """

    exit_code = 4

    def __init__(self, service: str, address: str, detail: str = "", *, hint: str = "") -> None:
        tail = f" ({detail})" if detail else ""
        super().__init__(
            f"{service} does not answer at {address}{tail}.",
            hint=hint or "Start it with `newswire up`, or set its address: `newswire config show`.",
        )
        self.service = service
        self.address = address
        self.detail = detail


class ConfigError(NewswireError):
    """A setting is missing, unknown or has a value that cannot be used."""

    exit_code = 5


class EnvironmentProblem(NewswireError):
    """The machine lacks something that the embedded servers need."""

    exit_code = 6


class NotFound(NewswireError):
    """Nothing stands under the name that was given."""

    exit_code = 7


class StageError(NewswireError):
    """Base of the outcomes that end a message's way through a stage early.

    Args:
        reason: short stable code, for counting.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Retry(StageError):
    """The same message may pass later: a server was busy, or a neighbour was at work on it."""


class Quarantine(StageError):
    """The message can never pass as it is; it goes to ``news.quarantine`` with its original bytes."""


class Drop(StageError):
    """The message has nothing left to do, for instance a version that is already indexed."""
