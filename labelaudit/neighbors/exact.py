"""The exact index: every pair is compared."""

from __future__ import annotations

import numpy as np

from labelaudit.neighbors.candidates import QUERIES, TARGETS, Candidates
from labelaudit.neighbors.index import SearchOptions
from labelaudit.neighbors.points import Points, Positions


class Exact:
    """Compares all with all, by matrix products.

    Args:
        points: what to search.
        options: how many candidates.
    """

    name = "exact"

    def __init__(self, points: Points, options: SearchOptions) -> None:
        self.points, self.options = points, options
        n_chunks = -(-len(points) // TARGETS)
        # Every n-th point, so that the first chunk is a fair sample even of data sorted by class.
        self.targets = np.concatenate([points.positions[first::n_chunks] for first in range(n_chunks)])

    def blocks(self) -> list[Positions]:
        """The points in blocks, in order."""
        return self.points.blocks(QUERIES)

    def candidates(self, block: Positions) -> Positions:
        """(b, wanted) int32 positions of the nearest points."""
        found = Candidates(self.points, block, self.options.wanted)
        found.compare(self.targets)
        return found.positions
