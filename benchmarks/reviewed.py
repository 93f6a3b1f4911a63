"""Does the reviewed estimate hold? Simulated reviewers on sets whose true labels are known.

    python benchmarks/reviewed.py /work/shared/data [--draws 200] [--every 1]

Each set with each kind of noise is scanned once; then samples of 100 rows are drawn and decided by the truth,
or by reviewers who err in 5 % of the rows, and the total is estimated. Reviewers never err; err in 5 %,
and nobody knows; err in 5 %, which is known; never err, and go on with the 300 worst suspects.

Beside it stands the least error that any estimate without bias could have with these draws, if it knew
beforehand how often labels of each `p_error` are wrong: chance alone, of which row is drawn, is left.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from quality_data import Cell, feature_cells, published_cells
from sklearn.isotonic import IsotonicRegression

from labelaudit.auditing import audit
from labelaudit.config import InputOptions
from labelaudit.errors import LabelAuditError
from labelaudit.kernels.sampling import draw_sample, inclusion_probabilities
from labelaudit.opening import open_dataset
from labelaudit.review_stats.counting import Reviews, calibrations_of, counted_errors
from labelaudit.review_stats.likelihood import log_odds
from labelaudit.reviewing.scored_rows import keys_of

DECISIONS = 100


@dataclass(frozen=True, kw_only=True)
class Case:
    """How reviewers decide."""

    name: str
    error: float = 0.0
    known: bool = False
    ranked: int = 0


CASES = (
    Case(name="never err"),
    Case(name="err in 5 %", error=0.05),
    Case(name="err in 5 %, known", error=0.05, known=True),
    Case(name="never err, 300 ranked", ranked=300),
)


def main() -> None:
    """Print a line a case: mean error, bias, coverage, and the share of sets covered too seldom."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    found: dict[str, list[np.ndarray]] = {case.name: [] for case in CASES}
    names, least = [], []
    for cell in islice(cells(options.folder), 0, None, options.every):
        try:
            p_error, keys = scanned(cell)
        except LabelAuditError as error:
            print(f"{cell.name} {cell.variant}: {error}")
            continue
        for case in CASES:
            found[case.name].append(measured(cell.wrong, p_error, keys, case, options.draws))
        names.append(f"{cell.name} {cell.variant}")
        least.append(least_error(cell.wrong, p_error))
    print("| reviewers | sets | mean error | bias | covered | sets under 86 % | least |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, rows in found.items():
        of = np.array(rows)
        error, bias, covered = 100 * of.mean(axis=0)
        print(
            f"| {name} | {len(of)} | {error:.1f} % | {bias:+.1f} % | {covered:.1f} % "
            f"| {100 * (of[:, 2] < 0.86).mean():.0f} % | {100 * of[:, 2].min():.0f} % |"
        )
    print(f"\nThe least that the mean error can be: {100 * np.mean(least):.1f} %")
    for name, rows in found.items():
        seldom = [f"{of} {100 * row[2]:.0f} %" for of, row in zip(names, rows, strict=True) if row[2] < 0.86]
        print(f"{name}, covered in less than 86 %: {', '.join(seldom) or 'none'}")


def cells(folder: Path) -> Iterator[Cell]:
    """All sets with all kinds of noise."""
    return chain(published_cells(folder), feature_cells(folder))


def scanned(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """What a scan says of each row: its `p_error` and its key."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "data.parquet")
        classes = cell.write(file)
        with open_dataset([file], InputOptions(classes=tuple(classes))) as dataset:
            table = audit(dataset).scores()
    return table["p_error"].to_numpy(), keys_of(table["fingerprint"])


def least_error(wrong: np.ndarray, p_error: np.ndarray) -> float:
    """Mean error of the difference estimator (Särndal, Swensson and Wretman 1992, section 6.3) at its best.

    Its variance is sum P (1 - P) (1 / draw_prob - 1), where P is the share of wrong labels at each `p_error`.
    """
    share = IsotonicRegression(out_of_bounds="clip").fit(p_error, wrong).predict(p_error)
    draw_prob = inclusion_probabilities(p_error, DECISIONS)
    variance = (share * (1 - share) * (1 / draw_prob - 1)).sum()
    return float(np.sqrt(2 / np.pi * variance) / wrong.sum())


def measured(wrong: np.ndarray, p_error: np.ndarray, keys: np.ndarray, case: Case, draws: int) -> np.ndarray:
    """Relative error, bias, and whether the interval covers, on average over the draws."""
    scores, worst = log_odds(p_error), np.argsort(-p_error, kind="stable")[: case.ranked]
    known = case.error if case.known else None
    found = []
    for seed in range(draws):
        rows, draw_prob = draw_sample(p_error, DECISIONS, keys, seed)
        more = np.setdiff1d(worst, rows)
        reviewed = np.concatenate([rows, more])
        errs = np.random.default_rng(seed).random(len(reviewed)) < case.error
        said = (wrong[reviewed] ^ errs).astype(float)
        reviews = Reviews(
            log_odds=scores,
            rows=reviewed,
            wrong=said,
            right=1 - said,
            draw_prob=np.concatenate([draw_prob, np.full(len(more), np.nan)]),
        )
        count = counted_errors(reviews, calibrations_of(reviews, known))
        off = count.errors / wrong.sum() - 1
        found.append((abs(off), off, count.low <= wrong.sum() <= count.high))
    return np.mean(found, axis=0)


if __name__ == "__main__":
    main()
