"""The demo from start to end: servers, feeds, a change, a broken message, and the accounts of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.errors import EXIT_OK, EXIT_UNEXPECTED, EnvironmentProblem
from contracts.settings import Settings
from contracts.topics import RAW
from newswire.audit import AuditReport, run_audit
from newswire.context import open_context
from newswire.demo.server import DemoServer, serve
from newswire.demo.site import Site, dirty_text, load_sites
from newswire.demo.surroundings import clear, demo_environment
from newswire.demo.view import Outcome, show
from newswire.down import remove_data
from newswire.house import House
from newswire.interrupts import end_like_ctrl_c
from newswire.state import Observer, State
from newswire.supervision import Supervisor

POISON = b'{"id": "broken-by-design", "headline": "Dieser Datensatz endet mitten im'
"""What another system might push: not a message, so no stage can ever pass it."""

FILE_NAME = "waldbrand-anzeige.txt"
COLLECT_WITHIN_S = 120.0
"""Seconds until everything served must be indexed; an idle machine of two cores takes some fifteen."""

WORKERS = 1
"""Processor processes: for a few dozen articles, loading the model once more costs more than it gains."""

MOST_LIVES = 3
"""Starts of one process after which it is clear that it will not run."""


class KeepsEnding(EnvironmentProblem):
    """A stage is started again and again.

    Args:
        name: of the process.
        log: what it wrote.
    """

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"The {name} ends again and again.", hint=f"Its log says why: {log}")
        self.name, self.log = name, log


@dataclass
class Clock:
    """Says what happens, with the seconds since the start."""

    quiet: bool
    started: float = field(default_factory=time.monotonic)
    marks: dict[str, float] = field(default_factory=dict)

    def say(self, line: str) -> None:
        """One line on standard error."""
        from newswire.console import err

        if not self.quiet:
            err().print(f"[dim]{time.monotonic() - self.started:5.1f} s[/dim]  {line}")

    def mark(self, name: str) -> None:
        """Remember when something was reached."""
        self.marks[name] = round(time.monotonic() - self.started, 1)


@dataclass(frozen=True)
class Expected:
    """What has to come of the content."""

    articles: int
    versions: int
    quarantined: int = 1

    @classmethod
    def of(cls, sites: list[Site], *, files: int) -> Expected:
        """Counted from what is served in the end."""
        articles = sum(len(site.articles) for site in sites) + files
        changed = sum(article.updated for site in sites for article in site.articles)
        return cls(articles=articles, versions=articles + changed)


def run_demo(*, data_dir: Path, keep: bool, as_json: bool) -> int:
    """Run it and show it; the exit code."""
    from newswire.console import write_json

    root = data_dir.expanduser().absolute()
    clock = Clock(quiet=as_json)
    end_like_ctrl_c()
    clear(root, clock.say)
    with demo_environment(root), serve(datetime.now(UTC)) as web:
        context = open_context(folder=root, log_level="error")
        house = House(context, workers=WORKERS, say=clock.say, directory=root)
        with _leaving_nothing_running(house, root, clock):
            settings = house.start(detached=keep, progress=_progress(quiet=as_json))
            clock.mark("stages started")
            outcome = _play(settings, house.supervisor, web, clock)
            if as_json:
                write_json(outcome.as_json() | {"seconds": clock.marks})
            else:
                show(outcome, root=root, keep=keep, seconds=time.monotonic() - clock.started)
            if keep:
                _unsubscribe(settings, web)
            else:
                house.stop()
                if outcome.ok:
                    remove_data(root)
                    clock.say("Stopped, and its data removed.")
                else:
                    clock.say(f"Stopped. What its stages said is in {root / 'logs'}.")
    return EXIT_OK if outcome.ok else EXIT_UNEXPECTED


@contextmanager
def _leaving_nothing_running(house: House, root: Path, clock: Clock) -> Iterator[None]:
    """Whatever ends the demo early, its servers end too; the logs stay unless a person or a signal wanted it so."""
    try:
        yield
    except KeyboardInterrupt:
        house.stop()
        remove_data(root)
        clock.say("Interrupted: stopped, and its data removed.")
        raise
    except BaseException:
        house.stop()
        raise


def _progress(*, quiet: bool) -> Any:
    from embedded.progress import RichProgress, SilentProgress

    return SilentProgress() if quiet else RichProgress()


def _play(settings: Settings, supervisor: Supervisor, web: DemoServer, clock: Clock) -> Outcome:
    """Everything that happens between the start of the stages and the accounts."""
    from search.client import connect

    first, later = load_sites(later=False), load_sites(later=True)
    at_first, in_the_end = Expected.of(first, files=1), Expected.of(later, files=1)
    _subscribe(settings, first, web)
    clock.say(f"Subscribed to {len(first)} feeds of {web.base}")
    _send_file(settings)
    clock.say(f"Sent a text file as crawlers leave it ({FILE_NAME}, cp1252, with advertisement labels)")
    _send_poison(settings)
    clock.say("Sent a broken message that no stage can read")
    observer = Observer(settings, supervisor)
    try:
        _reach(observer, at_first, clock, web)
        clock.mark("first articles indexed")
        web.show(later=True)
        clock.say("[bold]The live feed changes[/bold]: one article is rewritten, one is new")
        state = _reach(observer, in_the_end, clock, web)
        clock.mark("change indexed")
        with connect(settings.elasticsearch) as client:
            client.refresh()
        state = observer.look()
    finally:
        observer.close()
    return _account(settings, state, in_the_end, run_audit(settings))


def _reach(observer: Observer, goal: Expected, clock: Clock, web: DemoServer) -> State:
    """Look until everything that is served has come through, or the time is over: the accounts will tell."""
    from newswire.console import err

    deadline = time.monotonic() + COLLECT_WITHIN_S
    lives: dict[str, set[int]] = {}
    with err().status("Waiting for the first article") as spinner:
        while True:
            state = observer.look()
            for process in state.processes:
                lives.setdefault(process.name, set()).add(process.pid)
                if len(lives[process.name] - {0}) > MOST_LIVES:
                    raise KeepsEnding(process.name, Path(state.data_dir) / "logs" / f"{process.name}.log")
            books = state.books
            if books is not None:
                pages = sum(count for path, count in web.hits.items() if path.endswith(".html"))
                spinner.update(
                    f"{pages} pages fetched · {sum(books.accepted.values())} accepted · {books.enriched} enriched · "
                    f"{sum(books.quarantined.values())} quarantined · {books.documents or 0} indexed"
                )
                reached = (books.versions or 0) >= goal.versions and sum(books.quarantined.values()) >= goal.quarantined
                if reached and books.balanced:
                    clock.say(f"{books.documents} articles indexed, {sum(books.quarantined.values())} in quarantine")
                    return state
            if time.monotonic() > deadline:
                return state
            time.sleep(0.3)


def _subscribe(settings: Settings, sites: list[Site], web: DemoServer) -> None:
    from producers.registry import add_feed

    for site in sites:
        add_feed(
            settings,
            web.base + site.path,
            now=lambda: datetime.now(UTC),
            source_id=site.id,
            name=site.title,
            language=site.language,
        )


def _unsubscribe(settings: Settings, web: DemoServer) -> None:
    """The web site ends with this process; a house that is kept need not look for it for ever."""
    from producers.registry import remove_feed

    for site in load_sites(later=False):
        remove_feed(settings, web.base + site.path)


def _send_file(settings: Settings) -> None:
    from producers.client import ArticleProducer
    from producers.ingest import ingest

    with tempfile.TemporaryDirectory(prefix="newswire-demo-") as folder:
        path = Path(folder) / FILE_NAME
        path.write_bytes(dirty_text())
        with ArticleProducer(settings) as producer:
            ingest(
                [str(path)],
                producer,
                lane="live",
                settings=settings,
                now=lambda: datetime.now(UTC),
                source="demo-files",
            )


def _send_poison(settings: Settings) -> None:
    from producers.client import open_producer

    producer = open_producer(settings, role="demo")
    try:
        producer.send(RAW, value=POISON, key=b"broken-by-design").get(timeout=30)
    finally:
        producer.close()


def _account(settings: Settings, state: State, expected: Expected, audit: AuditReport) -> Outcome:
    from newswire.ledger import open_ledger
    from search.client import connect
    from search.queries import Query

    with connect(settings.elasticsearch) as client:
        found = client.search(Query(text="Haus"), limit=4)
        changed = client.search(Query(text="Dagebüll"), limit=1)
        tops = client.tops(size=5)
    with open_ledger(settings) as ledger:
        quarantined = list(ledger.quarantined())
    books = state.books
    checks: dict[str, Callable[[], bool]] = {
        "books balance": lambda: books is not None and books.balanced,
        "every accepted article is indexed or in quarantine": lambda: not audit.missing,
        "every served article is one document": lambda: books is not None and books.documents == expected.articles,
        "the changed article has both versions": lambda: bool(changed.hits) and changed.hits[0].version_count == 2,
        "the broken message is in quarantine": lambda: [held.value for held in quarantined] == [POISON],
        "Haus finds Häuser": lambda: any("Häuser" in hit.headline for hit in found.hits),
        "names were found": lambda: bool(tops.people and tops.places and tops.organisations),
    }
    return Outcome(
        state=state,
        audit=audit,
        checks={name: check() for name, check in checks.items()},
        found=found,
        tops=tops,
        quarantined=quarantined,
    )
