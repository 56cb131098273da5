"""How long Kafka and Elasticsearch take to be ready, and how much memory they then hold: ``python -m bench.start``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import summary
from embedded import EmbeddedElasticsearch, EmbeddedKafka, provision, start_both, stop_both

MIB = 1024 * 1024
READY_WITHIN_S = 120.0


def measure(rounds: int) -> dict[str, Any]:
    """Start and stop both ``rounds`` times in one data folder; the first start is apart, since it formats the storage.

    Returns:
        JSON values: seconds until both answer by their protocol, and MiB resident per server.
    """
    installation = provision()
    seconds: list[float] = []
    memory: dict[str, list[float]] = {"kafka": [], "elasticsearch": [], "both": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds + 1):
            began = time.perf_counter()
            kafka, elasticsearch = start_both(installation, Path(folder) / "data", within=READY_WITHIN_S)
            seconds.append(time.perf_counter() - began)
            try:
                one, other = resident_mib(kafka), resident_mib(elasticsearch)
                for name, value in (("kafka", one), ("elasticsearch", other), ("both", one + other)):
                    memory[name].append(value)
            finally:
                stop_both(kafka, elasticsearch)
    return {
        "name": "start",
        "rounds": rounds,
        "unit": "s",
        "first_start": round(seconds[0], 2),
        "warm_start": summary(seconds[1:]),
        "memory_mib": {name: summary(values, 0) for name, values in memory.items()},
    }


def resident_mib(server: EmbeddedKafka | EmbeddedElasticsearch) -> float:
    """Resident memory of the server's process; 0 where the system has no /proc."""
    status = Path(f"/proc/{server.pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / MIB


def main() -> int:
    """Print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    sys.stdout.write(f"{json.dumps(measure(parser.parse_args().rounds), indent=2)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
