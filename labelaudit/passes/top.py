"""A reading that keeps the most probable classes of each row."""

from __future__ import annotations

import numpy as np

from labelaudit.batch import Batch
from labelaudit.kernels.candidates import MOST_CANDIDATES
from labelaudit.kernels.row_view import blocks_of, class_dtype
from labelaudit.passes.rows import KeptRows


class TopPass:
    """Collects the up to 24 most probable classes with their probabilities; all where there are no more.

    Args:
        kept: the rows that take part.
        n_classes: K.
    """

    name = "probabilities of the best classes"

    def __init__(self, kept: KeptRows, n_classes: int) -> None:
        self.kept, self.n_classes = kept, n_classes
        self.width = min(n_classes, MOST_CANDIDATES)
        self.classes = np.empty((len(kept), self.width), dtype=class_dtype(n_classes))
        self.probs = np.empty((len(kept), self.width), dtype=np.float32)

    def start(self) -> None:
        """No state: each row is written once."""

    def fold(self, state: None, batch: Batch) -> None:
        """Keep the best classes of a batch."""
        here, positions = self.kept.positions(batch)
        for block in blocks_of(len(here), self.n_classes):
            # A mended row makes its block float64, and ties would then be broken otherwise.
            clean = self.kept.pred_probs(batch, here[block]).astype(np.float32, copy=False)
            if self.width < self.n_classes:
                top = np.argpartition(-clean, self.width - 1, axis=1)[:, : self.width]
                top.sort(axis=1)
            else:
                top = np.broadcast_to(np.arange(self.n_classes), clean.shape)
            self.classes[positions[block]] = top
            self.probs[positions[block]] = np.take_along_axis(clean, top, axis=1)

    def merge(self, left: None, right: None) -> None:
        """Nothing to merge."""
