"""RSS and Atom to items. Pure: bytes in, values out; what is no feed is refused with a reason."""

from __future__ import annotations

import calendar
import codecs
import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin

import feedparser
from feedparser.encodings import convert_to_utf8

from contracts.errors import InputRefused
from contracts.identity import canonical_url
from contracts.messages import Block, DateClaim
from producers.articles import unique
from producers.cleaning import cut_between, language_code, one_line
from producers.dates import whole_date
from producers.textfile import parse as parse_text

MAX_ITEMS = 500
"""Items of one feed that are read; publishers' feeds have 10 to 100."""

MAX_TITLE_CHARS = 1_000
MAX_SUMMARY_CHARS = 10_000
MAX_CONTENT_CHARS = 1_000_000
MAX_LINK_CHARS = 2_000

_ENTITY_DECLARATION = re.compile(r"<!\s*ENTITY", re.IGNORECASE)
MAX_ATTRIBUTES = 200
"""Of one element; real ones have ten. The parser takes square time for them: 20,000 measured 5 s, 100,000 minutes."""

_CROWDED = re.compile(
    r"""<[^\s<>/]++(?:\s++[^\s=<>"']++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')){%d}""" % (MAX_ATTRIBUTES + 1)  # noqa: UP031
)
_LOOKS_LIKE_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ALTERNATE = re.compile(rb"<link\b[^<>]*type=[\"']application/(?:rss|atom)\+xml[\"'][^<>]*>", re.IGNORECASE)
_HREF = re.compile(rb"href=[\"']([^\"'<>]+)[\"']", re.IGNORECASE)
_END = re.compile(r"</(?:rss|feed|rdf:RDF|\w{1,20}:(?:feed|RDF))\s{0,20}>\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class FeedItem:
    """One item of a feed.

    Attributes:
        guid: the id that the feed gives it, else its link.
        link: absolute http(s) address, None if it has none that can be fetched.
        blocks: the text that the feed itself carries, empty if only a summary.
    """

    guid: str
    link: str | None = None
    title: str | None = None
    summary: str | None = None
    blocks: tuple[Block, ...] = ()
    dateline: str | None = None
    author: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] = ()
    dates: tuple[DateClaim, ...] = ()

    @property
    def key(self) -> str:
        """Short hash of the address, of ``guid`` if it has none: what its article's identity rests on, too."""
        try:
            named = canonical_url(self.link) if self.link else self.guid
        except ValueError:
            named = self.guid
        return blake2b(named.encode("utf-8", "replace"), digest_size=8).hexdigest()

    @property
    def content_hash(self) -> str:
        """Short hash of all that the feed says of the item."""
        said = repr((self.link, self.title, self.summary, self.blocks, self.author, self.dates))
        return blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(frozen=True)
class ParsedFeed:
    """A feed.

    Attributes:
        notes: ``malformed``, ``truncated-feed``, ``too-many-items``.
    """

    title: str | None = None
    language: str | None = None
    items: tuple[FeedItem, ...] = field(default=())
    notes: tuple[str, ...] = ()


def parse_feed(data: bytes, *, url: str, content_type: str = "", assumed: tzinfo = UTC) -> ParsedFeed:
    """The feed in ``data``, its items in the feed's order.

    Args:
        url: where it came from: the base of relative links.
        content_type: as the server said, for the encoding.
        assumed: the time zone of dates that name none.

    Raises:
        InputRefused: ``empty``, ``entity-declaration``, ``too-many-attributes``, ``html-not-feed`` or ``not-a-feed``.
    """
    if not data.strip():
        raise InputRefused(url, "empty", "the server answers with nothing.")
    # without the feed's address, which would be joined to ids that are none; links are joined to it below
    headers = {"content-type": content_type or "application/xml"}
    # feedparser takes text and bytes for a path or an address; only a stream is read as what it is
    try:
        text = _decoded(data, headers)
        declares = any(map(_ENTITY_DECLARATION.search, (_rough_text(data), text)))
        crowded = _CROWDED.search(text) is not None
        found = None if declares or crowded else _parsed(data, headers)
    except Exception as error:  # feedparser lets errors of codecs and parsers out, of many kinds
        raise _no_feed(data, url) from error
    if crowded:
        raise InputRefused(url, "too-many-attributes", f"an element has more than {MAX_ATTRIBUTES} attributes.")
    if found is None:
        raise InputRefused(
            url, "entity-declaration", "the feed declares XML entities, which can blow up without end; it is not read."
        )
    entries: list[Any] = list(found.get("entries", []))
    if not found.get("version") and not entries:
        raise _no_feed(data, url)
    notes = []
    if found.get("bozo") and not isinstance(found.get("bozo_exception"), feedparser.CharacterEncodingOverride):
        if entries and _END.search(cut_between(_rough_text(data[-4096:]), "<!--", "-->").rstrip()) is None:
            entries.pop()  # the last item broke off; the next poll has it whole
            notes.append("truncated-feed")
        else:
            notes.append("malformed")
    if len(entries) > MAX_ITEMS:
        entries = entries[:MAX_ITEMS]
        notes.append("too-many-items")
    feed = found.get("feed", {})
    language = language_code(feed.get("language"))
    items = [item for entry in entries if (item := _item(entry, url, language, assumed)) is not None]
    return ParsedFeed(
        title=_line(feed.get("title"), MAX_TITLE_CHARS),
        language=language,
        items=tuple({item.key: item for item in reversed(items)}.values())[::-1],
        notes=tuple(notes),
    )


