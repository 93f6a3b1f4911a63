"""A gate on a saved audit: `python benchmarks/check.py`.

A Parquet file of labels and probabilities is audited once. Then `labelaudit check` is run on the audit, each
run a process of its own that is measured whole: with a limit alone, with a baseline of all suspects, and
against an old file in which every hundredth label differs. The ways take turns. Prints seconds, the shortest,
the median and the longest run, and peak memory.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from machine import machine_facts
from measure import Run, measured_run

LABELAUDIT = (sys.executable, "-m", "labelaudit")
LINE = "{:<10} {:>8} {:>8} {:>8} {:>9}  {}"


def main() -> None:
    """Measure each way of checking."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--old", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.old:
        write_old(*options.old)
        return
    for name, fact in machine_facts().items():
        print(f"{name:<13} {fact}")
    print(
        f"{'rows':<13} {options.rows:,}\n{'classes':<13} {options.classes}\n{'rounds':<13} {options.rounds}\n"
    )
    with tempfile.TemporaryDirectory(prefix="labelaudit-bench-") as folder:
        measure(Path(folder), options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Print a line a way."""
    audit, data = str(folder / "audit"), folder / "data.parquet"
    baseline, old = str(folder / "baseline.json"), str(folder / "old.parquet")
    size = ["--rows", str(options.rows), "--classes", str(options.classes)]
    generate = str(Path(__file__).with_name("generate.py"))
    checked([sys.executable, generate, str(folder), "--layout", "wide", *size])
    checked([sys.executable, __file__, "--old", str(data), old])
    scan = [*LABELAUDIT, "scan", str(data), "--out-dir", audit, "-q", "--output-format", "total"]
    rate = checked(scan).stdout.strip()
    told = checked([*LABELAUDIT, "baseline", "create", audit, "-o", baseline, "-q"]).stdout
    print(f"suspects {rate}; {told.partition(': ')[2].partition(' entries')[0]} in the baseline\n")
    ways = {
        "limit": [],
        "baseline": ["--baseline", baseline, "--fail-on-new"],
        "old file": ["--against", old],
    }
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for _ in range(options.rounds + 1):
        for way, more in ways.items():
            runs[way].append(checked([*LABELAUDIT, "check", audit, "--fail-over", "5%", *more], codes=(0, 1)))
    print(LINE.format("", "min s", "median s", "max s", "peak MB", "verdict"))
    for way, (_, *measured) in runs.items():  # the first run of each warms the caches
        seconds = [run.seconds for run in measured]
        spread = [f"{pick(seconds):.2f}" for pick in (min, statistics.median, max)]
        peak = f"{max(run.peak_mb for run in measured):,.0f}"
        print(LINE.format(way, *spread, peak, measured[0].stdout.splitlines()[0]))


def write_old(data: Path, old: Path) -> None:
    """Write ids and labels, every hundredth label another one: runs in a process of its own."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(data, columns=["id", "label"])
    labels = table["label"].to_numpy().copy()
    labels[::100] = np.roll(labels, 1)[::100]
    pq.write_table(table.set_column(1, "label", pa.array(labels)), old)


def checked(command: list[str], codes: tuple[int, ...] = (0,)) -> Run:
    """A run that ended as it should."""
    run = measured_run(command)
    if run.exit_code not in codes:
        sys.exit(f"{' '.join(command)} exited {run.exit_code}\n{run.stderr}")
    return run


if __name__ == "__main__":
    main()
