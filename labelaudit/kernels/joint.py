"""Class thresholds, the confident joint and the noise matrices.

Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels" (JAIR 2021),
section 3.1, with cleanlab 2.9's details, so that the numbers agree with it to the last count.
"""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.fixed_point import UNIT, sum_by_class
from labelaudit.kernels.stretches import stretches
from labelaudit.types import (
    AnyArray,
    ClassSums,
    ConfidentJoint,
    FloatArray,
    FloatMatrix,
    IntArray,
    RowView,
)

THRESHOLD_SLACK = 1e-6
LOWEST_THRESHOLD = 2e-6
NEVER = 2.0
"""The threshold of a class without rows: no probability reaches it."""
HIGHEST_NOISE_RATE = 0.9999
TINY = 1e-100

NOT_CONFIDENT = -1


def class_sums(view: RowView, n_classes: int) -> ClassSums:
    """Count the rows of each given class and add up their self-confidences."""
    return ClassSums(
        counts=np.bincount(view.given, minlength=n_classes).astype(np.int64),
        sums=sum_by_class(view.self_confidence, view.given, n_classes),
    )


def class_thresholds(sums: ClassSums) -> FloatArray:
    """The mean self-confidence of each class: what counts as confident for it (equation 2).

    Args:
        sums: counts and sums of self-confidence of the K classes.

    Returns:
        (K,) float64 in [2e-6, 1]; 2 for a class without rows.

    Example:
        >>> class_thresholds(ClassSums(counts=np.array([2, 0]), sums=np.array([3 << 31, 0])))
        array([0.75, 2.  ])
    """
    means = sums.sums * UNIT / np.maximum(sums.counts, 1)
    thresholds: FloatArray = np.maximum(np.where(sums.counts > 0, means, NEVER), LOWEST_THRESHOLD)
    return thresholds


def settled_classes(view: RowView, thresholds: FloatMatrix, stratum: AnyArray) -> tuple[IntArray, AnyArray]:
    """The confident class of each row whose strongest class passes its threshold.

    Such a row is counted at its strongest class under both collision rules, whatever other classes
    pass; only the remaining rows need their probabilities read again.

    Args:
        view: (N,) rows.
        thresholds: (strata, K).
        stratum: (N,) the stratum of each row.

    Returns:
        (N,) class or NOT_CONFIDENT, and (N,) bool: settled.
    """
    predicted = view.predicted.astype(np.int64)
    top = np.maximum(view.self_confidence, view.rival_prob)
    settled = top >= thresholds[stratum, predicted] - THRESHOLD_SLACK
    return np.where(settled, predicted, NOT_CONFIDENT), settled


def confident_classes(pred_probs: AnyArray, thresholds: FloatArray, collision: str) -> IntArray:
    """The class in which the model is confident, row by row.

    Where several classes pass their thresholds, the paper takes the most probable of these; cleanlab
    takes the most probable of all classes, even one that does not pass (cleanlab issue 1248).

    Args:
        pred_probs: (n, K) clean probabilities.
        thresholds: (K,) as from `class_thresholds`.
        collision: "cleanlab" or "paper".

    Returns:
        (n,) int64 class, NOT_CONFIDENT where none passes.

    Example:
        >>> row, thresholds = np.array([[0.5, 0.3, 0.2]]), np.array([0.9, 0.3, 0.2])
        >>> confident_classes(row, thresholds, "cleanlab"), confident_classes(row, thresholds, "paper")
        (array([0]), array([1]))
    """
    passing = pred_probs >= thresholds - THRESHOLD_SLACK
    if collision == "paper":
        best = np.where(passing, pred_probs, -1.0).argmax(axis=1)
        return np.where(passing.any(axis=1), best, NOT_CONFIDENT)
    n_passing = passing.sum(axis=1)
    chosen = np.where(n_passing > 1, pred_probs.argmax(axis=1), passing.argmax(axis=1))
    return np.where(n_passing > 0, chosen, NOT_CONFIDENT)


