"""MIX: what was the true class, when labels are given by way of a noise matrix that must be learned too?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.candidates import row_blocks, softmax
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, Frozen, IntArray

ROUNDS = 5
SHARPNESS = 10
"""How many given labels a pooled opinion is worth as evidence of its class' profile."""
SMALLEST_DIAGONAL = 0.3
"""A class whose labels are wrong more often than that could not be told from another one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture(Frozen):
    """How the labels of each true class come about."""

    shares: FloatArray  # (K,) of the true classes
    profiles: FloatMatrix  # (K, K) mean opinion on rows of a true class
    noise: FloatMatrix  # (K, K) P(given | true), rows are true classes


def fit_mixture(opinion: AnyArray, candidates: AnyArray, given: AnyArray, n_classes: int) -> Mixture:
    """Learn the noise matrix and the true classes' profiles by expectation maximisation.

    Five rounds from q = opinion^2 (ten rank a little worse): M[z] is the mean opinion of class z, r_i(z)
    prop. to pi_z exp(10 sum_c Q_i(c) log M[z, c]), T[z, g] the labels of class z, q_i(z) prop. to
    r_i(z) T[z, y_i]. Each row of M and T is shrunk by its own weight to the diagonal, which stays at
    least 0.3.

    Args:
        opinion: (n, m) pooled probabilities of the candidates.
        candidates: (n, m) class numbers.
        given: (n,) class numbers.
        n_classes: K.
    """
    belief = opinion.astype(np.float64) ** 2
    belief /= belief.sum(axis=1, keepdims=True)
    for _ in range(ROUNDS):
        sums = _class_totals(candidates, belief, n_classes)
        profiles = _diagonal_kept(_products(candidates, belief, opinion, n_classes) + np.diag(sums))
        blank = Mixture(shares=sums / sums.sum(), profiles=profiles, noise=np.eye(n_classes))
        before = true_classes(blank, opinion, candidates)
        counts = np.bincount(
            (candidates * np.int64(n_classes) + given[:, None]).ravel(),
            weights=before.ravel(),
            minlength=n_classes**2,
        )
        labels: FloatMatrix = counts.astype(np.float64).reshape(n_classes, n_classes)
        noise = _diagonal_kept(labels + np.diag(sums))
        belief = before * noise[candidates, given[:, None]]
        belief /= np.maximum(belief.sum(axis=1, keepdims=True), 1e-300)
    return Mixture(shares=blank.shares, profiles=profiles, noise=noise)


def true_classes(mixture: Mixture, opinion: AnyArray, candidates: AnyArray) -> FloatMatrix:
    """(n, m) probability of each candidate as the true class, before the given label is looked at."""
    n_rows, width = candidates.shape
    logs = np.log(np.maximum(mixture.profiles, 1e-12))
    priors = np.log(np.maximum(mixture.shares, 1e-12))
    if candidates.strides[0] == 0:
        return softmax(SHARPNESS * (opinion.astype(np.float64) @ logs.T) + priors)
    found = np.empty((n_rows, width))
    for rows in row_blocks(n_rows, width * width):
        classes = candidates[rows]
        fits = np.einsum("izc,ic->iz", logs[classes[:, :, None], classes[:, None, :]], opinion[rows])
        found[rows] = softmax(SHARPNESS * fits + priors[classes])
    return found


def believed(mixture: Mixture, before: AnyArray, candidates: AnyArray, given: AnyArray) -> FloatMatrix:
    """(n, m) probability of each candidate as the true class, the given label counted in."""
    belief: FloatMatrix = before * mixture.noise[candidates, given[:, None]]
    belief /= np.maximum(belief.sum(axis=1, keepdims=True), 1e-300)
    return belief


def _class_totals(candidates: AnyArray, values: FloatMatrix, n_classes: int) -> FloatArray:
    totals = np.bincount(candidates.ravel(), weights=values.ravel(), minlength=n_classes)
    return totals.astype(np.float64, copy=False)


def _products(candidates: AnyArray, left: FloatMatrix, right: AnyArray, n_classes: int) -> FloatMatrix:
    """(K, K) sum over rows of left[z] right[c]."""
    if candidates.strides[0] == 0:
        return left.T @ right.astype(np.float64)
    from scipy.sparse import csr_array

    n_rows, width = candidates.shape
    starts: IntArray = np.arange(0, n_rows * width + 1, width)
    shape = (n_rows, n_classes)
    columns = candidates.ravel()
    one = csr_array((left.ravel(), columns, starts), shape=shape)
    other = csr_array((right.ravel().astype(np.float64), columns, starts), shape=shape)
    product: FloatMatrix = (one.T @ other).toarray()
    return product


def _diagonal_kept(matrix: FloatMatrix) -> FloatMatrix:
    """Rows that sum to 1, their diagonal at least `SMALLEST_DIAGONAL`."""
    matrix = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-300)
    own = matrix.diagonal().copy()
    low = own < SMALLEST_DIAGONAL
    rest = np.maximum(1 - own[low], 1e-12)
    matrix[low] *= ((1 - SMALLEST_DIAGONAL) / rest)[:, None]
    matrix[low, np.flatnonzero(low)] = SMALLEST_DIAGONAL
    return matrix
