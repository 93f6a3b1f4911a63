"""Points sorted into cells around centres, by k-means."""

from __future__ import annotations

import numpy as np

from labelaudit.neighbors.points import Points, Positions, Vectors
from labelaudit.neighbors.side_by_side import side_by_side

SAMPLE_PER_CELL = 32
ROUNDS = 5
"""k-means on 32 points a cell, in five rounds. On 64 in ten rounds it takes twice as long, and the same
recall needs as many cells (100,000 x 128, clustered and not)."""
PRODUCT_VALUES = 1 << 22


class Cells:
    """Where each point belongs, and which points each cell has.

    Args:
        points: what to sort.
        n_cells: how many cells, at most as many as points; some may stay empty.
        seed: for the sample that the centres are learned from.
        workers: threads.
    """

    def __init__(self, points: Points, n_cells: int, *, seed: int, workers: int) -> None:
        centers = Points(learned_centers(points, n_cells, seed=seed, workers=workers))
        self.queries = centers.queries(centers.positions)  # (n_cells, p + 1) as Points makes them
        self.targets = centers.targets(centers.positions)
        self.cell_of = nearest_centers(points, centers, workers)  # (n,) int32
        self.members = np.argsort(self.cell_of, kind="stable").astype(np.int32)  # (n,) cell by cell
        self.sizes = np.bincount(self.cell_of, minlength=n_cells)
        self.ends = np.cumsum(self.sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def members_of(self, cell: int) -> Positions:
        """Positions of a cell's points, ascending."""
        return self.members[self.ends[cell] - self.sizes[cell] : self.ends[cell]]

    def points_around(self, cell: int, at_least: int) -> tuple[Positions, Positions]:
        """The nearest cells that together have so many points, itself among them, and their points."""
        order = np.argsort(-(self.targets @ self.queries[cell]), kind="stable")
        enough = int(np.searchsorted(np.cumsum(self.sizes[order]), at_least)) + 1
        near = order[:enough].astype(np.int32)
        return near, np.concatenate([self.members_of(other) for other in near])


def learned_centers(points: Points, n_cells: int, *, seed: int, workers: int) -> Vectors:
    """(n_cells, p) centres, by k-means (Lloyd 1982) on a sample.

    They start at points drawn at random. A centre whose cell falls empty stays where it was.
    """
    rng = np.random.default_rng(seed)
    size = min(len(points), n_cells * SAMPLE_PER_CELL)
    sample = Points(points.vectors[np.sort(rng.choice(len(points), size, replace=False))])
    centers = sample.vectors[rng.choice(size, n_cells, replace=False)]
    for _ in range(ROUNDS):
        cell_of = nearest_centers(sample, Points(centers), workers)
        counts = np.bincount(cell_of, minlength=n_cells)
        filled = counts > 0
        by_cell = sample.vectors[np.argsort(cell_of, kind="stable")]
        sums = np.add.reduceat(by_cell, (np.cumsum(counts) - counts)[filled], axis=0)
        centers[filled] = sums / counts[filled, None].astype(np.float32)
    return centers


def nearest_centers(points: Points, centers: Points, workers: int) -> Positions:
    """(n,) int32 number of the centre nearest to each point, the first one when tied."""
    targets = centers.targets(centers.positions).T
    step = max(1, PRODUCT_VALUES // len(centers))

    def nearest(part: Positions) -> Positions:
        found: Positions = (points.queries(part) @ targets).argmax(axis=1).astype(np.int32)
        return found

    return np.concatenate(list(side_by_side(nearest, points.blocks(step), workers)))
