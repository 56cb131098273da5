"""Make shared class archives (AppCDS) by running each server once: later starts take some 40 % less processor time."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
from pathlib import Path

import structlog

from contracts.errors import EnvironmentProblem
from embedded.elasticsearch import EmbeddedElasticsearch
from embedded.installation import BASE_ARCHIVE, Installation
from embedded.kafka import EmbeddedKafka
from embedded.paths import public_folder, purge
from embedded.ports import LOOPBACK
from embedded.progress import Progress

STOP_WITHIN_S = 180.0  # Writing an archive at exit takes 5 s on an idle machine, and much longer on a busy one.
KEPT_SETS = 3  # Archives take 150 MB for each Java.
SAMPLE = "Die Häuser der Präsidenten"

log = structlog.get_logger()


def train(installation: Installation, progress: Progress) -> None:
    """Write the archives of both servers into `installation.archives`.

    A failure costs speed only: it is logged, and not tried again at every start.
    """
    target = installation.archives
    scratch = target.parent / f"{target.name}.{os.getpid()}.part"
    for folder in (scratch, target):
        shutil.rmtree(folder, ignore_errors=True)
        public_folder(folder.parent)
        public_folder(folder)
    try:
        with progress.task("Recording a first start of both servers, so that later ones are fast"):
            _record(installation, scratch)
    except (EnvironmentProblem, OSError, subprocess.SubprocessError) as error:
        log.warning("servers.archives_failed", error=str(error))
    purge(scratch)
    installation.archives_tried.touch()
    sets = sorted((path for path in target.parent.iterdir() if not path.suffix), key=lambda path: path.stat().st_mtime)
    for stale in sets[:-KEPT_SETS]:
        shutil.rmtree(stale, ignore_errors=True)


def _record(installation: Installation, scratch: Path) -> None:
    # Made in place: a service's archive notes the path of the one that it builds on.
    base = installation.archives / BASE_ARCHIVE
    java = str(installation.java.executable)
    dump = [java, "-Xshare:dump", "-Xmx256m", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={base}"]
    subprocess.run(dump, capture_output=True, check=True)  # noqa: S603 - our own command
    base.chmod(0o644)
    kafka = EmbeddedKafka(installation, scratch)
    elasticsearch = EmbeddedElasticsearch(installation, scratch)
    made = {"kafka": kafka.root / "kafka.jsa", "elasticsearch": elasticsearch.root / "tmp" / "elasticsearch.jsa"}
    kafka.sharing = [f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={made['kafka']}"]
    elasticsearch.sharing = [f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={made['elasticsearch']}"]
    try:
        elasticsearch.start()
        kafka.start()
        kafka.wait_ready()
        kafka.ask_to_stop()
        elasticsearch.wait_ready()
        _exercise(elasticsearch.port)
    finally:
        elasticsearch.ask_to_stop()
        kafka.stop(STOP_WITHIN_S)
        elasticsearch.stop(STOP_WITHIN_S)
    for service, path in made.items():
        whole = shutil.copyfile(path, scratch / f"{service}.jsa")
        whole.chmod(0o644)
        whole.rename(installation.archives / whole.name)


def _exercise(port: int) -> None:
    """Index and search once, so that the classes for it are archived too."""
    analyzer = {"tokenizer": "standard", "filter": ["lowercase", "german_normalization"]}
    index = {
        "settings": {"number_of_replicas": 0, "analysis": {"analyzer": {"german": analyzer}}},
        "mappings": {"properties": {"text": {"type": "text", "analyzer": "german"}, "day": {"type": "date"}}},
    }
    search = {
        "query": {"match": {"text": SAMPLE}},
        "highlight": {"fields": {"text": {}}},
        "aggs": {"days": {"date_histogram": {"field": "day", "calendar_interval": "day"}}},
    }
    document = json.dumps({"text": SAMPLE, "day": "2021-12-01"})
    bulk = f'{{"index":{{"_id":"1"}}}}\n{document}\n'
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        for method, path, body in (
            ("PUT", "/training", json.dumps(index)),
            ("POST", "/training/_bulk?refresh=true", bulk),
            ("POST", "/training/_search", json.dumps(search)),
        ):
            connection.request(method, path, body.encode(), {"Content-Type": "application/json"})
            connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise EnvironmentProblem(f"Elasticsearch did not answer while it was recorded: {error}.") from error
    finally:
        connection.close()
