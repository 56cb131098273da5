"""Choose ports once and remember them with the data, so that a restarted server is found again."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from embedded.errors import PortTaken

LOOPBACK = "127.0.0.1"
# Below the ranges from which Linux (32768) and macOS (49152) give ports to outgoing connections, so that a remembered
# port is rarely in use at the next start.
CHOICES = range(20000, 32000)
TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(taken: set[int], rng: random.Random) -> int:
    """A free port that is not among `taken`."""
    for _ in range(TRIES):
        port = rng.choice(CHOICES)
        if port not in taken and is_free(port):
            return port
    raise RuntimeError(f"no free port among {TRIES} tries")


def settle(
    memory: Path,
    service: str,
    names: tuple[str, ...],
    explicit: int = 0,
    setting: str = "",
    rng: random.Random | None = None,
) -> dict[str, int]:
    """Ports for `names`, the remembered ones where they are free.

    Args:
        memory: JSON file that remembers them.
        service: named in errors.
        names: what each port is for; `explicit` is the first one's.
        explicit: a port that must be had, or 0.
        setting: the setting that asked for `explicit`.

    Raises:
        PortTaken: `explicit` is in use.
    """
    rng = rng or random.Random()  # noqa: S311 - to avoid collisions, not attackers
    known: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    if explicit:
        if not is_free(explicit):
            raise PortTaken(service, explicit, setting)
        known[names[0]] = explicit
    chosen: dict[str, int] = {}
    for name in names:
        port = known.get(name, 0)
        if not port or port in chosen.values() or not is_free(port):
            port = choose({*chosen.values(), explicit}, rng)
        chosen[name] = port
    scratch = memory.with_suffix(".tmp")
    scratch.write_text(json.dumps(chosen))
    scratch.replace(memory)
    return chosen
