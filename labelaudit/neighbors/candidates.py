"""The nearest points of a block of queries, as far as products of float32 can tell."""

from __future__ import annotations

import numpy as np

from labelaudit.neighbors.points import Points, Positions, Vectors
from labelaudit.types import IntArray

QUERIES = 1024
TARGETS = 8192
"""The block of one product: 32 MB. Half as many targets cost 10 % more time (100,000 x 128), twice as many
gain nothing."""
NONE = np.int32(-1)


class Candidates:
    """The best targets so far of each query.

    Every query has a bar, its `wanted`-th best closeness so far, and only what lies above it is looked at:
    next to nothing after first targets that are a fair sample of all.

    Args:
        points: where queries and targets are.
        queries: (q,) positions, QUERIES of them at most.
        wanted: how many targets to keep of each query.

    Example:
        >>> points = Points(np.array([[0.0], [1.0], [3.0], [7.0]], dtype=np.float32))
        >>> found = Candidates(points, np.array([0, 3], dtype=np.int32), wanted=2)
        >>> found.compare(np.array([0, 2], dtype=np.int32))
        >>> found.compare(np.array([1, 3], dtype=np.int32))
        >>> np.sort(found.positions)
        array([[0, 1],
               [2, 3]], dtype=int32)
    """

    def __init__(self, points: Points, queries: Positions, wanted: int) -> None:
        self.points, self.wanted = points, wanted
        self.queries = points.queries(queries)
        self.positions = np.full((len(queries), wanted), NONE)  # in no order; -1 before enough were seen
        self.closeness = np.full((len(queries), wanted), -np.inf, dtype=np.float32)
        self.bar = np.full(len(queries), -np.inf, dtype=np.float32)
        # Products go to the same place each time: fresh pages would cost as much as the product.
        self.space = np.empty(len(queries) * TARGETS, dtype=np.float32)

    def compare(self, targets: Positions) -> None:
        """Compare the queries with targets (w,) that they have not met yet."""
        for start in range(0, len(targets), TARGETS):
            self._compare_chunk(targets[start : start + TARGETS])

    def _compare_chunk(self, targets: Positions) -> None:
        closeness = self.space[: len(self.queries) * len(targets)].reshape(len(self.queries), len(targets))
        np.matmul(self.queries, self.points.targets(targets).T, out=closeness)
        hits = np.flatnonzero(closeness > self._bar(closeness)[:, None])
        if len(hits):
            rows, columns = np.divmod(hits, len(targets))
            self._keep(rows, targets[columns], closeness.ravel()[hits])

    def _bar(self, closeness: Vectors) -> Vectors:
        """(q,) what a target must exceed to be among the best of those before and these."""
        bar = self.bar
        place = closeness.shape[1] - self.wanted
        if place > 0 and np.isneginf(bar).any():
            own = np.partition(closeness, place, axis=1)[:, place]
            bar = np.maximum(bar, np.nextafter(own, np.float32(-np.inf)))  # just under, so that own passes
        return bar

    def _keep(self, rows: IntArray, positions: Positions, closeness: Vectors) -> None:
        """Take in targets of some queries, all of a query's in a stretch."""
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        counts = np.diff(starts, append=len(rows))
        met, most = rows[starts], int(counts.max())
        lines = np.repeat(np.arange(len(met)), counts)
        places = self.wanted + np.arange(len(rows)) - np.repeat(starts, counts)
        wide_positions = np.full((len(met), self.wanted + most), NONE)
        wide_closeness = np.full(wide_positions.shape, -np.inf, dtype=np.float32)
        wide_positions[:, : self.wanted] = self.positions[met]
        wide_closeness[:, : self.wanted] = self.closeness[met]
        wide_positions[lines, places] = positions
        wide_closeness[lines, places] = closeness
        kept = np.argpartition(wide_closeness, most, axis=1)[:, most:]
        best = np.take_along_axis(wide_closeness, kept, axis=1)
        self.positions[met] = np.take_along_axis(wide_positions, kept, axis=1)
        self.closeness[met] = best
        self.bar[met] = best.min(axis=1)
