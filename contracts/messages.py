"""The messages on the topics, as msgspec structs.

Field names follow IPTC's ninjs where it has a word for the thing. All instants are timezone-aware and
written in UTC; all character offsets count Unicode code points, end exclusive.

Evolution: a reader ignores fields it does not know and every field added later has a default, so that
readers and writers of neighbouring versions understand each other. A change that breaks this raises
``SCHEMA_VERSION`` (see ``contracts.codec``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

Lane = Literal["live", "backfill"]
"""Which queue an article came by; the backfill lane never delays the live one."""

SourceKind = Literal["feed", "file", "archive", "sitemap", "wire", "api"]

Precision = Literal["year", "month", "day", "minute", "second"]

DateRole = Literal["published", "modified"]

BlockKind = Literal["paragraph", "subheading", "list-item", "quote", "caption"]

Label = Literal["PER", "LOC", "ORG", "MISC", "DATE"]

Field = Literal["headline", "body_text"]
"""The text that a mention's offsets count in."""

Stage = Literal["producer", "processor", "indexer"]


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all messages: immutable, by keyword, defaults left out on the wire."""


class DateClaim(Struct, frozen=True, kw_only=True):
    """A date that somebody claims for an article, with how exact it is and who says so.

    Attributes:
        value: ISO 8601 at its own precision: ``2021``, ``2021-12``, ``2021-12-30``, or an instant with offset.
        precision: how much of ``value`` is known.
        provenance: where it was read: ``crawl-header``, ``feed``, ``json-ld``, ``meta``, ``htmldate``, ``jsonl``,
            ``dateline``, ``collected``.
        role: what the date is of.
        zone_assumed: the source named no time zone and one was assumed.
    """

    value: str
    precision: Precision
    provenance: str
    role: DateRole = "published"
    zone_assumed: bool = False

    def earliest(self) -> datetime:
        """The first instant, in UTC, that the claim allows. Raises ValueError if ``value`` is no such date."""
        padded = self.value + "0001-01-01"[len(self.value) :] if len(self.value) < len("0001-01-01") else self.value
        moment = datetime.fromisoformat(padded)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Source(Struct, frozen=True, kw_only=True):
    """One place an article was found at.

    Attributes:
        id: stable name for facets: a feed's registered name, a host, or a collection of files.
        kind: how it was collected.
        name: for people; falls back to ``id``.
        uri: the feed's URL, the file's name or the archive's; never an absolute path of somebody's machine.
        item_id: the id the source itself uses (a feed item's guid).
        url: the article's address at this source.
        collected_at: when it was collected there.
    """

    id: str
    kind: SourceKind
    collected_at: datetime
    name: str | None = None
    uri: str | None = None
    item_id: str | None = None
    url: str | None = None


class Block(Struct, frozen=True, kw_only=True):
    """A paragraph, sub-heading or the like, in reading order."""

    text: str
    kind: BlockKind = "paragraph"


class RawArticle(Struct, frozen=True, kw_only=True):
    """One version of an article as collected: cleaned of its carrier, not yet understood.

    Attributes:
        id: the article's identity, the same for all its versions and sources (``contracts.identity``).
        version_id: hash of the version's own text; equal ids are the same text.
        lane: which topic carries it.
        source: where this copy was found.
        blocks: the body. Empty only if the source had none.
        url: canonical address, None for what has no URL.
        headline: as the source gives it; None if it gives none (one is derived in enrichment).
        description_text: the standfirst or feed summary.
        byline: as printed.
        dateline: as printed, without its trailing dash or full stop: ``BERLIN (dpa)``.
        language: BCP 47 code that the source declares: a hint, not a finding.
        dates: every date claimed for it, best first for each role.
        section: the publisher's section.
        keywords: the publisher's own.
        subjects: codes the source declares, with their scheme: ``medtop:11000000``.
        stripped: labels that were removed from the text: ``Anzeige``.
        notes: what the producer had to do to it, as stable codes: ``decoded:cp1252``, ``mojibake-repaired``,
            ``feed-text-only``.
    """

    id: str
    version_id: str
    source: Source
    blocks: tuple[Block, ...] = ()
    lane: Lane = "live"
    url: str | None = None
    headline: str | None = None
    description_text: str | None = None
    byline: str | None = None
    dateline: str | None = None
    language: str | None = None
    dates: tuple[DateClaim, ...] = ()
    section: str | None = None
    keywords: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    stripped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Mention(Struct, frozen=True, kw_only=True):
    """One place in the text; ``surface`` is ``text[start:end]`` of ``field``."""

    field: Field
    start: int
    end: int
    surface: str


class Link(Struct, frozen=True, kw_only=True):
    """What a name stands for, in a public scheme.

    Attributes:
        id: scheme and identifier: ``geonames:2950159``, ``wikidata:Q1065``, ``iso3166-1:DE``.
        country: ISO 3166-1 alpha-2.
        lat, lon: degrees, WGS 84.
    """

    id: str
    name: str | None = None
    country: str | None = None
    lat: float | None = None
    lon: float | None = None


class Entity(Struct, frozen=True, kw_only=True):
    """A person, place, organisation or other proper name, once per article, with all its mentions.

    Attributes:
        name: canonical form within and across articles.
        aliases: other surfaces that were folded into it.
        role: title or office beside a person's name: ``US-Präsident``.
    """

    name: str
    label: Label
    mentions: tuple[Mention, ...]
    aliases: tuple[str, ...] = ()
    role: str | None = None
    link: Link | None = None

    @property
    def count(self) -> int:
        """How often it is mentioned."""
        return len(self.mentions)


class Subject(Struct, frozen=True, kw_only=True):
    """A topic out of the IPTC Media Topics.

    Attributes:
        code: ``medtop:`` and eight digits.
        score: 0 to 1; 1 for what the source itself declared.
        provenance: ``model`` or ``publisher``; ``rule`` for articles that others push.
    """

    code: str
    name: str
    name_de: str
    score: float
    provenance: str = "model"


class DateMention(Struct, frozen=True, kw_only=True):
    """A date expression in the text, resolved against the publication date.

    Attributes:
        value: ISO day, month or year, or a range ``start/end``.
        relative: it was resolved against the publication date.
    """

    mention: Mention
    value: str
    precision: Precision
    relative: bool = False


class Quote(Struct, frozen=True, kw_only=True):
    """Something said, with who said it, where that can be told.

    Attributes:
        kind: ``direct`` in quotation marks, ``reported`` in the Konjunktiv or after „that“.
        speaker: canonical name of the speaker, None if not certain.
        cue: the word that introduces it: ``sagte``.
    """

    mention: Mention
    kind: Literal["direct", "reported"]
    speaker: str | None = None
    cue: str | None = None


class Dateline(Struct, frozen=True, kw_only=True):
    """The opening of a report, taken apart."""

    text: str
    places: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    date: str | None = None


class BlockSpan(Struct, frozen=True, kw_only=True):
    """A block's kind and where it stands in ``body_text``."""

    kind: BlockKind
    start: int
    end: int


class Enrichment(Struct, frozen=True, kw_only=True):
    """How a document was made, so that old ones can be found and made again.

    Attributes:
        at: when.
        pipeline: the spaCy pipeline's name, ``fallback:…`` where the configured one is not installed.
        model_version: of the packed model.
        lexicon_version: of the curated tables.
        truncated: named cuts: ``body:100000``.
        warnings: what could not be done, as stable codes: ``time-budget``, ``pipeline-missing``.
    """

    at: datetime
    pipeline: str
    model_version: str
    lexicon_version: str = ""
    truncated: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class EnrichedArticle(Struct, frozen=True, kw_only=True):
    """One version of an article, understood. The indexer merges the versions into one document.

    ``body_text`` is the blocks' texts joined by two line feeds; ``blocks`` says where each stands in it.
    ``firstcreated`` is the best claim of publication, else the time of collection, and says so itself.
    """

    id: str
    version_id: str
    source: Source
    headline: str
    body_text: str
    language: str
    firstcreated: DateClaim
    versioncreated: DateClaim
    enrichment: Enrichment
    lane: Lane = "live"
    headline_derived: bool = False
    blocks: tuple[BlockSpan, ...] = ()
    url: str | None = None
    description_text: str | None = None
    byline: str | None = None
    dateline: Dateline | None = None
    language_score: float = 0.0
    entities: tuple[Entity, ...] = ()
    subjects: tuple[Subject, ...] = ()
    dates: tuple[DateMention, ...] = ()
    quotes: tuple[Quote, ...] = ()
    countries: tuple[str, ...] = ()
    keyphrases: tuple[str, ...] = ()
    summary: str | None = None
    word_count: int = 0
    reading_time_s: int = 0
    section: str | None = None
    keywords: tuple[str, ...] = ()
    stripped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Header(Struct, frozen=True, kw_only=True):
    """A Kafka record header."""

    key: str
    value: bytes


class Quarantined(Struct, frozen=True, kw_only=True):
    """A message that could not pass a stage: its original bytes and headers, why, and how often it was tried.

    Attributes:
        id: the article id, or the record key, or a hash of the bytes where there is neither.
        reason: short stable code, for counting.
        error: one sentence for a person.
        topic, partition, offset: where the original stands, so that it can be replayed to that topic.
    """

    id: str
    stage: Stage
    reason: str
    error: str
    at: datetime
    attempts: int
    topic: str
    partition: int
    offset: int
    value: bytes
    key: bytes | None = None
    headers: tuple[Header, ...] = ()
