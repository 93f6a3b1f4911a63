"""The reading that scores every row by a fitted EM model."""

from __future__ import annotations

import numpy as np

from labelaudit.batch import Batch
from labelaudit.kernels.em import EmModel, em_scores
from labelaudit.kernels.row_view import blocks_of, class_dtype
from labelaudit.passes.rows import KeptRows
from labelaudit.types import AnyArray, IntArray


class EmPass:
    """Fills in the log-odds against each label, and the most credible other class.

    Args:
        kept: the rows that take part.
        given: (kept,) class numbers.
        folds: (kept,) from `em_folds`.
        model: from `fit_em`.
    """

    name = "expectation maximisation"

    def __init__(self, kept: KeptRows, given: AnyArray, folds: IntArray, model: EmModel) -> None:
        self.kept, self.given, self.folds, self.model = kept, given, folds, model
        self.n_classes = model.bias.shape[1]
        self.log_odds = np.empty(len(kept))
        self.best = np.empty(len(kept), dtype=class_dtype(self.n_classes))
        self.best_prob = np.empty(len(kept), dtype=np.float32)

    def start(self) -> None:
        """No state: each row is written once."""

    def fold(self, state: None, batch: Batch) -> None:
        """Score a batch."""
        here, positions = self.kept.positions(batch)
        for block in blocks_of(len(here), self.n_classes):
            at = positions[block]
            clean = self.kept.pred_probs(batch, here[block])
            scores = em_scores(self.model, self.given[at], clean, self.folds[at])
            self.log_odds[at] = scores.log_odds
            self.best[at] = scores.best
            self.best_prob[at] = scores.best_prob

    def merge(self, left: None, right: None) -> None:
        """Nothing to merge."""
