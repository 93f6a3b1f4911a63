"""What a row of probabilities must be, and the mend of small lapses (contract, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.types import AnyArray, FloatArray, FloatMatrix

LOWEST, HIGHEST = -1e-6, 1 + 1e-3
SUM_TOLERANCE = 1e-2 + 1e-6  # a sum of 0.99 is within, whatever its last bits
EXACT_SUM = 1e-6
"""Rows in [0, 1] whose sum is this close to 1 are left as they are, bit for bit."""

FINE, MENDED, NON_FINITE, NOT_PROBABILITIES = range(4)
"""The verdicts on a row, in the order of badness; from NON_FINITE on the row is unusable."""

BLOCK = 1 << 18
"""Elements handled at a time: few enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class CleanRows:
    """Rows made fit for scoring, with the verdict on each."""

    pred_probs: AnyArray  # (n, K) float32 or float64; a fresh copy; unusable rows are uniform
    verdicts: AnyArray  # (n,) uint8, one of the four verdicts


def row_sums(pred_probs: AnyArray) -> FloatArray:
    """(n,) float64 sums. Each row is summed by itself, so a row's sum never depends on its neighbours."""
    with np.errstate(invalid="ignore"):  # inf - inf: the row is told as not finite
        sums: FloatArray = np.ascontiguousarray(pred_probs).sum(axis=1, dtype=np.float64)
    return sums


def clean_rows(pred_probs: AnyArray) -> CleanRows:
    """Check rows of probabilities; clip and renormalise those that are slightly off.

    Args:
        pred_probs: (n, K) float32 or float64, as read.

    Returns:
        A copy with the verdicts. Rows within [0, 1] and 1e-6 of sum 1 pass bit for bit, in their own
        precision; when any row needs a mend the whole copy is float64.

    Example:
        >>> clean_rows(np.array([[0.5, 0.5], [0.25, 0.7501], [np.nan, 1.0]])).verdicts
        array([0, 1, 2], dtype=uint8)
    """
    sums = row_sums(pred_probs)
    # All three say "inside", so that a nan fails them.
    inside = (
        (np.abs(sums - 1) <= EXACT_SUM) & (pred_probs.min(axis=1) >= 0) & (pred_probs.max(axis=1) <= 1)
        if not _all_inside(pred_probs, sums)
        else None
    )
    if inside is None:
        return CleanRows(pred_probs.copy(), np.zeros(len(pred_probs), dtype=np.uint8))
    mended = pred_probs.astype(np.float64)
    verdicts = np.zeros(len(pred_probs), dtype=np.uint8)
    off = np.flatnonzero(~inside)
    verdicts[off] = _verdicts(mended[off], sums[off])
    mended[verdicts >= NON_FINITE] = 1 / pred_probs.shape[1]
    small = np.flatnonzero(verdicts == MENDED)
    mended[small] = renormalised(mended[small])
    return CleanRows(mended, verdicts)


def renormalised(pred_probs: FloatMatrix) -> FloatMatrix:
    """Clip rows to [0, 1] and divide them by their sums."""
    clipped = np.clip(pred_probs, 0.0, 1.0)
    result: FloatMatrix = clipped / clipped.sum(axis=1, keepdims=True)
    return result


def _all_inside(pred_probs: AnyArray, sums: FloatArray) -> bool:
    # Read as unsigned integers, the bits of 0..1 are those up to the bits of 1: what is negative, above 1
    # or nan has larger ones. So the usual case costs a single reduction. (-0.0 takes the slow path.)
    bits = np.dtype(f"u{pred_probs.itemsize}")
    one = np.ones((), pred_probs.dtype).view(bits)
    return bool(pred_probs.view(bits).max() <= one and (np.abs(sums - 1) <= EXACT_SUM).all())


def _verdicts(rows: FloatMatrix, sums: FloatArray) -> AnyArray:
    finite = np.isfinite(rows).all(axis=1)
    lawful = (
        (rows.min(axis=1) >= LOWEST) & (rows.max(axis=1) <= HIGHEST) & (np.abs(sums - 1) <= SUM_TOLERANCE)
    )
    return np.where(finite, np.where(lawful, MENDED, NOT_PROBABILITIES), NON_FINITE).astype(np.uint8)
