"""Put exported layers and the vocabulary into the spaCy package: ``python -m models.pack BUILD models/newswire_xx``.

BUILD holds ``tokenizer.json``, ``embedding.npz`` and the ``layers-*.onnx`` to ship. Every file's checksum goes into
``meta.json``, and the version with it; the configuration and the empty spaCy parts of the package stay as they are.
"""

import argparse
import hashlib
import json
from pathlib import Path

from models.labels import TOPICS

LARGEST = 60 * 2**20
"""Bytes that the shipped weights may take in the repository."""


def pack(build: Path, package: Path, version: str) -> dict[str, str]:
    """Copy the files of ``build`` and return their checksums; raises ValueError when they are too large."""
    target = package / "newswire_encoder"
    graphs = sorted(build.glob("layers-*.onnx"))
    files = [build / "tokenizer.json", build / "embedding.npz", *graphs]
    total = sum(file.stat().st_size for file in files)
    if not graphs or total > LARGEST:
        raise ValueError(f"{build} has {len(graphs)} graphs and {total / 2**20:.1f} MiB; ship at most 60 MiB")
    for old in target.glob("layers-*.onnx"):
        old.unlink()
    for file in files:
        (target / file.name).write_bytes(file.read_bytes())
    (target / "topics.json").write_text(json.dumps([f"medtop:{topic}" for topic in TOPICS]) + "\n", encoding="utf-8")
    sums = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(target.iterdir()) if file.is_file()
    }
    meta_file = package / "meta.json"
    meta = json.loads(meta_file.read_text(encoding="utf-8"))
    meta |= {"version": version, "sha256": sums}
    meta_file.write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return sums


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("build", type=Path)
    options.add_argument("package", type=Path)
    options.add_argument("--version", required=True)
    given = options.parse_args()
    for name, checksum in pack(given.build, given.package, given.version).items():
        print(checksum, name)


if __name__ == "__main__":
    main()
