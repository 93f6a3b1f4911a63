"""A classifier on the embeddings that never saw the row it judges: kernel ridge regression, left one out.

Ridge regression on one-hot labels has its leave-one-out predictions in closed form (Allen 1974, PRESS): one
solve judges every row by a model of all others. Landmarks (Nystroem; Williams, Seeger 2001) make it a kernel
machine of a few hundred columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.candidates import row_blocks
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, Frozen, IntArray

LANDMARKS = 600
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Of the number of rows; the one with the least leave-one-out error on the given labels is taken."""
SAMPLED_PAIRS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KernelFeatures(Frozen):
    """Rows as similarities to landmarks, turned so that their scatter is diagonal."""

    columns: AnyArray  # (N, p) float32
    scatter: FloatArray  # (p,) sums of squares of the columns

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self.columns)


def kernel_features(vectors: AnyArray, order: IntArray) -> KernelFeatures:
    """Gaussian similarities to landmark rows, whitened, with a constant column.

    The width of the kernel is the median squared distance between sampled rows.

    Args:
        vectors: (N, d) float32, on one scale.
        order: (N,) rows in random order; the first `LANDMARKS` are the landmarks.

    Returns:
        (N, p) features, p <= LANDMARKS + 1.
    """
    marks = vectors[np.sort(order[:LANDMARKS])].astype(np.float64)
    some = marks[:SAMPLED_PAIRS]
    pairs = _squared_distances(some, some)
    off = pairs[np.triu_indices(len(some), 1)]
    median = float(np.median(off[off > 0])) if (off > 0).any() else 1.0
    values, turned = np.linalg.eigh(np.exp(-_squared_distances(marks, marks) / median))
    kept = values > 1e-4 * values[-1]
    turned = turned[:, kept] / np.sqrt(values[kept])
    columns = np.empty((len(vectors), turned.shape[1] + 1), dtype=np.float32)
    for rows in row_blocks(len(vectors), LANDMARKS):
        near = np.exp(-_squared_distances(vectors[rows].astype(np.float64), marks) / median)
        columns[rows, :-1] = near @ turned
        columns[rows, -1] = 1
    scatter, axes = np.linalg.eigh(_scatter(columns, None))
    for rows in row_blocks(len(vectors), columns.shape[1]):
        columns[rows] = columns[rows] @ axes
    return KernelFeatures(columns=columns, scatter=np.maximum(scatter, 0))


def best_penalty(features: KernelFeatures, given: AnyArray, n_classes: int) -> float:
    """The ridge penalty with the least squared leave-one-out error on the given labels.

    Args:
        features: from `kernel_features`.
        given: (N,) class numbers.
        n_classes: K.
    """
    sums = _class_sums(features, given, n_classes, None)
    errors = []
    for penalty in PENALTIES:
        shrunk = 1 / (features.scatter + penalty * features.n_rows)
        weights = shrunk[:, None] * sums
        total = 0.0
        for rows in row_blocks(features.n_rows, max(n_classes, len(shrunk))):
            block = features.columns[rows].astype(np.float64)
            left = np.maximum(1 - block**2 @ shrunk, 1e-6)
            miss = -(block @ weights)
            miss[np.arange(len(block)), given[rows]] += 1
            total += float(((miss / left[:, None]) ** 2).sum())
        errors.append(total)
    return PENALTIES[int(np.argmin(errors))] * features.n_rows


def left_out_shares(
    features: KernelFeatures,
    labels: AnyArray,
    shares: FloatArray,
    candidates: AnyArray,
    penalty: float,
    *,
    trust: FloatArray | None = None,
    smoothing: float,
) -> AnyArray:
    """What the other rows predict for each: (N, m) shares of the candidates, its own label left out.

    Args:
        features: from `kernel_features`.
        labels: (N,) the labels to learn from.
        shares: (K,) share of each class, for smoothing.
        candidates: (N, m) class numbers.
        penalty: ridge penalty.
        trust: (N,) weight of each row's label; 1 where left out.
        smoothing: weight of `shares` against a prediction that sums to 1.

    Returns:
        (N, m) float32, positive.
    """
    n_classes = len(shares)
    sums = _class_sums(features, labels, n_classes, trust)
    scatter = np.diag(features.scatter) if trust is None else _scatter(features.columns, trust)
    inverse = np.linalg.inv(scatter + penalty * np.eye(len(scatter)))
    weights = inverse @ sums
    found = np.empty(candidates.shape, dtype=np.float32)
    for rows in row_blocks(features.n_rows, max(n_classes, len(scatter))):
        block = features.columns[rows].astype(np.float64)
        own = ((block @ inverse) * block).sum(axis=1)
        if trust is not None:
            own *= trust[rows]
        dense = block @ weights
        at = np.arange(len(block)), labels[rows]
        dense[at] -= own
        dense /= np.maximum(1 - own, 1e-6)[:, None]
        np.maximum(dense, 0, out=dense)
        smoothed = (dense + smoothing * shares) / (dense.sum(axis=1, keepdims=True) + smoothing)
        found[rows] = np.take_along_axis(smoothed, candidates[rows], axis=1)
    return found


def _squared_distances(left: FloatMatrix, right: FloatMatrix) -> FloatMatrix:
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
    positive: FloatMatrix = np.maximum(squares, 0)
    return positive


def _scatter(columns: AnyArray, trust: FloatArray | None) -> FloatMatrix:
    width = columns.shape[1]
    total = np.zeros((width, width))
    for rows in row_blocks(len(columns), width):
        block = columns[rows].astype(np.float64)
        total += block.T @ (block if trust is None else block * trust[rows, None])
    return total


def _class_sums(
    features: KernelFeatures, labels: AnyArray, n_classes: int, trust: FloatArray | None
) -> FloatMatrix:
    """(p, K) sums of the features of each class."""
    from scipy.sparse import csr_array

    width = features.columns.shape[1]
    sums = np.zeros((n_classes, width))
    for rows in row_blocks(features.n_rows, width):
        here = labels[rows].astype(np.int64)
        weights = np.ones(len(here)) if trust is None else trust[rows]
        picks = csr_array((weights, here, np.arange(len(here) + 1)), shape=(len(here), n_classes))
        sums += picks.T @ features.columns[rows].astype(np.float64)
    return sums.T
