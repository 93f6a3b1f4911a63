"""The two sides of a comparison: what each is told to run, and how many rows it flagged."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cases import Case
from measure import Run, measured_run

CLEANLAB_SCRIPT = Path(__file__).resolve().parent / "cleanlab_script.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One measured run and what it found."""

    run: Run
    flagged: int | None = None


def run_labelaudit(case: Case, data: Path, workers: int | None) -> Outcome:
    """Run labelaudit on a case; at start-up with its one flag."""
    if case.layout == "none":
        return Outcome(run=measured_run([labelaudit_program(), case.flag]))
    source = data / ("scan" if case.layout == "npy" else "data.parquet")
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="results-") as results:
        audit = Path(results, "audit")
        command = [labelaudit_program(), "scan", str(source)]
        command += ["--rank-by", "self-confidence", "--filter", "prune-by-noise-rate"]
        command += ["--out-dir", str(audit), "-q", "--output-format", "none"]
        if workers is not None:
            command += ["--workers", str(workers)]
        run = measured_run(command)
        return Outcome(run=run, flagged=flagged_by_audit(audit) if run.exit_code == 0 else None)


def run_cleanlab(case: Case, data: Path) -> Outcome:
    """Run cleanlab on a case; at start-up its import alone."""
    if case.layout == "none":
        return Outcome(run=measured_run([sys.executable, "-c", "import cleanlab"]))
    source = data if case.layout == "npy" else data / "data.parquet"
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="results-") as results:
        issues = Path(results, "issues.parquet")
        run = measured_run([sys.executable, str(CLEANLAB_SCRIPT), str(source), str(issues)])
        return Outcome(run=run, flagged=int(run.stdout) if run.exit_code == 0 else None)


def labelaudit_program() -> str:
    """The labelaudit beside this Python, else the one on PATH."""
    beside = shutil.which("labelaudit", path=str(Path(sys.executable).parent))
    return beside or shutil.which("labelaudit") or "labelaudit"


def flagged_by_audit(audit: Path) -> int | None:
    """How many suspects the audit's summary counts; None without a summary."""
    summary = audit / "summary.json"
    return int(json.loads(summary.read_text())["n_suspects"]) if summary.exists() else None
