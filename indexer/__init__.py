"""From ``news.enriched`` into Elasticsearch: one document per article, whatever arrives and however often."""
