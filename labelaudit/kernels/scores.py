"""Label quality scores of single rows, as cleanlab defines them (cleanlab.rank), without its underflow."""

from __future__ import annotations

import numpy as np

from labelaudit.types import AnyArray, FloatArray, FloatMatrix, IntArray

SMALLEST_SELF_CONFIDENCE = 1e-6


def self_confidence(labels: IntArray, pred_probs: FloatMatrix) -> FloatArray:
    """Score each label by its own predicted probability.

    Args:
        labels: (N,) in 0..K-1, the given class of each row.
        pred_probs: (N, K), out-of-sample, rows sum to 1.

    Returns:
        (N,) float64 in [0, 1], low is suspicious.

    Example:
        >>> self_confidence(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
        array([0.9, 0.2])
    """
    scores: FloatArray = pred_probs[np.arange(len(labels)), labels].astype(np.float64)
    return scores


def normalized_margin(labels: IntArray, pred_probs: FloatMatrix) -> FloatArray:
    """Score each label by its lead over the strongest rival class.

    The lead p[given] - max(p[other]) is moved from [-1, 1] to [0, 1], so a low
    score marks a label the model would rather replace.

    Args:
        labels: (N,) int64 in 0..K-1, the given class of each row.
        pred_probs: (N, K) float64, out-of-sample, rows sum to 1, K >= 2.

    Returns:
        (N,) float64 in [0, 1], low is suspicious, in row order.

    Example:
        >>> normalized_margin(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
        array([0.9, 0.2])
    """
    rows = np.arange(len(labels))
    rivals = pred_probs.astype(np.float64)
    given = rivals[rows, labels]
    rivals[rows, labels] = -np.inf
    margins: FloatArray = (given - rivals.max(axis=1) + 1) / 2
    return margins


def confidence_weighted_entropy(labels: IntArray, pred_probs: FloatMatrix) -> FloatArray:
    """Score each label by the entropy of its row against its own probability.

    x = H(p) / log K / max(p[given], 1e-6), and the score is log(1 + x) / x: 1 for a certain right
    label, towards 0 for an unlikely one. cleanlab clips x at 1e-6 and takes log(x + 1) plainly, which
    underflows and puts the most certain rows first (SCORING notes, section 1); log1p does not.

    Args:
        labels: (N,) in 0..K-1, the given class of each row.
        pred_probs: (N, K), out-of-sample, rows sum to 1, K >= 2.

    Returns:
        (N,) float64 in [0, 1], low is suspicious.

    Example:
        >>> confidence_weighted_entropy(np.array([0, 1]), np.array([[1.0, 0.0], [0.8, 0.2]])).round(3)
        array([1.   , 0.423])
    """
    return entropy_scores(self_confidence(labels, pred_probs), pred_probs)


def entropy_scores(given_probs: FloatArray, pred_probs: AnyArray) -> FloatArray:
    """The confidence-weighted entropy, given the self-confidences (N,) in [0, 1]."""
    probs = pred_probs.astype(np.float64)
    # p log p is 0 at p = 0; the smallest normal number gives that without a warning.
    terms = probs * np.log(np.maximum(probs, np.finfo(np.float64).tiny))
    entropy = np.maximum(-terms.sum(axis=1) / np.log(probs.shape[1]), 0.0)
    ratio = entropy / np.maximum(given_probs, SMALLEST_SELF_CONFIDENCE)
    small = ratio < 1e-12  # the limit of log1p(x) / x is 1
    return np.where(small, 1.0, np.log1p(ratio) / np.where(small, 1.0, ratio))
