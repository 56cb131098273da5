"""Programs that own servers, run by tests and killed by them: `python parents.py HOW DATA_DIR`.

They print the process ids of the servers as one line of JSON once the servers answer, and then wait.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from embedded import EmbeddedElasticsearch, EmbeddedKafka, provision, running


def context(data_dir: Path) -> None:
    """As a program does that stops its servers when it is interrupted."""
    with running(provision(), data_dir) as (kafka, elasticsearch):
        report({"kafka": kafka.pid, "elasticsearch": elasticsearch.pid})
        threading.Event().wait()


def bare(data_dir: Path) -> None:
    """As supervisord does: only the commands are run."""
    servers = [EmbeddedKafka(provision(), data_dir), EmbeddedElasticsearch(provision(), data_dir)]
    for server in servers:
        server.prepare()
    processes = [subprocess.Popen(server.command(), env={}) for server in servers]
    for server in servers:
        server.wait_ready()
    report({server.service.lower(): process.pid for server, process in zip(servers, processes, strict=True)})
    threading.Event().wait()


def thread(data_dir: Path) -> None:
    """From a thread that ends at once, while the program goes on."""
    kafka = EmbeddedKafka(provision(), data_dir)
    starter = threading.Thread(target=kafka.start)
    starter.start()
    starter.join()
    kafka.wait_ready()
    report({"kafka": kafka.pid})
    threading.Event().wait()


def report(pids: dict[str, int | None]) -> None:
    print(json.dumps({**pids, "uid": os.geteuid()}), flush=True)


if __name__ == "__main__":
    {"context": context, "bare": bare, "thread": thread}[sys.argv[1]](Path(sys.argv[2]))
