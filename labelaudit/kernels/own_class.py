"""The nearest rows of a class: examples of what it looks like, for whoever judges a label."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.candidates import row_blocks
from labelaudit.types import AnyArray, IntArray

SHOWN = 3
MOST_SEARCHED = 5_000
"""Rows whose class is searched through; the worst ones, further down the graph's neighbours have to do."""


def nearest_of_class(
    neighbors: AnyArray, vectors: AnyArray, labels: AnyArray, rows: IntArray, wanted: AnyArray
) -> AnyArray:
    """Find the three nearest rows that carry a wanted label.

    Args:
        neighbors: (N, k) the graph, nearest first.
        vectors: (N, p) float32, for rows of which the graph knows too few.
        labels: (N,) class numbers.
        rows: (n,) rows to find examples for, the worst first.
        wanted: (n,) a class number for each, -1 for none.

    Returns:
        (n, 3) int32 row numbers, nearest first, -1 where there are no more.
    """
    found = np.full((len(rows), SHOWN), -1, dtype=np.int32)
    for block in row_blocks(len(rows), neighbors.shape[1]):
        near = neighbors[rows[block]]
        fits = labels[near] == wanted[block, None]
        place = fits.cumsum(axis=1) - 1
        at, column = np.nonzero(fits & (place < SHOWN))
        found[block.start + at, place[at, column]] = near[at, column]
    short = np.flatnonzero((found[:, -1] < 0) & (wanted >= 0))
    short = short[short < MOST_SEARCHED]
    for label in np.unique(wanted[short]).tolist():
        here, members = short[wanted[short] == label], np.flatnonzero(labels == label)
        if len(members):  # a class without rows may be suggested
            found[here] = _nearest(vectors, rows[here], members)
    return found


def _nearest(vectors: AnyArray, rows: IntArray, members: IntArray) -> AnyArray:
    """(n, 3) the members nearest to each row, itself left out."""
    best = np.full((len(rows), SHOWN), -1, dtype=np.int32)
    others = vectors[members].astype(np.float64)
    lengths = (others**2).sum(axis=1)
    for block in row_blocks(len(rows), len(members)):
        squares = lengths - 2 * vectors[rows[block]].astype(np.float64) @ others.T
        squares[rows[block, None] == members] = np.inf
        near = np.argpartition(squares, min(SHOWN, len(members)) - 1, axis=1)[:, :SHOWN]
        near.sort(axis=1)  # ties by row number
        order = np.argsort(np.take_along_axis(squares, near, axis=1), axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)
        finite = np.isfinite(np.take_along_axis(squares, near, axis=1))
        best[block, : near.shape[1]] = np.where(finite, members[near], -1)
    return best
