"""Tokenizing in linear time: spaCy's own rules take square time for stacked punctuation, hours for one page of it.

Its tokenizer strips one prefix or suffix after the other off a run without white space and searches all of the rest
each time: 5,000 brackets measured 3 s, and it holds the interpreter meanwhile, so that no time budget helps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from processors.tokens import token_spans

LONGEST_RUN = 200
"""Characters without white space after which spaCy's rules get a break: above any word, below what costs time."""

TEXT_KEY = "newswire_text"
"""In ``doc.user_data``: the text, which spaCy's ``doc.text`` would put together again from an object a token."""

_LONG_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1},}}")


class LinearTokenizer:
    """Tokens as ``tokens.token_spans`` sees them, for pipelines that read nothing but the text.

    Args:
        vocab: the pipeline's.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The text whole: white space that is more than one space between two tokens is a token of its own."""
        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for start, end in [*token_spans(text), (len(text), len(text))]:
            gap = text[at:start]
            if gap.startswith(" ") and words and not spaces[-1]:
                spaces[-1] = True
                gap = gap[1:]
            for word in (gap, text[start:end]):
                if word:
                    words.append(word)
                    spaces.append(False)
            at = end
        return Doc(self.vocab, words=words, spaces=spaces, user_data={TEXT_KEY: text})

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:
        """Every text by itself."""
        return map(self, texts)

    def to_disk(self, path: str | Path, **_: Any) -> None:
        """Nothing to save."""

    def from_disk(self, path: str | Path, **_: Any) -> LinearTokenizer:
        """Nothing to read."""
        return self


@spacy.registry.tokenizers("newswire.Tokenizer.v1")  # type: ignore[attr-defined,untyped-decorator]  # made at run time
def make_tokenizer() -> Callable[[Language], LinearTokenizer]:
    """The tokenizer of the shipped package."""
    return lambda nlp: LinearTokenizer(nlp.vocab)


def eased(text: str) -> str:
    """The text in the same length, with a space in place of one sign every ``LONGEST_RUN`` where no white space is.

    Letters and digits stay; a run of them alone costs spaCy nothing.
    """
    characters: list[str] | None = None
    for run in _LONG_RUN.finditer(text):
        since = run.start()
        for at in range(run.start(), run.end()):
            if at - since >= LONGEST_RUN and not text[at].isalnum():
                characters = characters or list(text)
                characters[at] = " "
                since = at + 1
    return "".join(characters) if characters else text
