"""When an article was published and last changed, out of what its sources claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from msgspec.structs import replace

from contracts.messages import DateClaim, RawArticle


def usable(claims: Sequence[DateClaim]) -> list[DateClaim]:
    """The claims that can be read as dates, in their order."""
    readable = []
    for claim in claims:
        try:
            claim.earliest()
        except (ValueError, OverflowError):
            continue
        readable.append(claim)
    return readable


def created_and_changed(article: RawArticle) -> tuple[DateClaim, DateClaim, tuple[str, ...]]:
    """``firstcreated``, ``versioncreated`` and warnings.

    The source orders its claims, best first. Publication falls back to the date of change, for nothing is published
    after it was changed, then to the time of collection, and says so in its provenance; the version's date to the
    publication's. A date of change before that of publication is no claim of
    change.
    """
    claims = usable(article.dates)
    warnings = ("date-unreadable",) if len(claims) < len(article.dates) else ()
    collected = DateClaim(
        value=article.source.collected_at.astimezone(UTC).isoformat(timespec="seconds"),
        precision="second",
        provenance="collected",
    )
    created = next((claim for claim in claims if claim.role == "published"), None)
    changed = next((claim for claim in claims if claim.role == "modified"), None)
    if created is None and changed is not None and changed.earliest() < collected.earliest():
        created = replace(changed, role="published")
    elif created is None:
        created = collected
    if changed is None or (created is not collected and changed.earliest() < created.earliest()):
        changed = created
    return created, changed, warnings
