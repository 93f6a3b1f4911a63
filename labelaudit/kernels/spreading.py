"""Label spreading: what reaches a row of the labels around it over several steps of the neighbour graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit.types import AnyArray, FloatArray, IntArray

FOLDS = 5
STEPS = 10
ALPHA = 0.8
"""What a step takes from the neighbours; the rest stays with the labels."""
BLOCK_VALUES = 1 << 24


def spreading_margins(
    neighbors: AnyArray, weights: AnyArray, labels: AnyArray, n_classes: int, folds: IntArray
) -> FloatArray:
    """Score each label by what spreads to its row while the labels of its fold are hidden.

    F <- a S F + (1 - a) Y, where S = D^(-1/2) W D^(-1/2) and W is the symmetrised graph (Zhou, Bousquet, Lal,
    Weston, Schölkopf 2004, "Learning with Local and Global Consistency", section 2). A row's own label would
    come back to it by way of its neighbours, so it is judged while it is hidden. The classes are spread a few
    columns at a time, so that no dense matrix holds more than 16 million numbers, or one column.

    Args:
        neighbors: (N, k) row numbers.
        weights: (N, k) >= 0, how near each neighbour is.
        labels: (N,) in 0..K-1.
        n_classes: K.
        folds: (N,) in 0..4, whose labels are hidden together.

    Returns:
        (N,) float64 in [0, 1], low is suspicious: the normalized margin; 0.5 where no label arrives.

    Example:
        >>> neighbors = np.array([[1, 2], [0, 2], [0, 1], [0, 1]])
        >>> weights, labels = np.ones((4, 2)), np.array([0, 0, 0, 1])
        >>> spreading_margins(neighbors, weights, labels, 2, np.arange(4)).round(2)
        array([0.75, 0.75, 0.8 , 0.  ])
    """
    graph = _normalized_graph(neighbors, weights)
    n_rows = len(labels)
    own, rival, total = np.zeros((3, n_rows))
    step = max(1, BLOCK_VALUES // max(1, n_rows))
    for fold in range(FOLDS):
        hidden, shown = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        for first in range(0, n_classes, step):
            width = min(step, n_classes - first)
            seeds = np.zeros((n_rows, width), dtype=np.float32)
            _ones_at(seeds, shown, labels[shown].astype(np.int64) - first)
            reached = _spread(graph, seeds)[hidden].astype(np.float64)
            total[hidden] += reached.sum(axis=1)
            columns = labels[hidden].astype(np.int64) - first
            here = np.flatnonzero((columns >= 0) & (columns < width))
            own[hidden[here]] = reached[here, columns[here]]
            reached[here, columns[here]] = 0
            rival[hidden] = np.maximum(rival[hidden], reached.max(axis=1))
    margins: FloatArray = (1 + (own - rival) / np.maximum(total, np.finfo(np.float64).tiny)) / 2
    return np.clip(margins, 0, 1)


def _normalized_graph(neighbors: AnyArray, weights: AnyArray) -> Any:
    """(N, N) sparse float32, symmetric: each edge divided by the roots of its ends' sums."""
    from scipy.sparse import csr_array, diags_array

    n_rows, k = neighbors.shape
    starts = np.arange(n_rows + 1) * k
    directed = csr_array(
        (weights.ravel().astype(np.float64), neighbors.ravel(), starts), shape=(n_rows, n_rows)
    )
    both = directed + directed.T
    roots = diags_array(1 / np.sqrt(np.maximum(both.sum(axis=1), 1e-12)))
    return csr_array(roots @ both @ roots).astype(np.float32)


def _spread(graph: Any, seeds: AnyArray) -> AnyArray:
    """(N, c) what `STEPS` steps make of the seeds."""
    kept = np.float32(1 - ALPHA) * seeds
    spread = seeds
    for _ in range(STEPS):
        spread = np.float32(ALPHA) * (graph @ spread) + kept
    return spread


def _ones_at(matrix: AnyArray, rows: IntArray, columns: IntArray) -> None:
    inside = (columns >= 0) & (columns < matrix.shape[1])
    matrix[rows[inside], columns[inside]] = 1
