"""All probabilities in memory, for the reference that cannot stream."""

from __future__ import annotations

import numpy as np

from labelaudit.batch import Batch
from labelaudit.passes.rows import KeptRows


class CollectPass:
    """Fills the matrix of the kept rows."""

    name = "collecting probabilities"

    def __init__(self, kept: KeptRows, n_classes: int) -> None:
        self.kept = kept
        self.pred_probs = np.zeros((len(kept), n_classes))

    def start(self) -> None:
        """No state: each row is written once."""

    def fold(self, state: None, batch: Batch) -> None:
        """Place the rows of a batch."""
        here, positions = self.kept.positions(batch)
        self.pred_probs[positions] = self.kept.pred_probs(batch, here)

    def merge(self, left: None, right: None) -> None:
        """Nothing to merge."""
