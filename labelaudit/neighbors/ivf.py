"""The inverted file: points in cells, and only the cells around a point are searched."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from labelaudit.neighbors.candidates import Candidates
from labelaudit.neighbors.cells import Cells
from labelaudit.neighbors.exact import Exact
from labelaudit.neighbors.index import SearchOptions
from labelaudit.neighbors.points import Points, Positions
from labelaudit.types import BoolArray, IntArray

QUERIES = 8192
"""A block: many, so that a visited cell has many visitors from it."""
FIRST_TARGETS = 2048
AIM = 0.995  # of a sample's neighbours, a little over the 0.99 that is promised
SAMPLE = 500


class Ivf:
    """Compares each point with the cells around it (an inverted file: Sivic and Zisserman 2003).

    Every point is a query here, so the queries that visit a cell visit it together, and one matrix product
    does what faiss' IndexIVFFlat does by passing over the cell once a query. For the same recall that
    takes a half to a fifth of its time (`benchmarks/graph.py --faiss`).

    How many cells a point visits follows from a sample whose true neighbours are known, and how far
    down the order of cells these lie.

    Args:
        points: what to search.
        options: how many candidates, the seed of the samples, threads.
    """

    name = "ivf"

    def __init__(self, points: Points, options: SearchOptions) -> None:
        self.points, self.options = points, options
        # Twice as many cells leave a quarter fewer pairs to compare, in smaller and slower products.
        n_cells = math.isqrt(len(points))
        self.cells = Cells(points, n_cells, seed=options.seed, workers=options.workers)
        ranks = self.neighbor_ranks()
        self.visits = 1 + int(ranks[math.ceil(AIM * len(ranks)) - 1])

    @property
    def share(self) -> float:
        """The share of the cells that a point visits."""
        return self.visits / len(self.cells)

    def blocks(self) -> list[Positions]:
        """The points cell by cell, in blocks."""
        members = self.cells.members
        return [members[start : start + QUERIES] for start in range(0, len(members), QUERIES)]

    def candidates(self, block: Positions) -> Positions:
        """(b, wanted) int32 positions of the nearest points in the cells that each visits."""
        found = Candidates(self.points, block, self.options.wanted)
        to_visit = self.nearest_cells(block)
        # A cell's points are first compared with those around the cell, which sets their bars well.
        for cell, start, end in stretches(self.cells.cell_of[block]):
            near, around = self.cells.points_around(cell, max(FIRST_TARGETS, self.options.wanted))
            found.compare(np.arange(start, end), around)
            to_visit[start:end, near] = False
        cells, rows = np.nonzero(to_visit.T)
        for cell, start, end in stretches(cells):
            found.compare(rows[start:end], self.cells.members_of(cell))
        return found.positions

    def nearest_cells(self, block: Positions) -> BoolArray:
        """(b, cells) whether a point visits a cell: its `visits` nearest, by the centres."""
        closeness = self.points.queries(block) @ self.cells.targets.T
        place = len(self.cells) - self.visits
        visited: BoolArray = closeness >= np.partition(closeness, place, axis=1)[:, place, None]
        return visited

    def neighbor_ranks(self) -> IntArray:
        """(m,) ascending: how many cells are nearer to a point than its neighbour's cell, for a sample."""
        rng = np.random.default_rng(self.options.seed)
        size = min(len(self.points), SAMPLE)
        sample = np.sort(rng.choice(len(self.points), size, replace=False)).astype(np.int32)
        neighbors = Exact(self.points, self.options).candidates(sample)
        closeness = self.points.queries(sample) @ self.cells.targets.T
        of_neighbors = np.take_along_axis(closeness, self.cells.cell_of[neighbors], axis=1)
        ranks = [(row > own[:, None]).sum(axis=1) for row, own in zip(closeness, of_neighbors, strict=True)]
        return np.sort(np.concatenate(ranks))


def stretches(values: IntArray | Positions) -> Iterator[tuple[int, int, int]]:
    """Each stretch of equal values: the value, its start and its end.

    Example:
        >>> list(stretches(np.array([4, 4, 7])))
        [(4, 0, 2), (7, 2, 3)]
    """
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    ends = 1 + np.flatnonzero(np.diff(values, append=-1))
    return zip(values[starts].tolist(), starts.tolist(), ends.tolist(), strict=True)
