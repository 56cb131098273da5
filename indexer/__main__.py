"""``python -m indexer``: one indexer process."""

from __future__ import annotations

import sys

from contracts.errors import EXIT_UNEXPECTED, NewswireError
from contracts.logs import configure_logging
from contracts.settings import load_settings
from indexer.run import run


def main() -> int:
    """The process's exit code; see ``contracts.errors``."""
    try:
        settings = load_settings()
        configure_logging(settings.log, stage="indexer")
        return run(settings)
    except NewswireError as error:
        sys.stderr.write(f"indexer: {error}\n")
        return getattr(error, "exit_code", EXIT_UNEXPECTED)


if __name__ == "__main__":
    sys.exit(main())
