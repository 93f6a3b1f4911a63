"""faiss' flat index."""

from __future__ import annotations

import numpy as np

from labelaudit.neighbors.candidates import QUERIES
from labelaudit.neighbors.index import SearchOptions
from labelaudit.neighbors.points import Points, Positions


class Flat:
    """Compares all with all, by faiss' IndexFlatL2. Used when asked for.

    At 100,000 x 128 it takes 70 processor seconds where `exact` takes 21. The wheel brings an OpenBLAS of
    2021, which takes every processor it does not know for a very old one; told better, it takes 24.

    Args:
        points: what to search.
        options: how many candidates.
    """

    name = "flat"

    def __init__(self, points: Points, options: SearchOptions) -> None:
        import faiss

        self.points, self.options = points, options
        self.index = faiss.IndexFlatL2(points.vectors.shape[1])
        self.index.add(points.vectors)

    def blocks(self) -> list[Positions]:
        """The points in blocks, in order."""
        return self.points.blocks(QUERIES)

    def candidates(self, block: Positions) -> Positions:
        """(b, wanted) int32 positions of the nearest points."""
        import faiss

        faiss.omp_set_num_threads(1)  # holds for the calling thread, so each worker has to say it
        _, found = self.index.search(self.points.vectors[block], self.options.wanted)
        positions: Positions = found.astype(np.int32)
        return positions
