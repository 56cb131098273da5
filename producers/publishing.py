"""The port by which articles leave this room, and its fake."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from contracts.messages import RawArticle


class Publisher(Protocol):
    """Takes articles and tells later what became of each."""

    def publish(self, article: RawArticle) -> Future[None]:
        """Hand over one article; may wait while too much is under way.

        The future is done when the broker holds the article safely, or fails with ``InputRefused`` (this article
        cannot be sent) or ``ServiceUnavailable`` (nothing can).
        """
        ...


@dataclass
class MemoryPublisher:
    """Keeps what it is given: the fake of ``Publisher``.

    Attributes:
        fail_with: makes every article that is published from now on fail.
    """

    articles: list[RawArticle] = field(default_factory=list)
    fail_with: Exception | None = None

    def publish(self, article: RawArticle) -> Future[None]:
        """See ``Publisher``."""
        done: Future[None] = Future()
        if self.fail_with is not None:
            done.set_exception(self.fail_with)
        else:
            self.articles.append(article)
            done.set_result(None)
        return done
