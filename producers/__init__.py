"""Feeds, pages, text files and archives in; raw articles on Kafka out."""
