"""A reading of a few chosen rows in full."""

from __future__ import annotations

import numpy as np

from labelaudit.batch import Batch
from labelaudit.passes.rows import KeptRows
from labelaudit.types import AnyArray, IntArray


class SamplePass:
    """Collects the probabilities of some rows, of some columns.

    Args:
        kept: the rows that take part.
        positions: (m,) the wanted ones, ascending.
        columns: (c,) the wanted classes.
        name: what the progress says.
    """

    def __init__(
        self, kept: KeptRows, positions: IntArray, columns: IntArray, *, name: str = "checking the columns"
    ) -> None:
        self.name = name
        self.kept, self.positions, self.columns = kept, positions, columns
        self.pred_probs: AnyArray = np.zeros((len(positions), len(columns)))

    def start(self) -> None:
        """No state: each row is written once."""

    def fold(self, state: None, batch: Batch) -> None:
        """Take the wanted rows of a batch."""
        here, positions = self.kept.positions(batch)
        at = np.searchsorted(self.positions, positions)
        found = np.flatnonzero(self.positions[np.minimum(at, len(self.positions) - 1)] == positions)
        if len(found):
            clean = self.kept.pred_probs(batch, here[found])
            self.pred_probs[at[found]] = clean[:, self.columns]

    def merge(self, left: None, right: None) -> None:
        """Nothing to merge."""