def count_joint(given: AnyArray, confident: AnyArray, n_classes: int) -> IntArray:
    """Count (given label, confident class) pairs; (K, K), without the rows that are not confident."""
    counts = np.zeros(n_classes**2, dtype=np.int64)
    for rows in stretches(len(given)):
        sure = confident[rows] != NOT_CONFIDENT
        np.add.at(counts, given[rows][sure].astype(np.int64) * n_classes + confident[rows][sure], 1)
    return counts.reshape(n_classes, n_classes)


def confident_joint(counted: IntArray, sums: ClassSums) -> ConfidentJoint:
    """Everything that follows from the counted joint.

    Args:
        counted: (K, K) from `count_joint`, given labels by rows.
        sums: the class counts and sums of self-confidence.

    Returns:
        The joint raw (diagonal at least 1), calibrated to the class counts, normalised; both noise matrices.
    """
    raw = counted.copy()
    np.fill_diagonal(raw, np.maximum(raw.diagonal(), 1))
    calibrated = calibrate(raw, sums.counts)
    noise, inverse = noise_matrices(calibrated)
    return ConfidentJoint(
        thresholds=class_thresholds(sums),
        raw=raw,
        calibrated=calibrated,
        joint=calibrated / max(float(calibrated.sum()), TINY),
        noise_matrix=noise,
        inverse_noise_matrix=inverse,
    )


def calibrate(raw: IntArray, counts: IntArray) -> IntArray:
    """Scale each row of the joint to the number of rows with that given label (equation 3).

    Args:
        raw: (K, K) counts, diagonal at least 1.
        counts: (K,) rows of each given class.

    Returns:
        (K, K) int64 whose rows sum to `counts`.

    Example:
        >>> calibrate(np.array([[8, 2], [1, 4]]), np.array([20, 10]))
        array([[16,  4],
               [ 2,  8]])
    """
    # The order of the operations, and of the cells in memory, is cleanlab's, so that the roundings are.
    raw = np.asfortranarray(raw)
    scaled = (raw.T / np.clip(raw.sum(axis=1), TINY, None) * counts).T
    scaled = scaled / np.clip(np.sum(scaled), TINY, None) * counts.sum()
    return round_keeping_row_totals(scaled)


def noise_matrices(calibrated: IntArray) -> tuple[FloatMatrix, FloatMatrix]:
    """P(given | true) with columns that sum to 1, and P(true | given) with rows that sum to 1.

    Both have given labels by rows. Off-diagonal rates are at most 0.9999, as in cleanlab.
    """
    counts = calibrated.astype(np.float64)
    noise = counts / np.clip(counts.sum(axis=0), TINY, None)
    inverse = counts.T / np.clip(counts.sum(axis=1), TINY, None)
    return _clipped_columns(noise), _clipped_columns(inverse).T


def _clipped_columns(rates: FloatMatrix) -> FloatMatrix:
    diagonal = rates.diagonal().copy()
    clipped = np.clip(rates, 0, HIGHEST_NOISE_RATE)
    np.fill_diagonal(clipped, diagonal)
    result: FloatMatrix = clipped / np.clip(clipped.sum(axis=0), TINY, None)
    return result


def round_keeping_row_totals(matrix: FloatMatrix) -> IntArray:
    """Round every cell to an integer so that each row keeps its rounded total.

    What is missing goes to the cells with the largest remainders; of equal remainders the later cell
    gives or takes first when adding, the earlier one when taking away (cleanlab's order, made stable).

    Example:
        >>> round_keeping_row_totals(np.array([[0.5, 0.5, 1.0]]))
        array([[0, 1, 1]])
    """
    rounded = matrix.round()
    totals = matrix.sum(axis=1).round()
    for row in np.flatnonzero(np.abs(rounded.sum(axis=1).round() - totals) > 0):
        _settle(matrix[row], rounded[row], float(totals[row]))
    return rounded.astype(np.int64)


def _settle(values: FloatArray, rounded: FloatArray, total: float) -> None:
    """Change `rounded` in place, one step a cell at most a turn, until it sums to `total`."""
    missing = total - float(rounded.sum().round())
    while missing:
        step = 1 if missing > 0 else -1
        n_changes = min(int(abs(missing)), len(values))
        rounded[np.argsort(values - rounded, kind="stable")[::-step][:n_changes]] += step
        missing = total - float(rounded.sum().round())
