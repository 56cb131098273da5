"""All measurements in one run, on servers of their own: ``python -m bench``.

Writes ``docs/benchmarks.json`` and the table in ``docs/benchmarks.md``; ``--short`` only shows that everything runs,
and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import index, ner, nlp, start
from bench.figures import render as three
from contracts.logs import configure_logging
from contracts.settings import load_settings
from embedded import provision, start_both, stop_both
from embedded.paths import cache_root

DOCS = Path(__file__).resolve().parents[1] / "docs"
BARS = {"nlp": 0.90, "index": 0.60}
"""Least ratio to the bare library that the project holds itself to."""

NAME_BARS = {"accurate": 1.0, "fast": 2.5}
"""The same, to the whole pipeline of en_core_web_sm, for finding names."""

ENRICHMENT_BAR = 0.75
ENRICHMENT_BAR_MIB = 600

START_BAR_S = 25.0
MEMORY_BAR_MIB = 1.3 * 1024

HEAD = """# Benchmarks

What newswire costs beside the bare libraries, measured side by side in one run by `make bench`. A ratio of 1 is the
bare library's own speed. Machines differ and are busy: trust the ratios, not the rates.
"""


def run(*, short: bool) -> dict[str, Any]:
    """All results as JSON values."""
    results: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }
    results["start"] = start.measure(1 if short else 5)
    with tempfile.TemporaryDirectory() as folder:
        kafka, elasticsearch = start_both(provision(), Path(folder) / "data")
        try:
            settings = load_settings(
                overrides={
                    "kafka": {"bootstrap_servers": kafka.bootstrap_servers},
                    "elasticsearch": {"url": elasticsearch.url},
                    "log": {"level": "error"},
                }
            )
            configure_logging(settings.log, stage="bench")
            documents, rounds = (500, 1) if short else (2000, 5)
            results["index"] = index.measure(settings, documents=documents, rounds=rounds)
            for variant in ("accurate", "fast"):
                processor = settings.processor.model_copy(update={"variant": variant})
                count = 10 if short else 60 if variant == "accurate" else 150
                results[f"nlp_{variant}"] = nlp.measure(
                    settings.model_copy(update={"processor": processor}), count=count, rounds=1 if short else 5
                )
        finally:
            stop_both(kafka, elasticsearch)
    results["ner"] = None if short else names()
    results["load_after"] = [round(value, 2) for value in os.getloadavg()]
    return results


def names() -> dict[str, Any] | None:
    """The model beside en_core_web_sm, or None where that cannot be installed."""
    try:
        python = ner.environment(cache_root())
    except subprocess.CalledProcessError:
        return None
    return ner.measure(python, ner.articles(ner.SHARED), rounds=ner.ROUNDS, core=0)


def render_names(one: dict[str, Any]) -> str:
    """The table of names."""
    other, rates = one["rates"][ner.OTHER_MODULE], one["rates"]
    rows = [
        f"| English news beside all of en_core_web_sm, {three(other)} words/s | words/s | ratio | bar |",
        "| --- | --- | --- | --- |",
    ]
    for variant, bar in NAME_BARS.items():
        whole = f"{variant}{ner.WHOLE}"
        part, memory = one["enrichment_to_names"][variant], one["memory_mib"][whole]
        rows += [
            f"| names and topics, {variant} | {three(rates[variant])} | {three(one['ratio'][variant])} | {bar} |",
            f"| the whole enrichment, {variant}, to that | {three(rates[whole])} | {three(part)} | {ENRICHMENT_BAR} |",
            f"| memory of that process, {variant}, MiB | {memory} | | at most {ENRICHMENT_BAR_MIB} |",
        ]
    vnni = {True: "with VNNI", False: "without VNNI", None: "VNNI unknown"}[one["vnni"]]
    return "\n".join(rows) + f"\n\nBy processor time on one core, {vnni}."


def render(results: dict[str, Any]) -> str:
    """The page in Markdown."""
    rows = [
        "| what | unit | bare: min / median / max | newswire: min / median / max | ratio: min / median / max | bar |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    comparisons = [
        ("`nlp.pipe` and one Faust worker, accurate", "nlp_accurate", "bare_pipe", "worker", "nlp"),
        ("`nlp.pipe` and one Faust worker, fast", "nlp_fast", "bare_pipe", "worker", "nlp"),
        ("`helpers.bulk` and the indexer", "index", "bare_bulk", "indexer", "index"),
    ]
    for title, name, bare, ours, bar in comparisons:
        one = results[name]
        cells = (title, one["unit"], three(one[bare]), three(one[ours]), three(one["ratio"]), f"{BARS[bar]:.2f}")
        rows.append(f"| {' | '.join(cells)} |")
        if one.get("cpu_ratio"):
            cells = (f"{title}, by processor time", "", "", "", three(one["cpu_ratio"]), f"{BARS[bar]:.2f}")
            rows.append(f"| {' | '.join(cells)} |")
    begun = results["start"]
    servers = [
        "| Kafka and Elasticsearch | min / median / max | bar |",
        "| --- | --- | --- |",
        f"| warm start until both answer, s | {three(begun['warm_start'])} | {START_BAR_S:.0f} |",
        f"| first start in a new data folder, s | {begun['first_start']} | |",
        f"| memory of both after the start, MiB | {three(begun['memory_mib']['both'])} | {MEMORY_BAR_MIB:.0f} |",
    ]
    machine = (
        f"{results['measured']}, {results['machine']}; load average before {results['load_before'][0]}, "
        f"after {results['load_after'][0]}. {results['index']['documents']:,} documents and "
        f"{results['nlp_accurate']['articles']} to {results['nlp_fast']['articles']} articles of "
        f"{results['nlp_accurate']['words_per_article']} words a round, {results['index']['rounds']} rounds, in turns."
    )
    parts = [HEAD.rstrip(), machine, "\n".join(rows)]
    if results.get("ner"):
        parts.append(render_names(results["ner"]))
    return "\n\n".join((*parts, "\n".join(servers))) + "\n"


def main() -> int:
    """Measure, then write the page, or print the results of a short run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="one small round of each; nothing is written")
    options = parser.parse_args()
    results = run(short=options.short)
    if options.short:
        sys.stdout.write(f"{json.dumps(results, indent=2)}\n")
        return 0
    (DOCS / "benchmarks.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (DOCS / "benchmarks.md").write_text(render(results), encoding="utf-8")
    sys.stdout.write(render(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
