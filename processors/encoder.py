"""The shipped model as spaCy components: ``newswire_sentences`` and ``newswire_encoder``.

A spaCy package that holds them and the tokenizer loads with ``spacy.load``: an installed newswire announces all three
as entry points, and whoever imports this module has them too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import ensure_path, filter_spans

from contracts.errors import ConfigError
from processors import tokenizing, tokens
from processors.tagger import MAX_PIECES, Embedding, Pieces, Tagger

VARIANT_LAYERS = {"accurate": 12, "fast": 5}

TARGET_PIECES = {"accurate": 200, "fast": 128}
"""Pieces of a window, 128 some five sentences of news; training saw up to 256. Few layers read 128 as well as 200, and
faster; twelve lose half a point of F1, see docs/models.md."""

COMPONENT = "newswire_encoder"

CUT_KEY = "newswire_cut"
"""In ``doc.user_data``: the first character that the time budget left unread."""


def _text(doc: Doc) -> str:
    """``doc.text``, put together once where the tokenizer did not leave it."""
    text: str = doc.user_data.get(tokenizing.TEXT_KEY) or doc.text
    doc.user_data[tokenizing.TEXT_KEY] = text
    return text


@Language.factory("newswire_sentences", assigns=["token.is_sent_start"], retokenizes=False)
class Sentences:
    """Sets sentence boundaries by the rules of ``tokens.sentence_spans``."""

    def __init__(self, nlp: Language, name: str = "newswire_sentences") -> None:
        self.name = name

    def __call__(self, doc: Doc) -> Doc:
        """Mark the first token of every sentence."""
        starts = np.array([0, *(start for start, _ in tokens.sentence_spans(_text(doc)))])
        # As an array: the setter of each token looks through the whole text, which took 30 s for a long one.
        opens = np.where(np.isin(doc.to_array("IDX"), starts), 1, -1).astype(np.int64)
        return doc.from_array(["SENT_START"], opens.astype(np.uint64)) if len(doc) else doc  # type: ignore[arg-type]


@Language.factory(
    "newswire_encoder",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.cats"],
    default_config={"variant": "accurate", "target_pieces": 0, "time_budget_s": 0.0},
    retokenizes=False,
)
def make_encoder(nlp: Language, name: str, variant: str, target_pieces: int, time_budget_s: float) -> Encoder:
    """The component of one pipeline; its weights come with ``from_disk``."""
    return Encoder(name, variant=variant, target_pieces=target_pieces, time_budget_s=time_budget_s)


class Encoder:
    """Sets ``doc.ents`` (PER, LOC, ORG, MISC), and ``doc.cats`` by topic code where the model has topics.

    The result of a text depends on nothing but the text. It works in any pipeline: it reads ``doc.text`` only.

    Args:
        name: of the component.
        variant: ``accurate`` (12 layers) or ``fast`` (5).
        target_pieces: size of a window in pieces; 0 is what the variant reads best, ``TARGET_PIECES``.
        time_budget_s: seconds after which the rest of a text is left unread, see ``CUT_KEY``; 0 is no limit.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        name: str = "newswire_encoder",
        *,
        variant: str = "accurate",
        target_pieces: int = 0,
        time_budget_s: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if variant not in VARIANT_LAYERS:
            raise ConfigError(f"The model has no variant {variant!r}.", hint="Choose `accurate` or `fast`.")
        self.name = name
        self.variant = variant
        self.target_pieces = min(target_pieces or TARGET_PIECES[variant], MAX_PIECES - 2)
        self.time_budget_s = time_budget_s
        self.clock = clock
        self.topic_codes: tuple[str, ...] = ()
        self._tagger: Tagger | None = None
        self._folder: Path | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Read one text."""
        spans, cats = self.read(_text(doc), doc)
        del doc.user_data[tokenizing.TEXT_KEY]
        ents = []
        for start, end, label in spans:
            span = doc.char_span(start, end, label=label, alignment_mode="expand")
            if span is not None and (trimmed := _without_space(span)) is not None:
                ents.append(trimmed)
        doc.ents = filter_spans(ents)
        doc.cats.update(cats)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Read texts one after the other: a run of one window is the fastest there is, see ``Tagger``."""
        for doc in stream:
            yield self(doc)

    def read(self, text: str, doc: Doc | None = None) -> tuple[list[tuple[int, int, str]], dict[str, float]]:
        """Names in ``text`` as start, end and label, and the scores of its topics."""
        if self._tagger is None:
            raise ConfigError(f"The component {self.name} has no weights.", hint="Load its package with spacy.load.")
        token_spans = tokens.token_spans(text)
        if not token_spans:
            return [], {}
        deadline = self.clock() + self.time_budget_s if self.time_budget_s > 0 else None
        read = self._tagger.read(
            [text[start:end] for start, end in token_spans],
            tokens.group(token_spans, tokens.sentence_spans(text)),
            target=self.target_pieces,
            stop=lambda: deadline is not None and self.clock() > deadline,
        )
        if read.unread is not None and doc is not None:
            doc.user_data[CUT_KEY] = token_spans[read.unread][0]
        found = []
        for first, last, label in read.names:
            start, end = token_spans[first][0], token_spans[last - 1][1]
            # A name without a capital or digit is an adjective of a place („russischer“) in cased scripts.
            if not text[start:end].islower():
                found.append((start, end, label))
        if read.topics is None:
            return found, {}
        return found, dict(zip(self.topic_codes, (1 / (1 + np.exp(-read.topics))).tolist(), strict=False))

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Copy the weights beside the pipeline's configuration."""
        target = ensure_path(path)
        if self._folder is None:
            raise ConfigError(f"The component {self.name} has no weights to save.")
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(self._folder.iterdir()):
            if file.is_file() and file.resolve() != (target / file.name).resolve():
                (target / file.name).write_bytes(file.read_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Encoder:
        """Read the weights of the configured variant.

        Raises:
            ConfigError: a file is missing.
        """
        folder = Path(ensure_path(path))
        graph = folder / f"layers-{VARIANT_LAYERS[self.variant]}.onnx"
        try:
            self._tagger = Tagger(
                Pieces((folder / "tokenizer.json").read_bytes()),
                Embedding.load(folder / "embedding.npz"),
                graph.read_bytes(),
            )
            topics = folder / "topics.json"
            if topics.is_file():
                self.topic_codes = tuple(json.loads(topics.read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigError(f"The model is incomplete: {error}.", hint="Restore its folder.") from error
        self._folder = folder
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Refused: the weights are files."""
        raise NotImplementedError("newswire_encoder is saved with nlp.to_disk")

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Encoder:
        """Refused: the weights are files."""
        raise NotImplementedError("newswire_encoder is loaded with spacy.load")


def _without_space(span: Span) -> Span | None:
    """The span without white space tokens at its ends, which spaCy refuses in an entity."""
    start, end = span.start, span.end
    doc = span.doc
    while start < end and doc[start].is_space:
        start += 1
    while end > start and doc[end - 1].is_space:
        end -= 1
    return Span(doc, start, end, label=span.label) if start < end else None
