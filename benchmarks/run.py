"""labelaudit and cleanlab side by side: `python benchmarks/run.py`, or `make bench`.

Each in its own process, taking turns (A B A B), and the whole process counts: start,
read, find, write. Prints medians, and the ratios labelaudit / cleanlab pair by pair.
It measures and does not judge: the exit code is 0 whatever the figures. A case's data
is removed after it, or kept in `--keep DIR` and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import CASES, Case, chosen_cases
from figures import CaseFigures
from machine import machine_facts
from measure import measured_run
from sides import labelaudit_program, run_cleanlab, run_labelaudit
from table import HEADER, case_line, notes

GENERATOR = Path(__file__).resolve().parent / "generate.py"


def main() -> None:
    """Measure the chosen cases and print each as it is done."""
    options = parsed_options()
    machine = machine_facts()
    for name, fact in machine.items():
        print(f"{name:<13} {fact}")
    print(f"{'rounds':<13} {options.rounds}\n\n{HEADER}", flush=True)
    warm_up()
    measured = []
    with tempfile.TemporaryDirectory(prefix="labelaudit-bench-") as temporary:
        folder = options.keep or Path(temporary)
        for case in chosen_cases(options.cases):
            figures = case_figures(case, folder, options)
            measured.append(figures)
            print(case_line(figures), flush=True)
            if options.keep is None:
                shutil.rmtree(folder / case.name, ignore_errors=True)
    print("", *notes(measured), sep="\n")
    if options.json:
        document = {
            "machine": machine,
            "rounds": options.rounds,
            "cases": [figures.as_json() for figures in measured],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n")


def parsed_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [case.name for case in CASES]
    opt_in = ", ".join(case.name for case in CASES if case.opt_in)
    parser.add_argument(
        "--rounds", type=int, default=3, help="pairs of runs a case (short cases: three times as many)"
    )
    parser.add_argument(
        "--cases",
        nargs="+",
        choices=names,
        default=[],
        metavar="NAME",
        help=f"of {', '.join(names)}; default: all but {opt_in}",
    )
    parser.add_argument("--only", choices=["labelaudit", "cleanlab"], help="run one side")
    parser.add_argument("--workers", type=int, help="labelaudit's --workers; default: its own")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the data here, and use what is here")
    return parser.parse_args()


def warm_up() -> None:
    """Start both once, unmeasured, so that bytecode is compiled and libraries are in the cache."""
    measured_run([labelaudit_program(), "--version"])
    measured_run([sys.executable, "-c", "import cleanlab.filter, pyarrow.parquet"])


def case_figures(case: Case, folder: Path, options: argparse.Namespace) -> CaseFigures:
    """Write a case's data where it is missing, and run both sides on it, taking turns."""
    data = folder / case.name
    if case.layout != "none" and not data.exists():
        write_data(case, data)
    ours, theirs = [], []
    for _ in range(options.rounds * case.pairs_a_round):
        if options.only != "cleanlab":
            ours.append(run_labelaudit(case, data, options.workers))
        if options.only != "labelaudit" and not case.alone:
            theirs.append(run_cleanlab(case, data))
    return CaseFigures(case=case, labelaudit=ours, cleanlab=theirs)


def write_data(case: Case, data: Path) -> None:
    """Write a case's data in a process of its own; renamed when whole, and on the disk when measured."""
    partial = data.with_name(data.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    command = [sys.executable, str(GENERATOR), str(partial), "--layout", case.layout, "--ids", case.ids]
    command += ["--rows", str(case.n_rows), "--classes", str(case.n_classes)]
    subprocess.run(command, check=True)
    partial.rename(data)
    os.sync()


if __name__ == "__main__":
    main()
