"""What the neighbours of a row say of its label."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.candidates import row_blocks, scattered
from labelaudit.types import AnyArray, FloatArray

COPY_DISTANCE = 0.01
"""Between unit vectors: a cosine of 0.99995."""
FEWEST_CROWD = 10
"""So many rows at no distance are no copies but a coarse feature space, where rows are easily alike."""


def vote_weights(
    neighbors: AnyArray, distances: AnyArray, labels: AnyArray, *, metric: str, scale: float = 2.0
) -> AnyArray:
    """How much each neighbour's label counts: exp(-(scale d / d_k)^2 / 2).

    A near-duplicate that carries the same label is left out: a copy that repeats a wrong label vouches for
    it. That holds between unit vectors only, and where fewer than ten neighbours are that near.

    Args:
        neighbors: (N, k) row numbers, nearest first.
        distances: (N, k) their distances.
        labels: (N,) the labels that vote.
        metric: "cosine" (distances between unit vectors) or "euclidean".
        scale: 0 gives every neighbour one vote.

    Returns:
        (N, k) float32, 0 to 1.

    Example:
        >>> near, far = np.array([[1, 2]] * 3), np.array([[1.0, 2.0]] * 3)
        >>> vote_weights(near, far, np.array([0, 0, 1]), metric="euclidean").round(2)[0]
        array([0.61, 0.14], dtype=float32)
    """
    weights = np.empty(neighbors.shape, dtype=np.float32)
    for rows in row_blocks(*neighbors.shape):
        far = np.maximum(distances[rows, -1:], 1e-12) if neighbors.shape[1] else 1
        weights[rows] = np.exp(-((scale * distances[rows] / far) ** 2) / 2)
        if metric == "cosine":
            near = distances[rows] < COPY_DISTANCE
            near &= near.sum(axis=1, keepdims=True) < FEWEST_CROWD
            weights[rows][near & (labels[neighbors[rows]] == labels[rows, None])] = 0
    return weights


def vote_shares(
    neighbors: AnyArray,
    weights: AnyArray,
    labels: AnyArray,
    shares: FloatArray,
    candidates: AnyArray,
    *,
    trust: FloatArray | None = None,
    smoothing: float,
) -> AnyArray:
    """The weighted share of each candidate class among the neighbours, smoothed by the class shares.

    Args:
        neighbors: (N, k) row numbers.
        weights: (N, k) of `vote_weights`.
        labels: (N,) the labels that vote.
        shares: (K,) share of each class.
        candidates: (N, m) class numbers.
        trust: (N,) how far each row's label is believed; fully where left out.
        smoothing: pseudo-votes for `shares`, as a part of all votes.

    Returns:
        (N, m) float32; over all K classes each row would sum to 1.
    """
    n_classes = len(shares)
    found = np.empty(candidates.shape, dtype=np.float32)
    for rows in row_blocks(len(neighbors), max(n_classes, neighbors.shape[1])):
        near, here = neighbors[rows], weights[rows]
        if trust is not None:
            here = here * trust[near]
        dense = scattered(slice(None), labels[near], here, n_classes)
        dense /= np.maximum(dense.sum(axis=1, keepdims=True), 1e-12)
        smoothed = (dense + smoothing * shares) / (1 + smoothing)
        found[rows] = np.take_along_axis(smoothed, candidates[rows], axis=1)
    return found
