"""The classes of a row that are worth a thought: all of them, or the 24 best where there are more.

Matrices of rows by candidates stay small with a thousand classes; with up to 24 they hold everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from labelaudit.types import AnyArray, FloatArray, FloatMatrix, IntArray

MOST_CANDIDATES = 24
"""Measured on banking77 (77 classes, 7 noises): docs/quality.md tells what leaving out the others costs."""
BLOCK_VALUES = 1 << 21


def row_blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Stretches of rows whose dense matrix of `width` columns holds two million numbers.

    Example:
        >>> list(row_blocks(3, 1 << 20))
        [slice(0, 2, None), slice(2, 3, None)]
    """
    step = max(1, BLOCK_VALUES // max(1, width))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))


def best_candidates(blocks: Callable[[slice], FloatMatrix], n_rows: int, n_classes: int) -> AnyArray:
    """Choose each row's candidates by a dense evidence that is made a block at a time.

    Args:
        blocks: gives (rows of the slice, K) the evidence of each class, high is credible.
        n_rows: N.
        n_classes: K.

    Returns:
        (N, m) int32 class numbers, best first where m < K, else 0..K-1; m = min(K, 24).
    """
    width = min(n_classes, MOST_CANDIDATES)
    if width == n_classes:
        return np.broadcast_to(np.arange(n_classes, dtype=np.int32), (n_rows, n_classes))
    chosen = np.empty((n_rows, width), dtype=np.int32)
    for rows in row_blocks(n_rows, n_classes):
        dense = blocks(rows)
        top = np.sort(np.argpartition(-dense, width - 1, axis=1)[:, :width], axis=1)
        order = np.argsort(-np.take_along_axis(dense, top, axis=1), axis=1, kind="stable")
        chosen[rows] = np.take_along_axis(top, order, axis=1)
    return chosen


def with_given(candidates: AnyArray, given: AnyArray) -> tuple[AnyArray, IntArray]:
    """Make room for the given label in each row, in place of the weakest candidate.

    Args:
        candidates: (N, m) from `best_candidates`.
        given: (N,) class numbers.

    Returns:
        (N, m) the candidates with the given labels, and (N,) the column of each.

    Example:
        >>> with_given(np.array([[2, 0], [1, 2]]), np.array([0, 0]))
        (array([[2, 0],
               [1, 0]]), array([1, 1]))
    """
    if candidates.strides[0] == 0:  # every class is a candidate, in class order
        return candidates, given.astype(np.int64)
    here = candidates == given[:, None]
    slots = here.argmax(axis=1)
    missing = np.flatnonzero(~here.any(axis=1))
    if len(missing):
        candidates = candidates.copy()
        candidates[missing, -1] = given[missing]
        slots[missing] = candidates.shape[1] - 1
    return candidates, slots


def scattered(rows: slice, classes: AnyArray, values: AnyArray, n_classes: int) -> FloatMatrix:
    """A dense block of the values that some classes of each row have; what is listed twice is added.

    Args:
        rows: the rows of the block.
        classes: (N, c) class numbers.
        values: (N, c) what each has.
        n_classes: K.
    """
    here = classes[rows]
    flat = here + np.arange(len(here))[:, None] * n_classes
    sums = np.bincount(flat.ravel(), weights=values[rows].ravel(), minlength=len(here) * n_classes)
    return sums.astype(np.float64, copy=False).reshape(len(here), n_classes)


def at_slots(matrix: AnyArray, slots: IntArray) -> FloatArray:
    """(N,) the value at one column of each row."""
    found: FloatArray = matrix[np.arange(len(slots)), slots].astype(np.float64)
    return found


def rivals(matrix: AnyArray, slots: IntArray) -> FloatArray:
    """(N,) the largest value at the other columns of each row; 0 where there is none."""
    rest = matrix.astype(np.float64)
    rest[np.arange(len(slots)), slots] = 0
    best: FloatArray = rest.max(axis=1)
    return best


def doubt(matrix: AnyArray, slots: IntArray) -> FloatArray:
    """(N,) the sum at the other columns of each row: 1 - p[given] without the rounding near 0."""
    rest = matrix.astype(np.float64)
    rest[np.arange(len(slots)), slots] = 0
    total: FloatArray = rest.sum(axis=1)
    return total


def odds_against(matrix: AnyArray, slots: IntArray) -> FloatArray:
    """(N,) log-odds against one column of each row: tells apart what rounds to 0 or 1 as a probability."""
    return np.log(np.maximum(doubt(matrix, slots), 1e-40)) - np.log(
        np.maximum(at_slots(matrix, slots), 1e-40)
    )


def softmax(logits: FloatMatrix) -> FloatMatrix:
    """Rows to probabilities; works in place."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits
