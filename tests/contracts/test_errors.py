"""The errors' tree is what its drawing says, and every leaf says what to do."""

from __future__ import annotations

import pickle

import pytest

from contracts import errors


def walk(kind: type) -> list[type]:
    return [
        kind,
        *(leaf for child in kind.__subclasses__() if child.__module__ == errors.__name__ for leaf in walk(child)),
    ]


def test_the_drawing_names_every_error_and_its_exit_code() -> None:
    drawing = errors.__doc__ or ""
    for kind in walk(errors.NewswireError):
        lines = [line for line in drawing.splitlines() if f" {kind.__name__} " in f" {line.replace('─', ' ')} "]
        assert len(lines) == 1, kind
        if "exit_code" in vars(kind) and kind is not errors.NewswireError:
            assert str(kind.exit_code) in lines[0].split()


def test_exit_codes_tell_the_kinds_apart() -> None:
    codes = [kind.exit_code for kind in walk(errors.NewswireError) if "exit_code" in vars(kind)]
    assert len(codes) == len(set(codes))


def test_a_sentence_and_what_to_do() -> None:
    error = errors.ServiceUnavailable("Kafka", "127.0.0.1:9092", "refused")
    assert str(error) == (
        "Kafka does not answer at 127.0.0.1:9092 (refused). "
        "Start it with `newswire up`, or set its address: `newswire config show`."
    )
    refused = errors.InputRefused("a.txt", "empty", "the file is empty.")
    assert (str(refused), refused.reason) == ("a.txt: the file is empty.", "empty")


def test_what_a_library_says_fits_on_one_line() -> None:
    assert errors.brief(ValueError("no\n  such\tthing")) == "no such thing"
    assert errors.brief(TimeoutError()) == "TimeoutError"
    assert len(errors.brief(ValueError("x" * 10_000))) == errors.BRIEF_CHARS


@pytest.mark.parametrize(
    "error",
    [
        errors.InputRefused("a.txt", "empty", "the file is empty.", hint="Look."),
        errors.ServiceUnavailable("Kafka", "127.0.0.1:1", "refused"),
    ],
)
def test_an_error_is_the_same_after_a_way_between_processes(error: errors.NewswireError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, vars(copy), str(copy)) == (type(error), error.args, vars(error), str(error))
