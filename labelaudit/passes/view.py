"""The first reading: check every row, and keep what later steps need of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from labelaudit.batch import Batch
from labelaudit.kernels.clean import (
    HIGHEST,
    LOWEST,
    MENDED,
    NON_FINITE,
    NOT_PROBABILITIES,
    clean_rows,
    row_sums,
)
from labelaudit.kernels.contenders import Contenders, contenders
from labelaudit.kernels.row_view import blocks_of, class_dtype, row_view
from labelaudit.scorers import BatchScorer
from labelaudit.types import AnyArray, BoolArray, FloatArray, RowView


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be scored, where it was read and what is wrong with it."""

    file: int
    row: int
    column: int
    what: str


@dataclass(slots=True)
class Faults:
    """What is known of rows with one verdict: how many, the first, and the ranges that tell the cause."""

    count: int = 0
    first: BadRow | None = None
    lowest: float = np.inf
    highest: float = -np.inf
    lowest_sum: float = np.inf
    highest_sum: float = -np.inf

    def merge(self, other: Faults) -> None:
        """Add what another stretch of rows showed."""
        self.count += other.count
        if other.first and (
            self.first is None or (other.first.file, other.first.row) < (self.first.file, self.first.row)
        ):
            self.first = other.first
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)
        self.lowest_sum = min(self.lowest_sum, other.lowest_sum)
        self.highest_sum = max(self.highest_sum, other.highest_sum)


@dataclass(slots=True)
class Findings:
    """The verdicts of the first reading, apart from the rows' own columns."""

    n_mended: int = 0
    n_read: int = 0
    contenders: list[Contenders] = field(default_factory=list)
    n_contenders: int = 0
    non_finite: Faults = field(default_factory=Faults)
    not_probabilities: Faults = field(default_factory=Faults)


class ViewPass:
    """Fills one column a kept fact; each row is written once, wherever it was read.

    Args:
        n_rows: rows of the dataset.
        n_classes: K.
        scorers: scores that need all the probabilities of a row, as far as asked for.
    """

    name = "reading probabilities"

    def __init__(self, n_rows: int, n_classes: int, scorers: Sequence[BatchScorer]) -> None:
        dtype = class_dtype(n_classes)
        self.given = np.full(n_rows, -1, dtype=dtype)
        self.rival = np.zeros(n_rows, dtype=dtype)
        self.runner_up = np.zeros(n_rows, dtype=dtype)
        self.self_confidence = np.zeros(n_rows)
        self.rival_prob = np.zeros(n_rows)
        self.verdicts = np.zeros(n_rows, dtype=np.uint8)
        self.tied = np.zeros(n_rows, dtype=bool)
        self.most_contenders = n_rows // 2
        self.scorers = scorers
        self.scores = {scorer.name: np.zeros(n_rows) for scorer in scorers}

    def start(self) -> Findings:
        """Nothing found yet."""
        return Findings()

    def fold(self, state: Findings, batch: Batch) -> Findings:
        """Check and condense a batch, in blocks that stay in the cache."""
        n_rows, n_classes = batch.pred_probs.shape
        state.n_read += n_rows
        for block in blocks_of(n_rows, n_classes):
            raw = batch.pred_probs[block]
            rows = batch.rows[block]
            # Rows without a label are dropped later; class 0 stands in.
            labels = np.maximum(batch.labels[block], 0)
            clean = clean_rows(raw)
            if clean.verdicts.any():
                self._note_faults(state, batch, block.start, raw, clean.verdicts)
            self.verdicts[rows] = clean.verdicts
            for scorer in self.scorers:
                self.scores[scorer.name][rows] = scorer.score_block(labels, clean.pred_probs)
            view, self.tied[rows] = row_view(labels, clean.pred_probs)
            self.given[rows] = batch.labels[block]
            self.rival[rows] = view.rival
            self.runner_up[rows] = view.runner_up
            self.self_confidence[rows] = view.self_confidence
            self.rival_prob[rows] = view.rival_prob
            self._keep(state, contenders(rows, view, clean.pred_probs))
        return state

    def merge(self, left: Findings, right: Findings) -> Findings:
        """Add up the findings."""
        left.n_mended += right.n_mended
        left.n_read += right.n_read
        for piece in right.contenders:
            self._keep(left, piece)
        left.n_contenders = max(left.n_contenders, right.n_contenders)
        left.non_finite.merge(right.non_finite)
        left.not_probabilities.merge(right.not_probabilities)
        return left

    def view(self, kept: AnyArray | None) -> RowView:
        """The row view of the kept rows, of all when `kept` is None."""
        pick = slice(None) if kept is None else kept
        return RowView(
            given=self.given[pick],
            rival=self.rival[pick],
            runner_up=self.runner_up[pick],
            self_confidence=self.self_confidence[pick],
            rival_prob=self.rival_prob[pick],
        )

    def batch_scores(self, kept: AnyArray | None) -> dict[str, FloatArray]:
        """The scores of the kept rows by each scorer that was given."""
        pick = slice(None) if kept is None else kept
        return {name: scores[pick] for name, scores in self.scores.items()}

    def kept_contenders(self, state: Findings) -> Contenders | None:
        """The cells that may be confident besides the view's; None when there were too many to keep."""
        return None if state.n_contenders > self.most_contenders else Contenders.joined(state.contenders)

    def _keep(self, state: Findings, found: Contenders | None) -> None:
        if found is None:
            return
        state.n_contenders += len(found.rows)
        state.contenders.append(found)
        if state.n_contenders > self.most_contenders:
            state.contenders.clear()

    def usable(self) -> BoolArray:
        """(N,) rows that have a label and probabilities that can be scored."""
        usable: BoolArray = (self.verdicts < NON_FINITE) & (self.given >= 0)
        return usable

    def _note_faults(
        self, state: Findings, batch: Batch, start: int, raw: AnyArray, verdicts: AnyArray
    ) -> None:
        state.n_mended += int((verdicts == MENDED).sum())
        for verdict, faults in ((NON_FINITE, state.non_finite), (NOT_PROBABILITIES, state.not_probabilities)):
            bad = np.flatnonzero(verdicts == verdict)
            if len(bad):
                faults.merge(_faults(batch, start, raw, bad, verdict))


def _faults(batch: Batch, start: int, raw: AnyArray, bad: AnyArray, verdict: int) -> Faults:
    values = raw[bad].astype(np.float64)
    if verdict == NON_FINITE:
        odd = values[0][~np.isfinite(values[0])][0]
        what = "is nan or missing" if np.isnan(odd) else f"is {odd}"
        column = int(np.flatnonzero(~np.isfinite(values[0]))[0])
        first = BadRow(batch.file, batch.first_row + start + int(bad[0]), column, what)
        return Faults(count=len(bad), first=first)
    sums = row_sums(values)
    low, high = float(values[0].min()), float(values[0].max())
    column = int(values[0].argmin() if low < 0 else values[0].argmax())
    outside = low < LOWEST or high > HIGHEST
    what = (
        f"is {values[0][column]:.6g}, not a probability"
        if outside
        else f"the row sums to {sums[0]:.6g}, not to 1"
    )
    return Faults(
        count=len(bad),
        first=BadRow(batch.file, batch.first_row + start + int(bad[0]), column, what),
        lowest=float(values.min()),
        highest=float(values.max()),
        lowest_sum=float(sums.min()),
        highest_sum=float(sums.max()),
    )
