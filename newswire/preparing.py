"""What the servers need before the stages may start."""

from __future__ import annotations

from contracts.settings import Settings


def prepare_servers(settings: Settings) -> dict[str, object]:
    """Create topics, template and indices where they are missing; gives what was done, for people and scripts.

    Raises:
        ServiceUnavailable: a server does not answer.
        ConfigError: a server lacks what is needed.
    """
    from indexer.setup import connect, ensure_index
    from producers.topics import create_topics

    topics = create_topics(settings)
    client = connect(settings.elasticsearch)
    try:
        index = ensure_index(client, settings.elasticsearch)
    finally:
        client.close()
    return {"topics": dict(topics), "template": index.template, "lifecycle": index.lifecycle}
