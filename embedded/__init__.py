"""Real Kafka and real Elasticsearch as child processes of one machine.

from embedded import provision, running
with running(provision(), Path(".newswire")) as (kafka, elasticsearch):
    kafka.bootstrap_servers, elasticsearch.url
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedded.elasticsearch import EmbeddedElasticsearch
    from embedded.installation import Installation
    from embedded.kafka import EmbeddedKafka
    from embedded.pair import running, start_both, stop_both
    from embedded.paths import purge
    from embedded.progress import RichProgress
    from embedded.provisioning import provision

_HOMES = {
    "EmbeddedElasticsearch": "elasticsearch",
    "EmbeddedKafka": "kafka",
    "Installation": "installation",
    "RichProgress": "progress",
    "provision": "provisioning",
    "purge": "paths",
    "running": "pair",
    "start_both": "pair",
    "stop_both": "pair",
}

__all__ = [
    "EmbeddedElasticsearch",
    "EmbeddedKafka",
    "Installation",
    "RichProgress",
    "provision",
    "purge",
    "running",
    "start_both",
    "stop_both",
]


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import embedded` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'embedded' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"embedded.{_HOMES[name]}"), name)
