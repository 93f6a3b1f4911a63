"""Candidates put in order by their true distances."""

from __future__ import annotations

import numpy as np

from labelaudit.neighbors.copies import Copies
from labelaudit.neighbors.points import Positions, Vectors
from labelaudit.types import HashArray, IntArray

GATHERED_VALUES = 1 << 20
BEYOND = np.uint64(2**64 - 1)


class Ranking:
    """Turns candidates into neighbours.

    Candidates come from matrix products, whose last bits depend on how they were cut. Here each distance is
    computed by itself, the same way for every pair, so that these bits reach only which candidates there
    are, at the far end.

    Args:
        vectors: (d, p) the distinct vectors.
        copies: which rows each of them stands for.
        size: how many rows to list, at most all.
    """

    def __init__(self, vectors: Vectors, copies: Copies, size: int) -> None:
        self.vectors, self.copies, self.size = vectors, copies, size

    def nearest_rows(self, block: Positions, candidates: Positions) -> tuple[Positions, Vectors]:
        """List the nearest rows, nearest first, ties by row; copies of the vector itself included.

        Args:
            block: (b,) positions among the distinct vectors.
            candidates: (b, c) positions, in any order, at least `size` rows among their copies.

        Returns:
            (b, size) int32 row numbers, and (b, size) float32 distances.
        """
        positions, distances = unpacked(np.sort(packed(self.distances(block, candidates), candidates)))
        counts = np.minimum(self.copies.counts[positions], self.size)
        # All at the distance of the last one needed stay: the order of rows may put them first.
        last = (np.cumsum(counts, axis=1) < self.size).sum(axis=1)
        kept = distances <= distances[np.arange(len(block)), last][:, None]
        counts = counts[kept]
        rows = self.copies.rows_of(positions[kept], counts)
        lines = np.repeat(np.nonzero(kept)[0], counts)
        keys = in_lines(packed(np.repeat(distances[kept], counts), rows), lines, len(block))
        return unpacked(np.sort(keys)[:, : self.size])

    def distances(self, block: Positions, candidates: Positions) -> Vectors:
        """(b, c) float32 Euclidean distances."""
        distances = np.empty(candidates.shape, dtype=np.float32)
        step = max(1, GATHERED_VALUES // (candidates.shape[1] * self.vectors.shape[1]))
        for start in range(0, len(block), step):
            rows = slice(start, start + step)
            apart = self.vectors[candidates[rows]]
            apart -= self.vectors[block[rows], None]
            distances[rows] = np.sqrt(np.einsum("bcp,bcp->bc", apart, apart))
        return distances


def packed(distances: Vectors, numbers: Positions | IntArray) -> HashArray:
    """Distances and numbers as one integer each that sorts by distance, then by number.

    The bits of floats that are not negative sort as the floats do.
    """
    return (distances.view(np.uint32).astype(np.uint64) << np.uint64(32)) | numbers.astype(np.uint64)


def unpacked(keys: HashArray) -> tuple[Positions, Vectors]:
    """The numbers (int32) and the distances (float32) of packed keys."""
    numbers = keys.astype(np.uint32).view(np.int32)
    return numbers, (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)


def in_lines(keys: HashArray, lines: IntArray, n_lines: int) -> HashArray:
    """(n_lines, longest) keys line by line; short lines are filled with a key beyond all."""
    lengths = np.bincount(lines, minlength=n_lines)
    matrix = np.full((n_lines, int(lengths.max())), BEYOND)
    matrix[np.arange(matrix.shape[1]) < lengths[:, None]] = keys
    return matrix
