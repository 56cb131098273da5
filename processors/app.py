"""The app by its well-known name: ``faust -A processors.app worker --without-web``, or ``python -m processors``."""

from __future__ import annotations

from contracts.settings import load_settings
from processors.stream import build

app = build(load_settings())
