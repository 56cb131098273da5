"""``python -m producers`` as an operator's supervisor sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from producers.topics import create_topics

ROOT = Path(__file__).resolve().parents[2]


def start(kafka: str, folder: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS": kafka,
        "NEWSWIRE_LOG__FORMAT": "json",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-W", "ignore", "-m", "producers"]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


def test_sigterm_ends_the_collector_cleanly(broker: Any, tmp_path: Path) -> None:
    create_topics(broker.settings)
    process = start(broker.settings.kafka.bootstrap_servers, tmp_path)
    try:
        assert process.stderr is not None
        while "collector-started" not in (line := process.stderr.readline()):
            assert line, "it ended before it had started"
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "collector-stopped" in told


def test_an_absent_kafka_is_told_with_its_exit_code(tmp_path: Path) -> None:
    process = start("127.0.0.1:1", tmp_path)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "127.0.0.1:1" in told
    assert "Traceback" not in told
