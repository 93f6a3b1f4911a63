"""The neighbour graph against scikit-learn's brute force: `python benchmarks/graph.py`.

Each in its own process, taking turns. Prints medians of the time that 50 neighbours of every row take, the
ratio scikit-learn / labelaudit pair by pair, the recall that labelaudit reached (of its prepared
vectors' true neighbours, checked apart), and the peak memory of the whole process beside the size of the
embeddings.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machine import installed_version, machine_facts
from measure import Run, measured_run

SIDE = Path(__file__).resolve().parent / "graph_side.py"
LINE = "{:<20} {:>10} {:>8}  {:<16} {:>7} {:>6}  {:>10} {:>8} {:>10}"
HEADER = "\n".join(
    LINE.format(*titles).rstrip()
    for titles in (
        ("", "seconds", "", "times as fast", "", "", "peak MB", "", "embeddings"),
        (
            "case",
            "labelaudit",
            "sklearn",
            "(min-max)",
            "recall",
            "index",
            "labelaudit",
            "sklearn",
            "MB",
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCase:
    """One set of embeddings."""

    kind: str
    n_rows: int
    n_columns: int

    @property
    def name(self) -> str:
        """As in `clustered-100k-128`."""
        return f"{self.kind}-{self.n_rows // 1000}k-{self.n_columns}"


CASES = (
    GraphCase(kind="clustered", n_rows=100_000, n_columns=128),
    GraphCase(kind="curved", n_rows=100_000, n_columns=128),
    GraphCase(kind="noise", n_rows=100_000, n_columns=128),
    GraphCase(kind="clustered", n_rows=50_000, n_columns=384),
    GraphCase(kind="curved", n_rows=50_000, n_columns=384),
    GraphCase(kind="noise", n_rows=50_000, n_columns=384),
    GraphCase(kind="curved", n_rows=5_000, n_columns=384),
)


@dataclass(slots=True)
class Measured:
    """What the runs of one side said and took."""

    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        """Take in a run."""
        if run.exit_code:
            sys.exit(run.stderr)
        self.said = json.loads(run.stdout)
        self.seconds.append(self.said["seconds"])
        self.peaks.append(run.peak_mb)


def main() -> None:
    """Measure the chosen cases and print each as it is done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs a case")
    parser.add_argument("--cases", nargs="+", choices=[case.name for case in CASES], metavar="NAME")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    for name, fact in {**machine_facts(), "faiss-cpu": installed_version("faiss-cpu")}.items():
        print(f"{name:<13} {fact}")
    print(f"{'rounds':<13} {options.rounds}\n\n{HEADER}", flush=True)
    with tempfile.TemporaryDirectory(prefix="labelaudit-bench-") as folder:
        for case in CASES:
            if not options.cases or case.name in options.cases:
                print(case_line(case, Path(folder), options), flush=True)


def case_line(case: GraphCase, folder: Path, options: argparse.Namespace) -> str:
    """Measure a case; its line of the table."""
    data, out = str(folder / "embeddings.npy"), str(folder / "distances.npy")
    shape = ["--kind", case.kind, "--rows", str(case.n_rows), "--columns", str(case.n_columns)]
    side_run("data", data, *shape)
    ours, theirs = Measured(), Measured()
    workers = ["--workers", str(options.workers)]
    for _ in range(options.rounds):
        ours.add(side_run("labelaudit", data, out, *workers))
        theirs.add(side_run("sklearn", data))
    recall = json.loads(side_run("recall", data, out).stdout)["recall"]
    ratios = [their / our for our, their in zip(ours.seconds, theirs.seconds, strict=True)]
    return LINE.format(
        case.name,
        f"{statistics.median(ours.seconds):.2f}",
        f"{statistics.median(theirs.seconds):.2f}",
        f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})",
        f"{recall:.4f}",
        ours.said["index"],
        f"{statistics.median(ours.peaks):.0f}",
        f"{statistics.median(theirs.peaks):.0f}",
        f"{case.n_rows * case.n_columns * 4 / 2**20:.0f}",
    ).rstrip()


def side_run(*arguments: str) -> Run:
    """Run one side to its end."""
    return measured_run([sys.executable, str(SIDE), *arguments])


if __name__ == "__main__":
    main()
