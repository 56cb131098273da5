"""How a series of measurements is given: by its minimum, median and maximum."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def summary(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Minimum, median and maximum, rounded."""
    return {
        "min": round(min(values), digits),
        "median": round(statistics.median(values), digits),
        "max": round(max(values), digits),
    }


def render(figures: dict[str, float]) -> str:
    """The three as a cell of a table."""
    return f"{figures['min']:g} / {figures['median']:g} / {figures['max']:g}"
