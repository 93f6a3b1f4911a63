"""Vectors as a matrix product compares them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from labelaudit.types import AnyArray

Vectors: TypeAlias = npt.NDArray[np.float32]
Positions: TypeAlias = npt.NDArray[np.int32]

BLOCK_VALUES = 1 << 20


def row_blocks(n_rows: int, width: int) -> list[slice]:
    """Cut rows into blocks of about a million values; where they are cut depends on nothing else.

    Example:
        >>> row_blocks(5000, 384)
        [slice(0, 2730, None), slice(2730, 5000, None)]
    """
    step = max(1, BLOCK_VALUES // max(1, width))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


class Points:
    """Points whose closeness is one matrix product.

    |x - y|^2 = |x|^2 - 2 (x.y - |y|^2 / 2), so a query (x, 1) times a target (y, -|y|^2 / 2) is larger the
    nearer the two are, and ranks all targets of a query.

    Args:
        vectors: (n, p) float32.
    """

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.positions = np.arange(len(vectors), dtype=np.int32)
        self.half_squares = np.empty(len(vectors), dtype=np.float32)
        for rows in row_blocks(*vectors.shape):
            self.half_squares[rows] = np.einsum("ij,ij->i", vectors[rows], vectors[rows]) / 2

    def __len__(self) -> int:
        return len(self.vectors)

    def blocks(self, size: int) -> list[Positions]:
        """The positions in blocks of `size`, the last one shorter."""
        return [self.positions[start : start + size] for start in range(0, len(self), size)]

    def queries(self, positions: Positions) -> Vectors:
        """(q, p + 1) these points, each followed by 1."""
        return self._widened(positions, np.float32(1))

    def targets(self, positions: Positions) -> Vectors:
        """(w, p + 1) these points, each followed by minus half its squared length."""
        return self._widened(positions, -self.half_squares[positions])

    def _widened(self, positions: Positions, last: AnyArray | np.float32) -> Vectors:
        widened = np.empty((len(positions), self.vectors.shape[1] + 1), dtype=np.float32)
        widened[:, :-1] = self.vectors[positions]
        widened[:, -1] = last
        return widened
