"""Label quality scores by name.

A row scorer needs only what is kept of every row; a batch scorer reads the probabilities.
A new scorer is one file here and one entry in `ROW_SCORERS` or `BATCH_SCORERS`.
"""

from __future__ import annotations

from typing import Protocol

from labelaudit.scorers.entropy import Entropy
from labelaudit.scorers.normalized_margin import NormalizedMargin
from labelaudit.scorers.self_confidence import SelfConfidence
from labelaudit.types import AnyArray, FloatArray, RowView


class RowScorer(Protocol):
    """Scores rows by their view."""

    name: str

    def score_rows(self, view: RowView) -> FloatArray:
        """(N,) float64 in [0, 1], low is suspicious, row order."""
        ...


class BatchScorer(Protocol):
    """Scores rows by all their probabilities, a block at a time."""

    name: str

    def score_block(self, labels: AnyArray, pred_probs: AnyArray) -> FloatArray:
        """(n,) float64 in [0, 1], low is suspicious; clean probabilities, left untouched."""
        ...


ROW_SCORERS: dict[str, RowScorer] = {s.name: s for s in (SelfConfidence(), NormalizedMargin())}
BATCH_SCORERS: dict[str, BatchScorer] = {s.name: s for s in (Entropy(),)}

SCORERS: dict[str, RowScorer | BatchScorer] = {**ROW_SCORERS, **BATCH_SCORERS}
"""Every scorer, by the name that `--rank-by` takes."""
