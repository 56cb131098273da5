"""The processes of the house and the configuration that the supervisor runs them by. Values only."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import ConfigError

STAGES = ("indexer", "processor", "collector")

LOG_BYTES = 5_000_000
"""Bytes of a program's log before it is rotated; with ``LOG_BACKUPS`` some 15 MB a process at most."""
LOG_BACKUPS = 2


@dataclass(frozen=True)
class Program:
    """One program under the supervisor.

    Attributes:
        command: argument vector.
        processes: how many of it run side by side.
        autostart: it starts with the supervisor; the stages wait for servers and topics instead.
        priority: programs start in this order and stop in the reverse one.
        start_s: seconds it has to stay up to count as started.
        stop_s: seconds between SIGTERM and SIGKILL.
        environment: added to the supervisor's own.
    """

    name: str
    command: tuple[str, ...]
    processes: int = 1
    autostart: bool = False
    priority: int = 100
    start_s: int = 2
    stop_s: int = 20
    environment: Mapping[str, str] = field(default_factory=dict)


def render_config(programs: Iterable[Program], *, socket: Path, folder: Path, logs: Path, directory: Path) -> str:
    """The supervisor's configuration file.

    Args:
        programs: what it runs.
        socket: Unix socket of its XML-RPC interface, at most some 90 bytes long.
        folder: where its pid file goes.
        logs: where the programs' logs go.
        directory: working folder of the programs, so that they read the same ``.env`` and ``newswire.toml``.

    Raises:
        ConfigError: a path holds what this file format cannot carry.
    """
    if "%" in str(logs):
        # The supervisor expands this one value twice, so no way of writing the sign survives.
        raise ConfigError(f"{logs} has a percent sign in its path.", hint="Set data_dir to a folder without one.")
    head = {
        "unix_http_server": {"file": _escape(str(socket)), "chmod": "0700"},
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "logfile": _escape(str(logs / "supervisord.log")),
            "logfile_maxbytes": str(LOG_BYTES),
            "logfile_backups": "1",
            "loglevel": "info",
            "pidfile": _escape(str(folder / "supervisord.pid")),
            "childlogdir": _escape(str(logs)),
            "directory": _escape(str(directory)),
            "identifier": "newswire",
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
    }
    sections = head | {f"program:{program.name}": _program_values(program, logs) for program in programs}
    lines = []
    for name, values in sections.items():
        lines += [f"[{name}]", *(f"{key} = {value}" for key, value in values.items()), ""]
    return "\n".join(lines)


def _program_values(program: Program, logs: Path) -> dict[str, str]:
    process = program.name + ("-%(process_num)d" if program.processes > 1 else "")
    values = {
        "command": _escape(shlex.join(program.command)),
        "process_name": process,
        "numprocs": str(program.processes),
        "autostart": str(program.autostart).lower(),
        "autorestart": "true",
        "startsecs": str(program.start_s),
        # The pause before each retry grows by a second, so this is about an hour of trying.
        "startretries": "80",
        "stopsignal": "TERM",
        "stopwaitsecs": str(program.stop_s),
        "stopasgroup": "true",
        "killasgroup": "true",
        "priority": str(program.priority),
        "redirect_stderr": "true",
        "stdout_logfile": f"{_escape(str(logs))}/{process}.log",
        "stdout_logfile_maxbytes": str(LOG_BYTES),
        "stdout_logfile_backups": str(LOG_BACKUPS),
    }
    if program.environment:
        values["environment"] = ",".join(f'{name}="{_escape(value)}"' for name, value in program.environment.items())
    return values


def _escape(value: str) -> str:
    """``value`` as the file carries it: ``%`` would start an expansion, `` ;`` and `` #`` a comment."""
    if "\n" in value or " ;" in value or " #" in value:
        raise ConfigError(
            f"The path or value {value!r} cannot be handed to the supervisor.",
            hint="Use folders without line breaks and without ` ;` or ` #` in their names.",
        )
    return value.replace("%", "%%")
