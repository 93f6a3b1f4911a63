"""The nearest rows of wanted classes, for a few rows, over embeddings that are read block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from labelaudit.neighbors.scaling import unit_rows
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, IntArray

SHOWN = 3

Block = tuple[IntArray, AnyArray]  # (b,) row numbers, (b, d) embeddings
ReadBlocks = Callable[[], Iterable[Block]]


def nearest_of_classes(
    read: ReadBlocks, labels: AnyArray, rows: IntArray, wanted: AnyArray, *, metric: str
) -> IntArray:
    """Find the three nearest rows of each wanted class, by comparing with all of its rows.

    Two readings, of which a block at a time is held: one tells which columns vary, and their means, as
    `prepare` does; the other compares. Components are not taken, so all columns count.

    Args:
        read: reads all embeddings, each row once.
        labels: (N,) class numbers; -1 for rows that take no part.
        rows: (n,) distinct rows to find examples for.
        wanted: (n, s) class numbers, -1 for none.
        metric: cosine or euclidean.

    Returns:
        (n, s, 3) row numbers, nearest first, ties by row, itself left out; -1 where there are no more.

    Example:
        >>> vectors = np.array([[0.0], [1.0], [3.0], [4.0]])
        >>> read = lambda: [(np.arange(4), vectors)]
        >>> labels = np.array([0, 0, 1, 1])
        >>> found = nearest_of_classes(read, labels, np.array([0]), np.array([[0, 1]]), metric="euclidean")
        >>> found.tolist()
        [[[1, -1, -1], [2, 3, -1]]]
    """
    from threadpoolctl import threadpool_limits

    place = np.full(len(labels), -1)
    place[rows] = np.arange(len(rows))
    scaling = _Scaling(metric)
    own: AnyArray = np.zeros((len(rows), 0))
    for numbers, block in read():
        scaling.fold(block[labels[numbers] >= 0])
        if not own.size:
            own = np.full((len(rows), block.shape[1]), np.nan)
        at = place[numbers]
        own[at[at >= 0]] = block[at >= 0]
    best = _Best(scaling.scaled(own), rows, wanted)
    with threadpool_limits(1, user_api="blas"):  # the last bits of a product depend on the threads
        for numbers, block in read():
            for label in np.unique(wanted[wanted >= 0]).tolist():
                here = np.flatnonzero(labels[numbers] == label)
                if len(here):
                    best.compare(scaling.scaled(block[here]), numbers[here], label)
    return best.rows


class _Scaling:
    """What makes rows comparable, learned block by block."""

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self.n = 0

    def fold(self, block: AnyArray) -> None:
        """Take in some rows."""
        if not len(block):
            return
        if not self.n:
            self.first = block[0].astype(np.float64)
            self.sums = np.zeros((2, len(self.first)))
            self.varies = np.zeros(len(self.first), dtype=bool)
        apart = block - self.first  # so that squares of large values do not swallow what varies
        self.n += len(block)
        self.sums += apart.sum(axis=0), (apart**2).sum(axis=0)
        self.varies |= (apart != 0).any(axis=0)

    def scaled(self, block: AnyArray) -> FloatMatrix:
        """(b, p) float64 whose Euclidean distances are meant."""
        if self.metric == "cosine":
            return unit_rows(block[:, self.varies].astype(np.float64))
        mean, square = self.sums / self.n
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        deviation[deviation == 0] = 1
        apart: FloatMatrix = ((block - self.first - mean) / deviation)[:, self.varies]
        return apart


class _Best:
    """The three nearest so far of each row and wanted class."""

    def __init__(self, vectors: FloatMatrix, numbers: IntArray, wanted: AnyArray) -> None:
        self.vectors, self.numbers, self.wanted = vectors, numbers, wanted
        self.rows: IntArray = np.full((*wanted.shape, SHOWN), -1, dtype=np.int64)
        self.closeness: npt.NDArray[np.float64] = np.full(self.rows.shape, -np.inf)

    def compare(self, vectors: FloatMatrix, numbers: IntArray, label: int) -> None:
        """Compare with rows of one class: |x - y|^2 = |x|^2 - (2 x.y - |y|^2)."""
        asking, side = np.nonzero(self.wanted == label)
        closeness: FloatArray = 2 * self.vectors[asking] @ vectors.T - (vectors**2).sum(axis=1)
        closeness[self.numbers[asking, None] == numbers] = -np.inf
        top = np.argpartition(-closeness, min(SHOWN, len(numbers)) - 1, axis=1)[:, :SHOWN]
        near = np.take_along_axis(closeness, top, axis=1)
        rows = np.concatenate(
            [self.rows[asking, side], np.where(np.isneginf(near), -1, numbers[top])], axis=1
        )
        near = np.concatenate([self.closeness[asking, side], near], axis=1)
        order = np.lexsort((rows, -near), axis=1)[:, :SHOWN]
        self.rows[asking, side] = np.take_along_axis(rows, order, axis=1)
        self.closeness[asking, side] = np.take_along_axis(near, order, axis=1)
