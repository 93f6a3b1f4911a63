"""The second reading: in which class is the model confident, where the first reading left it open."""

from __future__ import annotations

import numpy as np

from labelaudit.batch import Batch
from labelaudit.kernels.contenders import Contenders, confident_by_contenders
from labelaudit.kernels.joint import confident_classes, settled_classes
from labelaudit.kernels.row_view import blocks_of
from labelaudit.kernels.stretches import stretches
from labelaudit.passes.rows import KeptRows, subset
from labelaudit.types import FloatMatrix, RowView


class JointPass:
    """Fills in the confident class of the rows that are not settled.

    Args:
        kept: the rows that take part.
        view: their view.
        thresholds: (strata, K).
        collision: "cleanlab" or "paper".
    """

    name = "confident joint"

    def __init__(self, kept: KeptRows, view: RowView, thresholds: FloatMatrix, collision: str) -> None:
        self.kept, self.view, self.thresholds, self.collision = kept, view, thresholds, collision
        self.confident = np.zeros(len(kept), dtype=np.int32)
        self.open = np.zeros(len(kept), dtype=bool)
        for rows in stretches(len(kept)):
            classes, settled = settled_classes(subset(view, rows), thresholds, kept.stratum[rows])
            self.confident[rows] = classes
            self.open[rows] = ~settled

    def settle(self, found: Contenders) -> None:
        """Fill in the open rows without a reading; only where the contenders decide."""
        for stretch in stretches(len(self.kept)):
            rows = stretch.start + np.flatnonzero(self.open[stretch])
            near = np.flatnonzero((found.rows >= stretch.start) & (found.rows < stretch.stop))
            here = near[self.open[found.rows[near]]]
            local = Contenders(
                rows=np.searchsorted(rows, found.rows[here]),
                classes=found.classes[here],
                probs=found.probs[here],
            )
            self.confident[rows] = confident_by_contenders(
                subset(self.view, rows), local, self.thresholds, self.kept.stratum[rows], self.collision
            )
        self.open[:] = False

    def start(self) -> None:
        """No state: each row is written once."""

    def fold(self, state: None, batch: Batch) -> None:
        """Compare the open rows of a batch with all thresholds."""
        here, positions = self.kept.positions(batch)
        wanted = self.open[positions]
        here, positions = here[wanted], positions[wanted]
        for stratum, picked in self.kept.strata(positions):
            for block in blocks_of(len(picked), batch.pred_probs.shape[1]):
                rows = picked[block]
                clean = self.kept.pred_probs(batch, here[rows])
                self.confident[positions[rows]] = confident_classes(
                    clean, self.thresholds[stratum], self.collision
                )

    def merge(self, left: None, right: None) -> None:
        """Nothing to merge."""
