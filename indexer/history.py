"""The lists of a document that grow with every observation: its sources and its versions. Pure.

Joining is commutative, associative and idempotent, up to what a bound cuts off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from indexer.content import Document

Key = tuple[str, ...]


def join_sources(one: list[Document], other: list[Document], most: int) -> tuple[list[Document], bool]:
    """Every place the article was found at, earliest first, and whether some beyond ``most`` were left out."""
    entries = sorted(_union((*one, *other), _source_key, _one_source), key=lambda e: (e["first_seen"], _source_key(e)))
    return entries[:most], len(entries) > most


def join_versions(
    one: list[Document], other: list[Document], most: int, *, current: str
) -> tuple[list[Document], bool]:
    """Every version of the article, newest last, and whether some older ones beyond ``most`` were left out.

    Args:
        current: id of the version that is shown; it is never left out.
    """
    entries = sorted(
        _union((*one, *other), _version_key, _one_version),
        key=lambda e: (e["version_id"] == current, e["versioncreated"], e["seen_at"], e["version_id"]),
    )
    kept = sorted(entries[-most:], key=lambda e: (e["versioncreated"], e["seen_at"], e["version_id"]))
    return kept, len(entries) > most


def _union(
    entries: Iterable[Document], key: Callable[[Document], Key], combine: Callable[[Document, Document], Document]
) -> list[Document]:
    found: dict[Key, Document] = {}
    for entry in entries:
        name = key(entry)
        found[name] = combine(found[name], entry) if name in found else entry
    return list(found.values())


def _source_key(entry: Document) -> Key:
    return entry["id"], entry.get("item_id", ""), entry.get("url", "")


def _version_key(entry: Document) -> Key:
    return (entry["version_id"],)


def _one_source(one: Document, other: Document) -> Document:
    newest = max(one, other, key=lambda e: (e["last_seen"], e["kind"], e["name"], e.get("uri", "")))
    return newest | {
        "first_seen": min(one["first_seen"], other["first_seen"]),
        "last_seen": max(one["last_seen"], other["last_seen"]),
    }


def _one_version(one: Document, other: Document) -> Document:
    return {
        "version_id": one["version_id"],
        "versioncreated": max(one["versioncreated"], other["versioncreated"]),
        "seen_at": min(one["seen_at"], other["seen_at"]),
    }
