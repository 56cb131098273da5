"""Writes the lock files from ``pyproject.toml``; ``--check`` says offline whether they still belong to it.

``requirements.lock`` is everything a checkout needs, ``requirements-run.lock`` what the stages need in an image. Both
carry hashes and no addresses, and begin with the digest of the dependencies that they were resolved from.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = {"requirements.lock": ("embedded", "dev"), "requirements-run.lock": ()}
HEADER = "# Made by `make lock`; dependencies of pyproject.toml: sha256 "


def digest(extras: tuple[str, ...]) -> str:
    """Digest of the requirements that a lock file is resolved from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [project["requires-python"], *sorted(project["dependencies"])]
    for extra in extras:
        wanted += sorted(project["optional-dependencies"][extra])
    return sha256("\n".join(wanted).encode()).hexdigest()


def check() -> int:
    """1 with a sentence for each lock file that does not belong to ``pyproject.toml``."""
    stale = []
    for name, extras in EXTRAS.items():
        path = ROOT / name
        first = path.read_text(encoding="utf-8").split("\n", 1)[0] if path.is_file() else ""
        if first != HEADER + digest(extras):
            stale.append(name)
    if stale:
        print(f"Not resolved from this pyproject.toml: {', '.join(stale)}. Run `make lock`.", file=sys.stderr)
    return bool(stale)


def write(arguments: list[str]) -> int:
    """Resolve both lock files; ``arguments`` go to uv, for instance ``--upgrade``."""
    environment = dict(os.environ)
    if not any(name in environment for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX")):
        # uv does not read pip's configuration, where a company's mirror usually stands.
        found = subprocess.run(
            [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
        ).stdout.strip() or environment.get("PIP_INDEX_URL", "")
        if found:
            environment["UV_DEFAULT_INDEX"] = found
    for name, extras in EXTRAS.items():
        path = ROOT / name
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes",
            "--no-header", "--no-emit-index-url", "--quiet", "-o", name,
        ]  # fmt: skip
        for extra in extras:
            command += ["--extra", extra]
        code = subprocess.run([*command, *arguments], cwd=ROOT, env=environment).returncode
        if code:
            return code
        path.write_text(f"{HEADER}{digest(extras)}\n" + _without_header(path), encoding="utf-8")
    return 0


def _without_header(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text.split("\n", 1)[1] if text.startswith(HEADER) else text


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv[1:] else write(sys.argv[1:]))
