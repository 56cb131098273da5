"""Asking Elasticsearch: search, one article, counts, tops, and new articles as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import stamina
from elasticsearch import (
    ApiError,
    AuthorizationException,
    BadRequestError,
    Elasticsearch,
    NotFoundError,
    TransportError,
)

from contracts.clients import elasticsearch_address, elasticsearch_options
from contracts.errors import NotFound, ServiceUnavailable, UsageError, brief
from contracts.settings import ElasticsearchSettings
from search import read
from search.queries import Query, Sort, counts_body, search_body, shifted, tail_body, tops_body
from search.results import Counts, Found, Hit, Tops

MAX_ID_BYTES = 512
"""Elasticsearch has no longer ids."""

NOT_READY_S = 5.0
"""Seconds that an index which was made a moment ago gets to answer."""

LOOKUP_IDS = 1_000
"""Ids in one look-up; well below Elasticsearch's limits of 65,536 terms and 10,000 hits."""

TAIL_PAGE = 200
TAIL_OVERLAP = timedelta(seconds=30)
"""How far ``tail`` looks back each time: longer than a refresh, a batch and the clocks of several indexers differ."""


@dataclass(frozen=True)
class SearchClient:
    """Everything that reads articles. A context manager that disconnects at its end.

    Attributes:
        client: Elasticsearch's own.
        alias: of the articles.
        address: for error messages, without credentials.
    """

    client: Elasticsearch
    alias: str
    address: str

    def search(self, query: Query, *, limit: int = 10, offset: int = 0, sort: Sort = "relevance") -> Found:
        """The articles that match, with highlights.

        Raises:
            UsageError: a date, a limit or the text cannot be used.
            ServiceUnavailable: Elasticsearch does not answer.
        """
        return read.found(self._ask(search_body(query, limit=limit, offset=offset, sort=sort)))

    def get(self, article_id: str) -> dict[str, Any]:
        """The whole document as it stands now, searchable already or not.

        Raises:
            NotFound: there is no such article.
            ServiceUnavailable: Elasticsearch does not answer.
        """
        missing = NotFound(
            f"There is no article {article_id!r}.", hint="`newswire search` prints the ids of what it finds."
        )
        if not article_id or not article_id.isprintable() or len(article_id.encode()) > MAX_ID_BYTES:
            raise missing
        try:
            claim = self.client.get(index=f"placements-{self.alias}", id=article_id)
            answer = self.client.get(index=claim.body["_source"]["index"], id=article_id)
        except AuthorizationException:
            return self._found_by_id(article_id, missing)
        except NotFoundError as error:
            raise missing from error
        except (ApiError, TransportError, UnicodeError) as error:
            raise self._unavailable(error) from error
        document: dict[str, Any] = answer.body["_source"]
        return document

    def _found_by_id(self, article_id: str, missing: NotFound) -> dict[str, Any]:
        """For readers who may not see the placements: what can be searched already."""
        hits = self._ask({"query": {"ids": {"values": [article_id]}}, "size": 1})["hits"]["hits"]
        if not hits:
            raise missing
        document: dict[str, Any] = hits[0]["_source"]
        return document

    def counts(self) -> Counts:
        """Articles, their versions, and both by language and source. Raises ServiceUnavailable."""
        return read.counts(self._ask(counts_body()))

    def tops(self, query: Query | None = None, *, size: int = 10) -> Tops:
        """The most frequent people, places and so on among what ``query`` finds.

        Raises:
            UsageError: the query cannot be used.
            ServiceUnavailable: Elasticsearch does not answer.
        """
        return read.tops(self._ask(tops_body(query or Query(), size=size)))

    def existing(self, ids: Iterable[str]) -> set[str]:
        """Which of ``ids`` can be found. Raises ServiceUnavailable."""
        found: set[str] = set()
        source = iter(ids)
        while some := list(islice(source, LOOKUP_IDS)):
            body = {"query": {"ids": {"values": some}}, "size": len(some), "source": False}
            found |= {one["_id"] for one in self._ask(body)["hits"]["hits"]}
        return found

    def refresh(self) -> None:
        """Make everything that was indexed visible to searches at once. Raises ServiceUnavailable."""
        try:
            self.client.indices.refresh(index=self.alias, ignore_unavailable=True)
        except (ApiError, TransportError) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Disconnect."""
        self.client.close()

    def __enter__(self) -> SearchClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tail(
        self,
        query: Query | None = None,
        *,
        since: datetime | None = None,
        wait: Callable[[], bool],
    ) -> Iterator[Hit]:
        """Articles that match and are new to the index, each once, in the order they were written, for ever.

        A document can become searchable after one that was written later: other shards, other indexers. So every
        round looks back ``TAIL_OVERLAP`` and leaves out what it has seen.

        Args:
            since: where to begin, by time of indexing; default now.
            wait: called when there is nothing new; returns False to end.

        Raises:
            UsageError: the query cannot be used.
            ServiceUnavailable: Elasticsearch does not answer.
        """
        query = query or Query()
        newest = floor = shifted((since or datetime.now(UTC)).isoformat(), timedelta(0))
        seen: dict[str, str] = {}
        while True:
            start = max(floor, shifted(newest, TAIL_OVERLAP))
            fresh = False
            for one in self._pages(query, start):
                if one.id in seen:
                    continue
                fresh = True
                seen[one.id] = one.indexed_at
                newest = max(newest, one.indexed_at)
                yield one
            horizon = shifted(newest, 2 * TAIL_OVERLAP)
            seen = {id: at for id, at in seen.items() if at >= horizon}
            if not fresh and not wait():
                return

    def _pages(self, query: Query, start: str) -> Iterator[Hit]:
        after: tuple[Any, ...] | None = None
        while True:
            hits = self._ask(tail_body(query, since=start, after=after, size=TAIL_PAGE))["hits"]["hits"]
            for one in hits:
                yield read.hit(one)
            if len(hits) < TAIL_PAGE:
                return
            after = tuple(hits[-1]["sort"])

    def _ask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        arguments = {"from_" if name == "from" else name: value for name, value in body.items()}
        try:
            answer = _patient_search(self.client, index=self.alias, **arguments)
        except BadRequestError as error:
            raise UsageError(
                f"Elasticsearch cannot take this query: {brief(error)}.", hint="Make it shorter or simpler."
            ) from error
        except (ApiError, TransportError) as error:
            raise self._unavailable(error) from error
        return answer

    def _unavailable(self, error: Exception) -> ServiceUnavailable:
        return ServiceUnavailable("Elasticsearch", self.address, brief(error))


def _not_ready(error: Exception) -> bool:
    return isinstance(error, ApiError) and error.status_code == 503


def _patient_search(client: Elasticsearch, **arguments: Any) -> Mapping[str, Any]:
    """All shards must answer: a number that leaves some out would be wrong without saying so."""
    answer: Mapping[str, Any] = {}
    for attempt in stamina.retry_context(
        on=_not_ready, attempts=None, timeout=NOT_READY_S, wait_initial=0.1, wait_max=1.0
    ):
        with attempt:
            answer = client.search(ignore_unavailable=True, allow_partial_search_results=False, **arguments).body
    return answer


def connect(settings: ElasticsearchSettings) -> SearchClient:
    """A client for the articles that these settings name."""
    return SearchClient(
        Elasticsearch(**elasticsearch_options(settings)), settings.alias, elasticsearch_address(settings)
    )
