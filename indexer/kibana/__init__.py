"""Kibana's saved objects for a newsroom: built from code, kept as NDJSON, imported over HTTP, provable without it."""
