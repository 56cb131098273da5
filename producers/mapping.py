"""Field names that archives and crawlers give to an article's parts, mapped to ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from contracts.messages import DateClaim, DateRole, Source
from producers.articles import Draft
from producers.cleaning import language_code, one_line
from producers.dates import from_epoch, whole_date
from producers.textfile import parse

URL = ("url", "link", "canonical_url", "source_url", "uri", "href", "permalink")
ITEM_ID = ("guid", "item_id", "external_id", "id", "_id", "article_id")
HEADLINE = ("headline", "title", "name")
BODY = ("body_text", "text", "body", "content", "maintext", "articleBody", "article_body", "fulltext", "full_text")
DESCRIPTION = ("description_text", "description", "summary", "standfirst", "lead", "abstract", "teaser")
BYLINE = ("byline", "author", "authors", "creator")
LANGUAGE = ("language", "lang", "inLanguage")
SECTION = ("section", "category", "rubric", "ressort")
KEYWORDS = ("keywords", "tags")
SUBJECTS = ("subjects", "subject")
SOURCE = ("source", "publisher", "source_name", "source_domain", "site_name", "site", "domain", "outlet")
PUBLISHED = (
    "firstcreated date published published_at published_date publish_date publication_date date_publish date_published "
    "datePublished pubDate pub_date created created_at timestamp datetime"
).split()
MODIFIED = "versioncreated updated updated_at modified modified_at date_modify date_modified dateModified".split()

_SUBJECT = re.compile(r"[\w.-]{1,40}:[\w.-]{1,40}")


def draft_of(value: Mapping[str, Any], assumed: tzinfo) -> Draft:
    """The article that a JSON object describes; what cannot be read is left out and noted.

    Args:
        assumed: the time zone of dates that name none.
    """
    notes: list[str] = []
    parsed = parse(_long(value, BODY), assumed, head=False)
    headline = _short(value, HEADLINE)
    return Draft(
        blocks=parsed.blocks,
        headline=headline,
        description_text=one_line(_long(value, DESCRIPTION)) or None,
        byline=_names(value) or parsed.byline,
        dateline=_short(value, ("dateline",)) or parsed.dateline,
        language=language_code(_short(value, LANGUAGE)),
        url=_address(value),
        dates=tuple(_dates(value, assumed, notes)),
        section=_short(value, SECTION),
        keywords=tuple(_list(value, KEYWORDS)),
        subjects=tuple(_subjects(value)),
        stripped=parsed.stripped,
        notes=tuple(notes),
    )


def source_of(value: Mapping[str, Any], default: Source) -> Source:
    """Where the article was found: what the object says, else ``default``."""
    name = _source_name(value)
    return msgspec.structs.replace(
        default,
        id=name or default.id,
        item_id=_scalar(value, ITEM_ID) if _address(value) is None else default.item_id,
        url=_address(value),
    )


def _source_name(value: Mapping[str, Any]) -> str | None:
    for key in SOURCE:
        found = value.get(key)
        if isinstance(found, Mapping):
            found = found.get("id") or found.get("name") or found.get("title")
        if isinstance(found, str) and found.strip():
            return one_line(found, limit=200)
    return None


def _address(value: Mapping[str, Any]) -> str | None:
    for key in URL:
        found = value.get(key)
        if isinstance(found, str) and re.match(r"https?://\S", found.strip(), re.IGNORECASE):
            return found.strip()
    return None


def _scalar(value: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        found = value.get(key)
        if isinstance(found, str | int) and not isinstance(found, bool) and str(found).strip():
            return str(found).strip()
    return None


def _long(value: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """The first text under ``keys``; a list of strings is a list of paragraphs."""
    for key in keys:
        found = value.get(key)
        if isinstance(found, list):
            found = "\n\n".join(part for part in found if isinstance(part, str))
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _short(value: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        found = value.get(key)
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, str) and (line := one_line(found)):
            return line
    return None


def _list(value: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        found = value.get(key)
        parts = re.split(r"[,;|]", found) if isinstance(found, str) else found
        if isinstance(parts, list):
            yield from (line for part in parts if isinstance(part, str) and (line := one_line(part, limit=200)))


def _subjects(value: Mapping[str, Any]) -> Iterator[str]:
    """Codes with their scheme, as ninjs and NewsML's JSON give them: as texts, or as objects with a code."""
    for key in SUBJECTS:
        found = value.get(key)
        for part in found if isinstance(found, list) else ():
            code = part.get("code") or part.get("qcode") if isinstance(part, Mapping) else part
            if isinstance(code, str) and _SUBJECT.fullmatch(code.strip()):
                yield code.strip()


def _names(value: Mapping[str, Any]) -> str | None:
    for key in BYLINE:
        found = value.get(key)
        names = found if isinstance(found, list) else [found]
        texts = [part.get("name") if isinstance(part, Mapping) else part for part in names]
        lines = [one_line(text) for text in texts if isinstance(text, str) and text.strip()]
        if lines:
            return ", ".join(lines)
    return None


def _dates(value: Mapping[str, Any], assumed: tzinfo, notes: list[str]) -> Iterator[DateClaim]:
    roles: tuple[tuple[DateRole, list[str]], ...] = (("published", PUBLISHED), ("modified", MODIFIED))
    for role, keys in roles:
        for key in keys:
            written = value.get(key)
            if isinstance(written, bool) or not isinstance(written, str | int | float) or written == "":
                continue
            text = str(written).strip()
            number = not isinstance(written, str) or re.fullmatch(r"\d{9,13}(?:\.\d+)?", text)
            found = from_epoch(float(text)) if number and len(text) > 4 else whole_date(text, assumed)
            if found is None:
                notes.append("date-unreadable")
            else:
                yield found.claim("jsonl", role)
                break
