"""Who an article is.

The article id is a hash of the canonical URL; of source and external id for what has no URL; of the text for what
has neither. All versions and copies of an article share it, and it is the Kafka key and the Elasticsearch ``_id``.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from yarl import URL

from contracts.messages import Block
from contracts.text import composed

ID_BYTES = 16
"""128 bits: a collision among 10^12 articles has a chance below 10^-14."""

TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "at_", "wt_", "wt.", "ns_", "hsa_", "xtor", "ga_")
TRACKING_NAMES = frozenset(
    "fbclid gclid dclid gbraid wbraid msclkid yclid twclid ttclid igshid mc_cid mc_eid mkt_tok oref cmpid cmp icid "
    "_hsenc _hsmi s_cid ito guccounter guce_referrer guce_referrer_sig src_campaign campaign_id".split()
)
"""Query parameters that name the reader's way to the page, never the page: the vendors' documented click ids."""

DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """The one spelling of a web address: IDN host in lower case, query sorted, no default port, fragment, trackers.

    Raises:
        ValueError: not an absolute http or https URL.
    """
    parsed = URL(url.strip())
    host = (parsed.host or "").rstrip(".").lower()
    if parsed.scheme not in DEFAULT_PORTS or not host:
        raise ValueError(f"{url!r} is not an absolute http(s) address")
    query = sorted((name, value) for name, value in parsed.query.items() if not _tracks(name))
    port = None if parsed.explicit_port == DEFAULT_PORTS[parsed.scheme] else parsed.explicit_port
    return str(URL.build(scheme=parsed.scheme, host=host, port=port, path=parsed.path or "/", query=query))


def _tracks(name: str) -> bool:
    lowered = name.lower()
    return lowered in TRACKING_NAMES or lowered.startswith(TRACKING_PREFIXES)


def article_id(*, url: str | None = None, source_id: str = "", item_id: str | None = None, text: str = "") -> str:
    """The article's id: 32 hexadecimal digits.

    http and https of the same address are one article; so are texts that differ in white space only.
    """
    if url:
        return _digest("url", canonical_url(url).split("://", 1)[1])
    if item_id:
        return _digest("item", source_id, item_id)
    return _digest("text", _fold(text))


def version_id(headline: str | None, blocks: Iterable[Block], description_text: str | None = None) -> str:
    """Hash of what a reader would see; equal for versions that differ in white space only."""
    parts = [headline or "", description_text or "", *(f"{block.kind}:{block.text}" for block in blocks)]
    return _digest("version", *(_fold(part) for part in parts))


def _fold(text: str) -> str:
    return " ".join(composed(text).split())


def _digest(*parts: str) -> str:
    state = blake2b(digest_size=ID_BYTES)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        state.update(len(encoded).to_bytes(8, "big"))
        state.update(encoded)
    return state.hexdigest()
