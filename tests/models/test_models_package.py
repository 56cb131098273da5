"""The shipped package is what its recipe packed, is small enough, and is as good as its floors say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.quality import FLOORS, broken, opened, score
from models import pack as packing
from models.data import digest, read_all
from models.harmonise import harmonised
from models.labels import TOPICS
from models.pack import LARGEST, pack
from models.windows import UNKNOWN, tokenizer_at
from processors.encoder import TARGET_PIECES, VARIANT_LAYERS
from processors.tagger import MAX_PIECES_A_TOKEN, Pieces

PACKAGE = Path(packing.__file__).parent / "newswire_xx"
FILES = PACKAGE / "newswire_encoder"


def checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_file_of_the_package_is_the_one_that_was_packed() -> None:
    recorded = json.loads((PACKAGE / "meta.json").read_text(encoding="utf-8"))["sha256"]
    assert {file.name: checksum(file) for file in FILES.iterdir()} == recorded
    assert not any(file.is_symlink() for file in FILES.iterdir())


def test_the_package_holds_both_variants_in_less_than_60_mib() -> None:
    graphs = {file.name for file in FILES.glob("*.onnx")}
    assert graphs == {f"layers-{layers}.onnx" for layers in VARIANT_LAYERS.values()}
    assert sum(file.stat().st_size for file in PACKAGE.rglob("*") if file.is_file()) < 60 * 2**20


def build(folder: Path) -> Path:
    folder.mkdir()
    for name in ("tokenizer.json", "embedding.npz", "layers-4.onnx"):
        (folder / name).write_bytes(name.encode())
    return folder


def empty_package(folder: Path) -> Path:
    (folder / "newswire_encoder").mkdir(parents=True)
    (folder / "newswire_encoder/layers-8.onnx").write_bytes(b"of an older version")
    (folder / "meta.json").write_text('{"lang": "xx", "version": "0.9.0"}', encoding="utf-8")
    return folder


def test_packing_replaces_older_graphs_and_writes_down_what_it_packed(tmp_path: Path) -> None:
    package = empty_package(tmp_path / "package")
    sums = pack(build(tmp_path / "build"), package, "1.2.3")
    meta = json.loads((package / "meta.json").read_text(encoding="utf-8"))
    assert (meta["lang"], meta["version"], meta["sha256"]) == ("xx", "1.2.3", sums)
    assert sums == {file.name: checksum(file) for file in (package / "newswire_encoder").iterdir()}
    assert set(sums) == {"tokenizer.json", "embedding.npz", "layers-4.onnx", "topics.json"}
    codes = json.loads((package / "newswire_encoder/topics.json").read_text(encoding="utf-8"))
    assert codes == [f"medtop:{topic}" for topic in TOPICS]


def test_too_large_a_build_is_refused_and_nothing_replaced(tmp_path: Path) -> None:
    package = empty_package(tmp_path / "package")
    folder = build(tmp_path / "build")
    with (folder / "layers-12.onnx").open("wb") as file:
        file.truncate(LARGEST)
    with pytest.raises(ValueError, match="ship at most 60 MiB"):
        pack(folder, package, "1.2.3")
    assert (package / "newswire_encoder/layers-8.onnx").exists()


@pytest.mark.parametrize("variant", VARIANT_LAYERS)
def test_the_shipped_graphs_keep_their_floors(variant: str, shared: Path) -> None:
    """On our own news alone, to be quick; ``python -m bench.quality --gate`` takes every set."""
    layers = VARIANT_LAYERS[variant]
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))[f"layers-{layers}"]
    tagger = opened(FILES / f"layers-{layers}.onnx", FILES)
    held = [harmonised(article) for article in read_all(shared) if article.held_out]
    sets = {name: [article for article in held if article.source == name] for name in ("news_de", "news_en")}
    scores = {name: score(tagger, articles, TARGET_PIECES[variant]) for name, articles in sets.items()}
    digests = {name: digest(articles) for name, articles in sets.items()}
    assert broken(scores, digests, {name: floors[name] for name in sets}) == []


PIECES = Pieces((FILES / "tokenizer.json").read_bytes())
ALONE = tokenizer_at(FILES / "tokenizer.json")


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Z", "Cc")), min_size=1, max_size=30), max_size=12))
def test_a_word_has_the_same_pieces_among_others_as_alone(words: list[str]) -> None:
    PIECES._known.clear()
    alone = [tuple(ALONE.encode(word, add_special_tokens=False).ids[:MAX_PIECES_A_TOKEN]) for word in words]
    assert PIECES(words) == [ids or (UNKNOWN,) for ids in alone]