def _parsed(data: bytes, headers: dict[str, str]) -> Any:
    """What feedparser finds, less its work on HTML: we keep text alone, and it takes square time for comments."""
    return feedparser.parse(
        io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _no_feed(data: bytes, url: str) -> InputRefused:
    if _LOOKS_LIKE_HTML.match(cut_between(_rough_text(data[:4096].removeprefix(codecs.BOM_UTF8)), "<!--", "-->")):
        link = _ALTERNATE.search(data[:200_000])
        href = _HREF.search(link.group()) if link else None
        named = urljoin(url, href.group(1).decode("utf-8", "replace")) if href else None
        return InputRefused(
            url,
            "html-not-feed",
            "this is a web page, not a feed.",
            hint=f"Its feed is {named}" if named else "Look for the address of its RSS or Atom feed.",
        )
    return InputRefused(url, "not-a-feed", "this is neither RSS nor Atom.", hint="Check the address of the feed.")


def _decoded(data: bytes, headers: dict[str, str]) -> str:
    """The text that feedparser will parse, in whatever encoding it hides: UTF-7, UTF-32, EBCDIC and HZ were tried."""
    return str(convert_to_utf8(headers, data, {}).decode("utf-8", "replace"))


def _rough_text(data: bytes) -> str:
    """Enough of a decoding to see ASCII in it, whatever the encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.replace(b"\x00", b"").decode("latin-1")


def _item(entry: Any, base: str, language: str | None, assumed: tzinfo) -> FeedItem | None:
    link = _link(entry.get("feedburner_origlink") or entry.get("link"), base)
    guid = one_line(str(entry.get("id") or ""), limit=MAX_LINK_CHARS) or link
    title = _line(entry.get("title"), MAX_TITLE_CHARS)
    summary = _line(entry.get("summary"), MAX_SUMMARY_CHARS)
    if guid is None and (title or summary):
        guid = f"{title}|{summary}"
    if guid is None:
        return None
    contents = [part.get("value") or "" for part in entry.get("content", []) if isinstance(part, dict)]
    content = max(contents, key=len, default="")[:MAX_CONTENT_CHARS]
    text = parse_text(content, assumed, head=False)
    if sum(len(block.text) for block in text.blocks) <= len(summary or ""):
        text = parse_text("", assumed, head=False)
    names = unique([_line(entry.get("author"), 500) or ""])
    return FeedItem(
        guid=guid,
        link=link,
        title=title,
        summary=summary,
        blocks=text.blocks,
        dateline=text.dateline,
        author=names[0] if names else None,
        language=language_code(entry.get("language")) or language,
        keywords=tuple(unique(_line(tag.get("term"), 200) or "" for tag in entry.get("tags", []))),
        dates=tuple(_dates(entry, assumed)),
    )


def _dates(entry: Any, assumed: tzinfo) -> list[DateClaim]:
    claims = []
    for name, role in (("published", "published"), ("updated", "modified")):
        # feedparser answers for an absent "updated" with "published"; only what the item has itself counts
        written = dict.get(entry, name)
        found = whole_date(one_line(str(written), limit=80), assumed) if written else None
        if found is not None:
            claims.append(found.claim("feed", role))  # type: ignore[arg-type]  # the pairs above hold roles
            continue
        parts = dict.get(entry, f"{name}_parsed")
        if parts:
            try:
                moment = datetime.fromtimestamp(calendar.timegm(parts), UTC)
            except (ValueError, TypeError, OverflowError):
                continue
            claims.append(
                DateClaim(value=moment.isoformat(), precision="second", provenance="feed", role=role)  # type: ignore[arg-type]
            )
    return claims


def _link(value: object, base: str) -> str | None:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_LINK_CHARS:
        return None
    try:
        link = urljoin(base, one_line(value).replace(" ", "%20"))
    except ValueError:
        return None
    return link if re.match(r"https?://[^/\s]", link, re.IGNORECASE) else None


def _line(value: object, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    # markup can be escaped twice; what is left after the first pass is cleaned once more
    return one_line(one_line(value[: limit * 20]), limit=limit) or None
