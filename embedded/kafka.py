"""Apache Kafka as one combined broker and controller."""

from __future__ import annotations

import base64
import os
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import ServerNotReady
from embedded.paths import require_space
from embedded.ports import LOOPBACK, settle
from embedded.server import EmbeddedServer

SPACE_BYTES = 200 << 20
PROBE_TIMEOUT_S = 2.0
API_VERSIONS = 18
LOG_CONFIGURATION = """\
status = error
shutdownHook = disable
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {log}/kafka.log
appender.file.filePattern = {log}/kafka.%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d] %p %m (%c)%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""
CONFIGURATION = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.segment.bytes=134217728
log.cleaner.dedupe.buffer.size=33554432
"""


@dataclass
class EmbeddedKafka(EmbeddedServer):
    """A Kafka broker on loopback, its log segments under `<data_dir>/kafka`."""

    heap_mb: int = 256
    controller_port: int = 0
    service = "Kafka"

    @property
    def root(self) -> Path:
        """Folder of its data and configuration."""
        return self.data_dir / "kafka"

    @property
    def log_dir(self) -> Path:
        """Folder of its logs, at most some 50 MB."""
        return self.data_dir / "logs" / "kafka"

    @property
    def bootstrap_servers(self) -> str:
        """What Kafka clients take; known after `prepare()`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        """How clients reach it."""
        return self.bootstrap_servers

    def _configure(self) -> None:
        require_space(self.data_dir, SPACE_BYTES)
        for folder in (self.root, self.log_dir):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        names = ("broker", "controller")
        setting = "NEWSWIRE_EMBEDDED__KAFKA_PORT"
        ports = settle(self.root / "ports.json", self.service, names, self.port, setting)
        self.port, self.controller_port = ports["broker"], ports["controller"]
        data = self.root / "data"
        text = CONFIGURATION.format(host=LOOPBACK, data=_escaped(data), **ports)
        (self.root / "server.properties").write_text(text, encoding="utf-8")
        logging = LOG_CONFIGURATION.format(log=_escaped(self.log_dir))
        (self.root / "log4j2.properties").write_text(logging, encoding="utf-8")
        if not (data / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        command = [
            *self._jvm(self.installation.sharing("kafka")),
            "kafka.tools.StorageTool",
            "format",
            "--ignore-formatted",
        ]
        command += [f"--cluster-id={_cluster_id()}", "-c", str(self.root / "server.properties")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.root)  # noqa: S603 - our own
        if done.returncode:
            reason = f"could not format its storage (code {done.returncode})"
            raise ServerNotReady(self.service, reason, self.log_dir, done.stdout + done.stderr)

    def _jvm(self, sharing: list[str]) -> list[str]:
        jars = os.pathsep.join(str(jar) for jar in self.installation.kafka_jars)
        return [
            str(self.installation.java.executable),
            *sharing,
            "-Xms64m",
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={self.root / 'log4j2.properties'}",
            "-Dlog4j2.disable.jmx=true",
            "-cp",
            jars,
        ]

    def _java_command(self) -> list[str]:
        sharing = self.installation.sharing("kafka") if self.sharing is None else self.sharing
        return [*self._jvm(sharing), "kafka.Kafka", str(self.root / "server.properties")]

    def _answers(self) -> bool:
        return speaks_kafka(self.port)


def speaks_kafka(port: int, timeout: float = PROBE_TIMEOUT_S) -> bool:
    """Whether a broker on loopback answers an ApiVersions request without an error, within `timeout` seconds."""
    client = b"newswire-probe"
    body = struct.pack(">hhih", API_VERSIONS, 0, 1, len(client)) + client
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            with connection.makefile("rb") as stream:
                head = stream.read(10)
    except OSError:
        return False
    return len(head) == 10 and struct.unpack(">iih", head)[1:] == (1, 0)


def _cluster_id() -> str:
    """A Kafka UUID; one that begins with `-` would be taken for an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _escaped(path: Path) -> str:
    """A path as a value of a Java properties file read as Latin-1."""
    text = str(path).replace("\\", "\\\\")
    return "".join(c if c.isascii() else "".join(f"\\u{u:04x}" for u in _units(c)) for c in text)


def _units(character: str) -> list[int]:
    raw = character.encode("utf-16-be")
    return [raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2)]
