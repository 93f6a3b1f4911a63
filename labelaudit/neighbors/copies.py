"""Rows that are equal: searched once, found each."""

from __future__ import annotations

import numpy as np

from labelaudit.neighbors.points import Positions, Vectors, row_blocks
from labelaudit.types import AnyArray, HashArray, IntArray


class Copies:
    """Which rows are copies of which.

    A search among the distinct vectors alone finds all copies of what it finds, however many, in the
    order of their rows, and is not slowed down by them.

    Args:
        vectors: (n, p) float32.

    Example:
        >>> copies = Copies(np.array([[1.0], [2.0], [1.0]], dtype=np.float32))
        >>> copies.first.tolist(), copies.group.tolist()
        ([0, 1], [0, 1, 0])
        >>> copies.rows_of(np.array([0, 1])).tolist()
        [0, 2, 1]
    """

    def __init__(self, vectors: Vectors) -> None:
        _, first, same_hash = np.unique(vector_hashes(vectors), return_index=True, return_inverse=True)
        earliest = first[same_hash]
        for rows in row_blocks(*vectors.shape):
            collides = (vectors[rows] != vectors[earliest[rows]]).any(axis=1)
            earliest[rows][collides] = np.arange(rows.start, rows.stop)[collides]
        self.first, self.group = np.unique(earliest, return_inverse=True)  # (d,) row; (n,) place in `first`
        self.counts = np.bincount(self.group)  # (d,)
        self.rows = np.argsort(self.group, kind="stable").astype(np.int32)  # (n,) group by group
        self.starts = np.cumsum(self.counts) - self.counts

    def rows_of(self, groups: AnyArray, counts: IntArray | None = None) -> Positions:
        """The rows of each group, ascending, one group after the other; only the first `counts` of each."""
        counts = self.counts[groups] if counts is None else counts
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows: Positions = self.rows[np.repeat(self.starts[groups], counts) + within]
        return rows


def vector_hashes(vectors: Vectors) -> HashArray:
    """(n,) uint64, equal for equal vectors: their bits times random odd numbers, added up modulo 2^64."""
    factors = np.random.default_rng(0).integers(1 << 63, size=vectors.shape[1], dtype=np.uint64) * 2 + 1
    hashes = np.empty(len(vectors), dtype=np.uint64)
    for rows in row_blocks(*vectors.shape):
        bits = (vectors[rows] + np.float32(0)).view(np.uint32)  # -0.0 becomes 0.0
        hashes[rows] = bits.astype(np.uint64) @ factors
    return hashes
