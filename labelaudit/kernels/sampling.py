"""A probability sample of all rows: the decisions from which the number of errors is told."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.draws import uniforms
from labelaudit.types import FloatArray, HashArray, IntArray

FLOOR = 0.05
"""Of the weights: rows that look certain are drawn too, else nobody would learn of errors among them."""

_TIES, _START, _QUEUE = 0x51, 0x52, 0x53  # streams of `uniforms`


def inclusion_probabilities(p_error: FloatArray, n: int) -> FloatArray:
    """How likely each row is to be drawn: proportional to sqrt(p (1 - p)) + 0.05, at most 1.

    The rows of whose label least is known are drawn most, as Neyman's allocation has it (Neyman 1934,
    section 5; the floor as in the SCORING notes, section 5).

    Args:
        p_error: (N,) in [0, 1].
        n: rows to draw, at most N.

    Returns:
        (N,) in (0, 1], summing to n.

    Example:
        >>> inclusion_probabilities(np.array([0.0, 0.5, 0.5, 0.0]), 2).round(3)
        array([0.083, 0.917, 0.917, 0.083])
    """
    weights = np.sqrt(np.clip(p_error, 0, 1) * np.clip(1 - p_error, 0, 1)) + FLOOR
    certain = np.zeros(len(weights), dtype=np.bool_)
    while True:
        rest = weights[~certain]
        share = (n - int(certain.sum())) / rest.sum() if len(rest) else 0.0
        found = np.where(certain, 1.0, np.minimum(weights * share, 1.0))
        over = ~certain & (weights * share >= 1)
        if not over.any():
            return found
        certain |= over


def draw_sample(p_error: FloatArray, n: int, keys: HashArray, seed: int) -> tuple[IntArray, FloatArray]:
    """Draw rows with known probabilities: systematically along `p_error`, so that all of its range is there.

    The rows are drawn by the seed and their keys alone, wherever they stand (systematic sampling with unequal
    probabilities, Madow 1949). The order returned is random too: whoever stops half-way has still reviewed
    a sample.

    Args:
        p_error: (N,) in [0, 1]; 1 - label quality where an audit has none.
        n: rows to draw; all rows where there are no more.
        keys: (N,) what makes a row itself: its fingerprint.
        seed: the user's.

    Returns:
        (n,) rows in the order in which to review them; (n,) the probability with which each was drawn.

    Example:
        >>> p_error = np.array([0.01, 0.02, 0.4, 0.6, 0.03, 0.9])
        >>> rows, draw_prob = draw_sample(p_error, 3, np.arange(6, dtype=np.uint64), 0)
        >>> sorted(rows.tolist()), [round(p, 2) for p in draw_prob[np.argsort(rows)].tolist()]
        ([1, 2, 3], [0.29, 0.81, 0.81])
    """
    chances = inclusion_probabilities(p_error, min(n, len(p_error)))
    order = np.lexsort((uniforms(keys, seed, _TIES), p_error))
    start = uniforms(np.bitwise_xor.reduce(keys, keepdims=True), seed, _START)[0]
    # Each row owns a stretch as long as its chance; points one apart hit those that are drawn.
    ends = np.floor(np.cumsum(chances[order]) + start).astype(np.int64)
    ends[-1] = min(n, len(p_error))  # what rounding of the sum would lose
    drawn = order[np.diff(ends, prepend=0) > 0]
    rows = drawn[np.argsort(uniforms(keys[drawn], seed, _QUEUE), kind="stable")]
    return rows, chances[rows]
