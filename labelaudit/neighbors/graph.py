"""The k-nearest-neighbour graph: what a search returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelaudit.types import Frozen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeighborGraph(Frozen):
    """The nearest other rows of every row, nearest first, ties by row number.

    Distances are Euclidean, between the prepared vectors; those of `cosine` have length 1, so the cosine
    of a pair is 1 - d * d / 2.
    """

    neighbors: npt.NDArray[np.int32]  # (N, k) row numbers
    distances: npt.NDArray[np.float32]  # (N, k) >= 0, ascending
    metric: str  # cosine or euclidean
    index: str  # exact, flat or ivf
    recall: float | None = None  # share of the true neighbours found, on a sample; None: all of them

    @property
    def k(self) -> int:
        """How many neighbours a row has: as asked, or all others where there are fewer."""
        return int(self.neighbors.shape[1])
