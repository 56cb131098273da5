"""Elasticsearch as a single node."""

from __future__ import annotations

import http.client
import json
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from embedded.paths import SYSTEM_STATE, private_folder, public_folder, reachable, relocated, require_space, server_uid
from embedded.ports import LOOPBACK, settle
from embedded.server import EmbeddedServer
from embedded.server_args import server_args

SPACE_BYTES = 500 << 20
PROBE_TIMEOUT_S = 2.0
SEED_LENGTH = 20
LOG_CONFIGURATION = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:es.logs.base_path}/elasticsearch.log
appender.file.filePattern = ${sys:es.logs.base_path}/elasticsearch.%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""
# What the distribution's launcher gives a node, less its garbage collector, heap dumps and garbage collection log.
JVM_OPTIONS = (
    "-Des.networkaddress.cache.ttl=60",
    "-Des.networkaddress.cache.negative.ttl=10",
    "-Xss1m",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
    "-Djna.nosys=true",
    "-XX:-OmitStackTraceInFastThrow",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
    "-Dlog4j2.formatMsgNoLookups=true",
    "-Djava.security.manager=allow",
    "-Des.distribution.type=zip",
    "-XX:+ExitOnOutOfMemoryError",
)
NATIVE_ACCESS = "--enable-native-access=org.elasticsearch.nativeaccess,org.apache.lucene.core"


@dataclass
class EmbeddedElasticsearch(EmbeddedServer):
    """A node on loopback, its indices under `<data_dir>/elasticsearch`.

    Started by root it runs under an unprivileged id; when that id cannot traverse to `data_dir`, its folders lie in a
    system folder and links in `data_dir` lead there.
    """

    heap_mb: int = 512
    transport_port: int = 0
    service = "Elasticsearch"

    @property
    def _base(self) -> Path:
        return self.data_dir if reachable(self.data_dir, server_uid()) else relocated(self.data_dir)

    @property
    def root(self) -> Path:
        """Folder of its data and configuration."""
        return self._base / "elasticsearch"

    @property
    def log_dir(self) -> Path:
        """Folder of its logs, at most some 50 MB."""
        return self._base / "logs" / "elasticsearch"

    @property
    def url(self) -> str:
        """What HTTP clients take; known after `prepare()`."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def address(self) -> str:
        """How clients reach it."""
        return self.url

    @property
    def _working_folder(self) -> Path:
        return self.root / "tmp"

    def settings(self) -> dict[str, str]:
        """The node's settings, flat."""
        return {
            "cluster.name": "newswire-embedded",
            "node.name": "newswire",
            "discovery.type": "single-node",
            "network.host": LOOPBACK,
            "http.port": str(self.port),
            "transport.port": str(self.transport_port),
            "path.home": str(self.installation.elasticsearch_home),
            "path.data": str(self.root / "data"),
            "path.logs": str(self.log_dir),
            "xpack.security.enabled": "false",
            # A developer's nearly full disk must not make indices read-only.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }

    def _configure(self) -> None:
        require_space(self._base, SPACE_BYTES)
        uid = server_uid()
        if self._base != self.data_dir:
            public_folder(SYSTEM_STATE)
            public_folder(self._base)
            self._link()
        # Only what the server writes belongs to its id. As it cannot change the folders above, a server that was
        # broken into cannot lead us, who may be root, to other files by a link.
        for folder in (self.root, self.root / "config", self.log_dir.parent):
            public_folder(folder)
        for folder in (self.root / "data", self.root / "tmp", self.log_dir):
            private_folder(folder, uid)
        names = ("http", "transport")
        setting = "NEWSWIRE_EMBEDDED__ELASTICSEARCH_PORT"
        ports = settle(self.root / "ports.json", self.service, names, self.port, setting)
        self.port, self.transport_port = ports["http"], ports["transport"]
        config = self.root / "config"
        alphabet = string.ascii_letters + string.digits
        seed = "".join(secrets.choice(alphabet) for _ in range(SEED_LENGTH)).encode()
        message = server_args(self.settings(), config, self.log_dir, seed)
        for name, content, mode in (
            ("log4j2.properties", LOG_CONFIGURATION.encode(), 0o644),
            ("start.bin", message, 0o600),
        ):
            (config / name).write_bytes(content)
            (config / name).chmod(mode)

    def _link(self) -> None:
        (self.data_dir / "logs").mkdir(exist_ok=True)
        for name in ("elasticsearch", "logs/elasticsearch"):
            link = self.data_dir / name
            if link.is_symlink():
                link.unlink()
            link.symlink_to(self._base / name)

    def _child_options(self) -> list[str]:
        temporary = self.root / "tmp"
        options = ["--stdin", str(self.root / "config" / "start.bin"), "--env", f"LIBFFI_TMPDIR={temporary}"]
        if (uid := server_uid()) is not None:
            options += ["--uid", str(uid)]
        return options

    def _java_command(self) -> list[str]:
        return [
            str(self.installation.java.executable),
            *(self.installation.sharing("elasticsearch") if self.sharing is None else self.sharing),
            *JVM_OPTIONS,
            *(["-Djava.locale.providers=SPI,COMPAT"] if self.installation.java.feature < 23 else []),
            *([NATIVE_ACCESS] if self.installation.java.feature >= 21 else []),
            f"-Djava.io.tmpdir={self.root / 'tmp'}",
            f"-XX:ErrorFile={self.log_dir}/hs_err_pid%p.log",
            "-Xms128m",
            f"-Xmx{self.heap_mb}m",
            f"-XX:MaxDirectMemorySize={self.heap_mb // 2}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--module-path",
            str(self.installation.elasticsearch_home / "lib"),
            "--add-modules=jdk.net",
            "--add-modules=ALL-MODULE-PATH",
            "-m",
            "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
        ]

    def _answers(self) -> bool:
        return is_healthy(self.port)


def is_healthy(port: int, timeout: float = PROBE_TIMEOUT_S) -> bool:
    """Whether a node on loopback has an elected master and reports yellow or green, within `timeout` seconds."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", "/_cluster/health")
        response = connection.getresponse()
        body = json.loads(response.read())
        return response.status == 200 and body.get("status") in ("yellow", "green")
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
