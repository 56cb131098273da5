"""``python -m indexer.kibana.build`` writes the saved objects' file; ``--check`` fails if it differs from the code."""

from __future__ import annotations

import sys
from pathlib import Path

from indexer.kibana.newsroom import objects
from indexer.kibana.saved import ndjson

FILE = Path(__file__).parent / "objects" / "newsroom.ndjson"


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` compare it; 1 if it differs, 2 for an unknown argument."""
    if unknown := set(arguments) - {"--check"}:
        print(f"Unknown argument: {', '.join(sorted(unknown))}. The only one is --check.", file=sys.stderr)
        return 2
    text = ndjson(objects())
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in arguments:
        print(f"{FILE.name} differs from the code. Run `python -m indexer.kibana.build`.", file=sys.stderr)
        return 1
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
