"""Files, folders, globs and standard input: each input is an article or a refusal, and the rest goes on."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from contracts.codec import decode, encode
from contracts.errors import InputRefused, UsageError
from contracts.messages import RawArticle
from contracts.settings import ProducerSettings
from producers.files import FileReader

NOW = datetime(2022, 1, 1, 12, tzinfo=UTC)
TEXT = "Kurze Meldung\n\nBERLIN (dpa) - Der Rat hat am Mittwoch neue Regeln beschlossen, teilte er mit.\n"


def reader(stdin: bytes = b"", source: str | None = None, **settings: object) -> FileReader:
    return FileReader(ProducerSettings(**settings), "live", lambda: NOW, source, io.BytesIO(stdin))  # type: ignore[arg-type]


def read(*paths: Path | str, **options: object) -> list[RawArticle | InputRefused]:
    return list(reader(**options).read([str(path) for path in paths]))  # type: ignore[arg-type]


def reasons(outcomes: list[RawArticle | InputRefused]) -> list[str]:
    return [outcome.reason if isinstance(outcome, InputRefused) else "accepted" for outcome in outcomes]


def test_a_file_is_an_article(tmp_path: Path) -> None:
    path = tmp_path / "wire" / "a.txt"
    path.parent.mkdir()
    path.write_text(TEXT)
    (article,) = read(path)
    assert isinstance(article, RawArticle)
    assert article.headline == "Kurze Meldung"
    assert article.dateline == "BERLIN (dpa)"
    assert (article.source.kind, article.source.id, article.source.uri) == ("file", "wire", "a.txt")
    assert article.source.collected_at == NOW
    assert str(tmp_path).encode() not in encode(article)


def test_the_same_text_is_the_same_article_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(TEXT.replace("\n", "\r\n") if name == "b" else TEXT)
    first, second = read(tmp_path)
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert first.id == second.id
    assert first.version_id == second.version_id
    assert [first.source.uri, second.source.uri] == ["a/a.txt", "b/b.txt"]


def test_a_folder_is_read_in_order_and_bad_files_do_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text(TEXT)
    (tmp_path / "2-empty.txt").touch()
    (tmp_path / "3-binary.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with (tmp_path / "4-large.txt").open("wb") as large:
        large.truncate(50_000_000)
    os.mkfifo(tmp_path / "5-pipe.txt")
    (tmp_path / "6-nowhere.txt").symlink_to("nothing")
    (tmp_path / "7-undecodable.txt").write_bytes(b"\xff\xfe" + b"\xd8\x00\x12" * 99)
    (tmp_path / "8.txt").write_text(TEXT)
    (tmp_path / "9.html").write_text("left out")
    (tmp_path / ".hidden.txt").write_text("left out")
    assert reasons(read(tmp_path)) == [
        "accepted",
        "empty",
        "binary",
        "too-large",
        "not-a-file",
        "no-such-path",
        "undecodable",
        "accepted",
    ]


def test_names_that_are_no_utf8_still_make_messages(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/inv\xff\x1b[31m"
    os.mkdir(folder)  # noqa: PTH102  # its name is bytes
    with open(folder + b"/\xfe.txt", "w") as file:  # noqa: PTH123
        file.write(TEXT)
    for article in (*read(tmp_path), *read(os.fsdecode(folder), source="\udcff")):
        assert isinstance(article, RawArticle)
        assert decode(encode(article), RawArticle) == article


def test_a_lone_surrogate_in_json_is_refused_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "z.jsonl").write_text('{"headline": "Kopf \\ud800", "text": "Ein Text."}\n')
    assert reasons(read(tmp_path)) == ["not-json"]


def test_links_that_lead_in_circles_are_told_and_end(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.txt").write_text(TEXT)
    (inner / "back").symlink_to(tmp_path)
    (tmp_path / "self.txt").symlink_to("self.txt")
    assert reasons(read(tmp_path)) == ["accepted", "symlink-loop", "symlink-loop"]


def test_globs_and_missing_paths(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.text").write_text(TEXT)
    found = read(tmp_path / "*.t*xt", tmp_path / "*.nothing", tmp_path / "none.txt", "", "nul\x00")
    assert reasons(found) == ["accepted"] * 2 + ["no-such-path"] * 3 + ["unreadable"]


def test_no_path_is_an_error_of_use() -> None:
    with pytest.raises(UsageError):
        read()


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may read everything, so permissions are tried as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError as error:
        pytest.skip(f"cannot take another user id here: {error}")
    yield
    os.seteuid(0)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text(TEXT)
    (tmp_path / "b.txt").chmod(0)
    (tmp_path / "c").mkdir(mode=0)
    return tmp_path


def test_what_may_not_be_read_is_refused_and_the_rest_goes_on(locked: Path, ordinary_user: None) -> None:
    if not os.access(locked / "a.txt", os.R_OK, effective_ids=True):
        pytest.skip("the temporary folder cannot be reached by an ordinary user")
    assert reasons(read(locked)) == ["accepted", "no-permission", "no-permission"]


def test_standard_input_is_text_or_json_lines() -> None:
    (article,) = read("-", stdin=TEXT.encode("cp1252"))
    assert isinstance(article, RawArticle)
    assert article.source.uri == "stdin"
    lines = b'{"title": "A", "text": "Ein Satz."}\n{"title": "B", "text": "Noch einer."}'
    assert reasons(read("-", stdin=lines)) == ["accepted", "accepted"]
    assert reasons(read("-", stdin=b"")) == ["empty"]
    assert reasons(read("-", stdin=b"x" * 2000, max_input_bytes=1000)) == ["too-large"]


def test_archive_fields_of_other_systems_are_understood(tmp_path: Path) -> None:
    record = {
        "url": "https://Example.org/a?utm_source=x&id=1",
        "title": "Ein <b>Titel</b>",
        "content": "BERLIN (dpa) - Erster Absatz des Textes mit genug Worten.\n\nZweiter Absatz.",
        "date_publish": "2021-12-30 14:05:00",
        "updated_at": 1640877600,
        "authors": ["A. Autor", {"name": "B. Autorin"}],
        "lang": "de_DE",
        "publisher": {"name": "Beispielblatt"},
        "tags": "Politik, Verkehr",
        "category": ["Inland"],
        "subjects": [
            "medtop:11000000",
            {"code": "medtop:20000593", "name": "diplomacy"},
            {"name": "no code"},
            7,
            "free text",
        ],
        "subject": [{"qcode": "subj:11000000"}],
    }
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(record) + "\n")
    (article,) = read(path)
    assert isinstance(article, RawArticle)
    assert article.url == "https://example.org/a?id=1"
    assert article.headline == "Ein Titel"
    assert article.dateline == "BERLIN (dpa)"
    assert [block.text for block in article.blocks] == [
        "Erster Absatz des Textes mit genug Worten.",
        "Zweiter Absatz.",
    ]
    assert [(claim.role, claim.value, claim.zone_assumed) for claim in article.dates] == [
        ("published", "2021-12-30T14:05:00+01:00", True),
        ("modified", "2021-12-30T15:20:00+00:00", False),
    ]
    assert article.byline == "A. Autor, B. Autorin"
    assert article.language == "de-DE"
    assert (article.source.id, article.source.kind) == ("Beispielblatt", "archive")
    assert article.keywords == ("Politik", "Verkehr")
    assert article.section == "Inland"
    assert article.subjects == ("medtop:11000000", "medtop:20000593", "subj:11000000")


def test_a_bad_line_is_refused_with_its_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = b'{"id": 7, "text": "Ein Satz mit Inhalt."}\n'
    lines = b"\xef\xbb\xbf" + good + b"{nonsense\n" + b"\n" + b"[1]\n" + b'{"title": ""}\n' + b'{"text": "\xff"}\n'
    lines += (
        b'{"a":' * 5000 + b"\n" + b'{"text": "' + b"x" * 3000 + b'"}\n' + b'{"version_id": "1", "source": {}}\n' + good
    )
    for name, data in {
        "x.jsonl": lines,
        "x.jsonl.gz": gzip.compress(lines),
        "x.jsonl.zst": zstandard.compress(lines),
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        found = read(path, max_input_bytes=26_000, max_text_chars=2000)
        assert reasons(found) == [
            "accepted",
            "not-json",
            "not-an-article",
            "no-text",
            "not-json",
            "not-json",
            "too-large",
            "not-an-article",
            "accepted",
        ]
        assert [outcome.origin for outcome in found if isinstance(outcome, InputRefused)] == [
            f"{path}:{number}" for number in (2, 4, 5, 6, 7, 8, 9)
        ]


def test_a_line_without_end_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(60):
            stream.write(b"x" * 1_000_000)
        stream.write(b'\n{"text": "Ein Satz."}')
    assert reasons(read(path)) == ["too-large", "accepted"]


def test_a_broken_archive_gives_what_it_has(tmp_path: Path) -> None:
    noise = random.Random(4)
    lines = [b'{"text": "Ein Satz mit Inhalt %d."}\n' % noise.getrandbits(256) for _ in range(4_000)]
    whole = gzip.compress(b"".join(lines))
    path = tmp_path / "half.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    found = read(path)
    assert reasons(found)[-1] == "unreadable"
    assert set(reasons(found)[:-1]) == {"accepted"}
    path.write_bytes(b"no gzip at all")
    assert reasons(read(path)) == ["unreadable"]


def test_our_own_messages_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (article,) = read(tmp_path / "a.txt")
    assert isinstance(article, RawArticle)
    (tmp_path / "a.jsonl").write_bytes(encode(article) + b"\n")
    assert read(tmp_path / "a.jsonl") == [article]
