"""One input that trips over a defect is refused, so that all others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from contracts.errors import InputRefused, NewswireError

log = structlog.get_logger(__name__)


@contextmanager
def refused(origin: str) -> Iterator[None]:
    """Turn what nobody foresaw into a refusal of the input called ``origin``; the trace goes to the log.

    Raises:
        InputRefused: ``defect``.
    """
    try:
        yield
    except (NewswireError, OSError):
        raise
    except Exception as error:
        log.exception("input-crashed", origin=origin)
        raise InputRefused(
            origin,
            "defect",
            f"reading it failed: {type(error).__name__}: {error}. This is a defect of newswire.",
            hint="Report it with the input; everything else of the batch goes on.",
        ) from error
