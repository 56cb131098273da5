"""The messages' JSON Schemas: ``python -m contracts.schema`` writes them, ``--check`` fails if they drifted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from contracts.messages import EnrichedArticle, Quarantined, RawArticle

FOLDER = Path(__file__).parent / "schemas"


def schemas() -> dict[str, str]:
    """File name to text, for every message."""
    return {f"{kind.__name__}.json": _render(kind) for kind in (RawArticle, EnrichedArticle, Quarantined)}


def _render(kind: type) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(kind)
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` compare them; 1 if any differs."""
    drifted = []
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            drifted.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if drifted and "--check" in arguments:
        print(f"Schemas differ from the code: {', '.join(drifted)}. Run `python -m contracts.schema`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
