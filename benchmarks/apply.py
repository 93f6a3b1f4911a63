"""Correcting a CSV file against copying it: `python benchmarks/apply.py`.

A file of ids, short texts and labels is audited once; some rows get decisions. Then `labelaudit apply` and
a copy through Python's csv module (csv.reader to csv.writer) take turns, each a process of its own that is
measured whole. Prints medians, the ratio labelaudit / copy pair by pair, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from machine import machine_facts
from measure import Run, measured_run

CLASSES = ("cat", "dog", "owl", "fox", "hen")
LINE = "{:<20} {:>10} {:>10} {:>10} {:>10}  {:<18}"
COPY = """
import csv, sys
with open(sys.argv[1], newline="") as old, open(sys.argv[2], "w", newline="") as new:
    csv.writer(new).writerows(csv.reader(old))
"""
WAYS = {"--write": ["--write", "--force", "--out"], "diff": []}


def main() -> None:
    """Measure each way of applying."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs a way")
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.data:
        write_data(options.data, options.rows)
        return
    for name, fact in machine_facts().items():
        print(f"{name:<13} {fact}")
    print(f"{'rows':<13} {options.rows:,}\n{'rounds':<13} {options.rounds}\n")
    with tempfile.TemporaryDirectory(prefix="labelaudit-bench-") as folder:
        measure(Path(folder), options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Print a line a way."""
    checked([sys.executable, __file__, "--data", str(folder), "--rows", str(options.rows)])
    audit = folder / "audit"
    names = ",".join(CLASSES)
    labels, probs = str(folder / "labels.csv"), str(folder / "pred_probs.npy")
    saved = ["--out-dir", str(audit), "--classes", names, "--rank-by", "self-confidence", "-q"]
    checked([sys.executable, "-m", "labelaudit", "scan", labels, probs, *saved, "--output-format", "none"])
    n_decided = write_decisions(audit, options.decisions)
    print(f"{n_decided:,} decisions; the file has {Path(labels).stat().st_size / 2**20:.0f} MB\n")
    print(LINE.format("", "seconds", "", "peak MB", "", "labelaudit / copy").rstrip())
    print(LINE.format("way", "labelaudit", "copy", "labelaudit", "copy", "(min-max)"), flush=True)
    for way, arguments in WAYS.items():
        ours = [sys.executable, "-m", "labelaudit", "apply", str(audit), *arguments]
        ours += [str(folder / "new.csv")] if arguments else []
        theirs = [sys.executable, "-c", COPY, labels, str(folder / "copy.csv")]
        pairs = [(checked(ours), checked(theirs)) for _ in range(options.rounds)]
        print(way_line(way, pairs), flush=True)


def way_line(way: str, pairs: list[tuple[Run, Run]]) -> str:
    """The medians of some pairs of runs."""
    ratios = [ours.seconds / theirs.seconds for ours, theirs in pairs]
    sides = list(zip(*pairs, strict=True))
    return LINE.format(
        way,
        *(f"{statistics.median(run.seconds for run in runs):.2f}" for runs in sides),
        *(f"{statistics.median(run.peak_mb for run in runs):.0f}" for runs in sides),
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
    )


def checked(command: list[str]) -> Run:
    """Run a command that must end well."""
    run = measured_run(command)
    if run.exit_code:
        sys.exit(run.stderr)
    return run


def write_decisions(audit: Path, count: int) -> int:
    """Decide on the first suspects as suggested; how many there were."""
    with open(audit / "suspects.jsonl", encoding="utf-8") as lines:
        suspects = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    with open(audit / "decisions.jsonl", "w", encoding="utf-8") as file:
        for suspect in suspects:
            seen = {"given": suspect["given_label"], "suggested": suspect["suggested_label"]}
            record = {name: suspect[name] for name in ("fingerprint", "id")}
            record |= {"decision": "suggested", "label": None, "reviewer": "ana", "seen": seen}
            file.write(json.dumps(record) + "\n")
    return len(suspects)


def write_data(folder: Path, n_rows: int) -> None:
    """Write labels of which 3 % are wrong, and honest probabilities; in a process of its own."""
    import numpy as np

    rng = np.random.default_rng(5)
    true = rng.integers(0, len(CLASSES), n_rows)
    given = np.where(rng.random(n_rows) < 0.03, rng.integers(0, len(CLASSES), n_rows), true)
    logits = rng.normal(size=(n_rows, len(CLASSES))).astype(np.float32)
    logits[np.arange(n_rows), true] += 4
    probs = np.exp(logits)
    np.save(folder / "pred_probs.npy", probs / probs.sum(axis=1, keepdims=True))
    words = rng.integers(0, 10**6, (n_rows, 2))
    with open(folder / "labels.csv", "w", encoding="utf-8", newline="") as file:
        file.write("id,text,label\n")
        file.writelines(
            f'r{row:07d},"a review, of {one:06d} and some {two:06d} words",{CLASSES[label]}\n'
            for row, ((one, two), label) in enumerate(zip(words.tolist(), given.tolist(), strict=True))
        )


if __name__ == "__main__":
    main()
