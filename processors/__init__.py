"""The enrich stage: raw articles in, entities, topics, dates and language added, enriched articles out."""
