"""cleanlab as the oracle: what confident learning must give, with ties in row order.

cleanlab sorts with numpy's default argsort, whose order among ties depends on the
processor. Here its modules see a numpy whose argsort is stable, so that ties go by
row; labelaudit's rule is the same, and masks can be compared exactly:

    >>> labels = np.array([0, 0, 0, 1, 1, 1])
    >>> p = np.array([0.9, 0.8, 0.1, 0.1, 0.3, 0.8])
    >>> result = oracle(labels, np.column_stack([p, 1 - p]))
    >>> result.confident_joint
    array([[2, 1],
           [1, 2]])
    >>> result.masks["prune-by-noise-rate"]
    array([False, False,  True, False, False,  True])
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cleanlab.count
import cleanlab.filter
import cleanlab.internal.util
import cleanlab.rank
import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
ProbMatrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]

FILTERS = {
    "prune-by-noise-rate": "prune_by_noise_rate",
    "prune-by-class": "prune_by_class",
    "both": "both",
    "confident-learning": "confident_learning",
    "predicted-neq-given": "predicted_neq_given",
    "low-normalized-margin": "low_normalized_margin",
    "low-self-confidence": "low_self_confidence",
}
"""labelaudit's name of a filter -> cleanlab's `filter_by`."""

SCORES = {
    "self-confidence": "self_confidence",
    "normalized-margin": "normalized_margin",
    "entropy": "confidence_weighted_entropy",
}
"""labelaudit's name of a score -> cleanlab's `method`."""

SORTING_MODULES = (cleanlab.filter, cleanlab.count, cleanlab.internal.util, cleanlab.rank)

CONFIDENCE_SLACK = 1e-6
"""How far below its threshold cleanlab still calls a probability confident."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OracleResult:
    """What cleanlab makes of one dataset."""

    thresholds: FloatArray  # (K,) mean self-confidence, floored at 2e-6; 2 where a class has no rows
    raw_confident_joint: IntArray  # (K, K) counts [given, true], diagonal at least 1
    confident_joint: IntArray  # (K, K) the same, calibrated to the class counts and rounded
    joint: FloatArray  # (K, K) calibrated, sums to 1
    noise_matrix: FloatArray  # (K, K) P(given | true) at [given, true], columns sum to 1
    inverse_noise_matrix: FloatArray  # (K, K) P(true | given) at [true, given], columns sum to 1
    masks: dict[str, BoolArray]  # by labelaudit's filter name
    scores: dict[str, FloatArray]  # by labelaudit's score name, low is suspicious


class StableNumpy:
    """numpy, but for an argsort that keeps ties in order."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def argsort(self, values: npt.ArrayLike, axis: int = -1) -> npt.NDArray[np.intp]:
        """Order of the values, ties by position."""
        return np.argsort(values, axis=axis, kind="stable")


@contextmanager
def stable_cleanlab() -> Iterator[None]:
    """Let cleanlab's own modules, and no others, sort stably within the block."""
    originals = [module.np for module in SORTING_MODULES]
    for module in SORTING_MODULES:
        module.np = StableNumpy()
    try:
        yield
    finally:
        for module, original in zip(SORTING_MODULES, originals, strict=True):
            module.np = original


@contextmanager
def silence() -> Iterator[None]:
    """cleanlab warns of small classes, numpy of classes without rows; the oracle is asked on purpose."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def oracle(labels: IntArray, pred_probs: ProbMatrix) -> OracleResult:
    """Everything cleanlab says about a dataset, with ties in row order.

    Args:
        labels: (N,) in 0..K-1, at least two classes present.
        pred_probs: (N, K) in [0, 1], rows sum to 1. float32 stays float32, as cleanlab keeps it:
            its thresholds are then means in float32.
    """
    with silence(), stable_cleanlab():
        confident_joint = cleanlab.count.compute_confident_joint(labels, pred_probs, calibrate=True)
        _, noise_matrix, inverse_noise_matrix = cleanlab.count.estimate_latent(confident_joint, labels)
        return OracleResult(
            thresholds=cleanlab.count.get_confident_thresholds(labels, pred_probs),
            raw_confident_joint=cleanlab.count.compute_confident_joint(labels, pred_probs, calibrate=False),
            confident_joint=confident_joint,
            joint=cleanlab.count.estimate_joint(labels, pred_probs, confident_joint=confident_joint),
            noise_matrix=noise_matrix,
            inverse_noise_matrix=inverse_noise_matrix,
            masks=plain_masks(labels, pred_probs),
            scores={
                name: cleanlab.rank.get_label_quality_scores(labels, pred_probs, method=method)
                for name, method in SCORES.items()
            },
        )


def plain_masks(labels: IntArray, pred_probs: ProbMatrix) -> dict[str, BoolArray]:
    """Flags of cleanlab by labelaudit's filter names, its argsort left alone.

    They may differ from those of `oracle` although no two probabilities are alike: the counts
    that cleanlab rounds to keep the row totals have ties of their own.
    """
    with silence():
        return {
            name: cleanlab.filter.find_label_issues(labels, pred_probs, filter_by=filter_by, n_jobs=1)
            for name, filter_by in FILTERS.items()
        }


def paper_confident_joint(labels: IntArray, pred_probs: ProbMatrix, thresholds: FloatArray) -> IntArray:
    """Count the raw confident joint by the collision rule of Northcutt et al. 2021.

    Where several classes pass their thresholds the paper takes the most probable of those;
    cleanlab takes the most probable of all, which need not have passed. Slack and
    diagonal are cleanlab's, so that only the rule differs.

    Args:
        labels: (N,) in 0..K-1.
        pred_probs: (N, K).
        thresholds: (K,) as in `OracleResult`.

    Returns:
        (K, K) counts [given, true], diagonal at least 1.

    Example:
        >>> thresholds = np.array([0.7, 0.2, 0.1])
        >>> paper_confident_joint(np.array([0, 0]), np.array([[0.6, 0.3, 0.1]] * 2), thresholds)
        array([[1, 2, 0],
               [0, 1, 0],
               [0, 0, 1]])
    """
    n_classes = len(thresholds)
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    for given, probs in zip(labels, pred_probs, strict=True):
        passing = [j for j in range(n_classes) if probs[j] >= thresholds[j] - CONFIDENCE_SLACK]
        if passing:
            counts[given, max(passing, key=lambda j: probs[j])] += 1
    np.fill_diagonal(counts, np.maximum(counts.diagonal(), 1))
    return counts
