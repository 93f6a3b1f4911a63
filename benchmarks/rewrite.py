"""Rewriting a file with corrected labels against copying it: `python benchmarks/rewrite.py`.

A copy is what a short script would do: csv.reader to csv.writer, json.loads to json.dumps, pq.read_table to
pq.write_table. Each side in its own process, taking turns. Prints medians of the time of the work alone, the
ratio labelaudit / copy pair by pair, and the peak memory of the whole process.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from machine import machine_facts
from measure import measured_run

LINE = "{:<18} {:>7} {:>11} {:>8}  {:<18} {:>11} {:>8}"
CLASSES = ("cat", "dog", "bird")
CASES = (
    "plain.csv",
    "quoted.csv",
    "dropped.csv",
    "widened.csv",
    "plain.csv.gz",
    "plain.jsonl",
    "plain.parquet",
)


def main() -> None:
    """Measure the chosen cases, or be one side of one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs a case")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES, metavar="NAME")
    parser.add_argument("--side", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        SIDES[options.side](options.folder, options.cases[0], options)
        return
    for name, fact in machine_facts().items():
        print(f"{name:<13} {fact}")
    print(f"{'rows, edits':<13} {options.rows:,}, {options.edits:,}\n{'rounds':<13} {options.rounds}\n")
    print(LINE.format("", "", "seconds", "", "labelaudit / copy", "peak MB", "").rstrip())
    print(LINE.format("case", "MB", "labelaudit", "copy", "(min-max)", "labelaudit", "copy"), flush=True)
    for case in options.cases:
        with tempfile.TemporaryDirectory(prefix="labelaudit-bench-") as folder:
            print(case_line(case, Path(folder), options), flush=True)


def case_line(case: str, folder: Path, options: argparse.Namespace) -> str:
    """Measure a case; its line of the table."""
    side_run("data", case, folder, options)
    sides: dict[str, list[dict[str, float]]] = {"labelaudit": [], "copy": []}
    for _ in range(options.rounds):
        for side, runs in sides.items():
            runs.append(side_run(side, case, folder, options))
    ours, theirs = ([run["seconds"] for run in runs] for runs in sides.values())
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    peaks = [statistics.median(run["peak_mb"] for run in runs) for runs in sides.values()]
    return LINE.format(
        case,
        f"{(folder / case).stat().st_size / 2**20:.0f}",
        f"{statistics.median(ours):.2f}",
        f"{statistics.median(theirs):.2f}",
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        *(f"{peak:.0f}" for peak in peaks),
    )


def side_run(side: str, case: str, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Run one side to its end."""
    counts = ["--rows", str(options.rows), "--edits", str(options.edits)]
    command = [sys.executable, __file__, *counts, "--side", side, "--folder", str(folder), "--cases", case]
    run = measured_run(command)
    if run.exit_code:
        sys.exit(run.stderr)
    return {"seconds": float(run.stdout or 0), "peak_mb": run.peak_mb}


# --- the sides, each in a process of its own ---------------------------------------------------


def rows_of(case: str, n_rows: int) -> Iterator[tuple[int, str, str]]:
    """Reviews with labels; the quoted ones have delimiters, quotes and line ends inside."""
    rng = random.Random(7)
    text = 'He said, "some words"\nof a review' if case.startswith("quoted") else "some words of a review"
    return ((row, f"{text} {rng.random()}", rng.choice(CLASSES)) for row in range(n_rows))


def write_data(folder: Path, case: str, options: argparse.Namespace) -> None:
    """Write the file of a case."""
    names, rows = ("id", "text", "label"), rows_of(case, options.rows)
    if case.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = zip(*rows, strict=True)
        pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), folder / case)
    elif case.endswith(".jsonl"):
        lines = (json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
        (folder / case).write_text("".join(lines))
    else:
        with opened(folder / case, "wt") as stream:
            csv.writer(stream).writerows([names, *rows])


def opened(path: Path, mode: str) -> Any:
    """A text file, packed or not; line ends stay as they are."""
    import gzip

    # The level that pyarrow packs with, so that both sides do the same work.
    packed: dict[str, Any] = {"compresslevel": 9} if "w" in mode else {}
    return (
        gzip.open(path, mode, newline="", **packed) if path.suffix == ".gz" else path.open(mode, newline="")
    )


def copy(folder: Path, case: str, options: argparse.Namespace) -> None:
    """Copy the file as a script would, and print the seconds."""
    source, target = folder / case, folder / f"copy-{case}"
    if case.endswith(".parquet"):
        import pyarrow.parquet as pq

        start = time.perf_counter()
        pq.write_table(pq.read_table(source), target)
    else:
        start = time.perf_counter()
        with opened(source, "rt") as old, opened(target, "wt") as new:
            if case.endswith(".jsonl"):
                new.writelines(json.dumps(json.loads(line)) + "\n" for line in old)
            else:
                csv.writer(new).writerows(csv.reader(old))
    print(time.perf_counter() - start)


def rewrite(folder: Path, case: str, options: argparse.Namespace) -> None:
    """Rewrite the file with labels changed, and print the seconds."""
    from labelaudit.io import rewriters

    n_rows, step = options.rows, options.rows // options.edits
    labels = [label for row, (_, _, label) in enumerate(rows_of(case, n_rows)) if row % step == 0]
    edited = dict(zip(range(0, n_rows, step), labels, strict=True))
    cells = tuple(rewriters.CellEdit(row=row, old=label, new="fish") for row, label in edited.items())
    edits = rewriters.Edits(column="label", cells=cells)
    if case.startswith("dropped"):
        edits = rewriters.Edits(column="label", dropped=tuple(edited))
    elif case.startswith("widened"):
        edits = rewriters.Edits(column="label", cells=cells, added_column="was", added=edited)
    start = time.perf_counter()
    rewriters.rewrite(folder / case, folder / f"new-{case}", edits)
    print(time.perf_counter() - start)


SIDES: dict[str, Callable[[Path, str, argparse.Namespace], None]] = {
    "data": write_data,
    "copy": copy,
    "labelaudit": rewrite,
}

if __name__ == "__main__":
    main()
