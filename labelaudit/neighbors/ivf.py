"""faiss' inverted file: points in cells, and only the cells around a point are searched."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from labelaudit.neighbors.candidates import QUERIES
from labelaudit.neighbors.exact import Exact
from labelaudit.neighbors.index import SearchOptions
from labelaudit.neighbors.points import Points, Positions

SAMPLE_PER_CELL = 64
ROUNDS = 6
"""k-means on 64 points a cell, in six rounds: a third of a second at 100,000 x 128."""
AIM = 0.995  # of a sample's neighbours, a little over the 0.99 that is promised
SAMPLE = 500


class Ivf:
    """Compares each point with the cells around it, by faiss' IndexIVFFlat with sqrt(n) cells.

    (Inverted files: Sivic and Zisserman 2003.) How many cells a point visits follows from a sample whose true
    neighbours are known, and how far down the order of cells these lie.

    Args:
        points: what to search.
        options: how many candidates, the seed of the samples.
    """

    name = "ivf"

    def __init__(self, points: Points, options: SearchOptions) -> None:
        self.points, self.options = points, options
        self.index = filled_index(points, options.seed)
        self.visits = self.visits_needed()

    @property
    def share(self) -> float:
        """The share of the cells that a point visits."""
        return self.visits / int(self.index.nlist)

    def blocks(self) -> list[Positions]:
        """The points cell by cell, in blocks; in order of their rows they take half as long again."""
        import faiss

        lists = self.index.invlists
        filled = [cell for cell in range(self.index.nlist) if lists.list_size(cell)]
        cells = [faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)) for cell in filled]
        members = np.concatenate(cells).astype(np.int32)
        return [members[start : start + QUERIES] for start in range(0, len(members), QUERIES)]

    def candidates(self, block: Positions) -> Positions:
        """(b, wanted) int32 positions of the nearest points in the cells that each visits."""
        import faiss

        faiss.omp_set_num_threads(1)  # holds for the calling thread, so each worker has to say it
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe = self.visits
        _, found = self.index.search(self.points.vectors[block], self.options.wanted, params=parameters)
        positions: Positions = found.astype(np.int32)
        short = positions[:, -1] < 0  # these cells have too few points
        if short.any():
            positions[short] = Exact(self.points, self.options).candidates(block[short])
        return positions

    def visits_needed(self) -> int:
        """How many cells the points of a sample have to visit, to meet enough of their true neighbours."""
        rng = np.random.default_rng(self.options.seed)
        size = min(len(self.points), SAMPLE)
        sample = np.sort(rng.choice(len(self.points), size, replace=False)).astype(np.int32)
        neighbors = Exact(self.points, self.options).candidates(sample)
        vectors, centers = self.points.vectors, self.index.quantizer
        _, cells = centers.search(vectors[sample], self.index.nlist)  # nearest first
        _, cell_of = centers.search(vectors[neighbors.ravel()], 1)
        ranks = np.take_along_axis(np.argsort(cells, axis=1), cell_of.reshape(neighbors.shape), axis=1)
        last = math.ceil(AIM * ranks.size) - 1
        return 1 + int(np.partition(ranks, last, axis=None)[last])


def filled_index(points: Points, seed: int) -> Any:
    """The faiss index of these points; one thread, so that the centres depend on nothing but the seed."""
    import faiss

    faiss.omp_set_num_threads(1)
    n_columns = points.vectors.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(n_columns), n_columns, math.isqrt(len(points)))
    index.cp.niter = ROUNDS
    index.cp.seed = seed % 2**31  # an int of C
    index.cp.max_points_per_centroid = SAMPLE_PER_CELL  # faiss draws the sample
    index.cp.min_points_per_centroid = 1  # else it prints a warning
    index.train(points.vectors)
    index.add(points.vectors)
    return index
