"""The messages keep their promises on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codec
from contracts.errors import Quarantine
from contracts.messages import Block, DateClaim, EnrichedArticle, Quarantined, RawArticle, Source
from contracts.schema import FOLDER, schemas

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def raw(**changes: object) -> RawArticle:
    base = {"id": "a" * 32, "version_id": "b" * 32, "source": Source(id="test", kind="file", collected_at=NOW)}
    return RawArticle(**(base | changes))  # type: ignore[arg-type]


@given(st.text(), st.lists(st.text(), max_size=5), st.datetimes(timezones=st.just(UTC)))
def test_a_raw_article_comes_back_as_it_went(headline: str, texts: list[str], at: datetime) -> None:
    article = raw(
        headline=headline,
        blocks=tuple(Block(text=text) for text in texts),
        source=Source(id="s", kind="feed", collected_at=at),
    )
    assert codec.decode(codec.encode(article), RawArticle, codec.headers(article)) == article


def test_original_bytes_survive_quarantine() -> None:
    value = bytes(range(256))
    record = Quarantined(
        id="x", stage="processor", reason="not-a-message", error="…", at=NOW, attempts=1, topic="news.raw",
        partition=0, offset=7, value=value, key=b"\xff",
    )  # fmt: skip
    assert codec.decode(codec.encode(record), Quarantined) == record


@pytest.mark.parametrize(
    "value",
    [None, b"", b"null", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"id": 1}', '{"id": "ä"}'.encode("latin-1")],
)
def test_what_is_no_message_is_quarantined(value: bytes | None) -> None:
    with pytest.raises(Quarantine) as caught:
        codec.decode(value, RawArticle)
    assert caught.value.reason == "not-a-message"


@pytest.mark.parametrize("version", [b"999", b"", b"-1", b"one", b"9" * 5000, b"\xff", "٢".encode()])
def test_a_newer_schema_is_refused_by_name(version: bytes) -> None:
    article = raw()
    with pytest.raises(Quarantine) as caught:
        codec.decode(codec.encode(article), RawArticle, [(codec.VERSION_HEADER, version)])
    assert caught.value.reason == "schema-too-new"


def test_plain_json_of_other_systems_is_read() -> None:
    assert codec.decode(codec.encode(raw()), RawArticle).id == "a" * 32


def test_a_time_without_zone_is_refused() -> None:
    article = raw(source=Source(id="s", kind="file", collected_at=NOW.replace(tzinfo=None)))
    with pytest.raises(Quarantine) as caught:
        codec.decode(msgspec.json.encode(article), RawArticle)
    assert caught.value.reason == "naive-date"


@pytest.mark.parametrize(
    ("value", "precision", "earliest"),
    [
        ("2021", "year", datetime(2021, 1, 1, tzinfo=UTC)),
        ("2021-12", "month", datetime(2021, 12, 1, tzinfo=UTC)),
        ("2021-12-30", "day", datetime(2021, 12, 30, tzinfo=UTC)),
        ("2021-12-30T18:05:00+01:00", "minute", datetime(2021, 12, 30, 17, 5, tzinfo=UTC)),
    ],
)
def test_a_claim_knows_its_first_instant(value: str, precision: str, earliest: datetime) -> None:
    claim = DateClaim(value=value, precision=precision, provenance="test")  # type: ignore[arg-type]
    assert claim.earliest() == earliest
    assert claim.earliest().tzinfo is UTC


def test_instants_are_written_in_one_form() -> None:
    berlin = timezone(timedelta(hours=1))
    article = raw(source=Source(id="s", kind="file", collected_at=NOW.astimezone(berlin)))
    assert codec.decode(codec.encode(article), RawArticle) == raw(source=Source(id="s", kind="file", collected_at=NOW))


def test_schemas_are_those_of_the_code() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == schemas()


def test_fields_unknown_to_this_release_are_ignored() -> None:
    tree = msgspec.json.decode(codec.encode(raw()))
    assert codec.decode(msgspec.json.encode(tree | {"added_later": [1]}), RawArticle) == raw()


def test_enriched_articles_need_what_the_index_needs() -> None:
    with pytest.raises(Quarantine):
        codec.decode(codec.encode(raw()), EnrichedArticle)
