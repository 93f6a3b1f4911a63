"""Relations of a row to its neighbours: rows that are alike support each other's labels, or contest them."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.candidates import row_blocks, scattered
from labelaudit.types import AnyArray, FloatArray

TEMPERATURE = 4


def mean_relations(
    neighbors: AnyArray,
    cosines: AnyArray,
    labels: AnyArray,
    top_classes: AnyArray,
    top_probs: AnyArray,
    n_classes: int,
) -> FloatArray:
    """Average each row's signed relations to its neighbours.

    r_ij = (2 [y_i = y_j] - 1) (max(0, cos_ij) (P_i . P_j))^4: rows that are alike to the embeddings and to
    the model ought to share a label (Kim, Yun, Song 2023, "Neural Relation Graph", section 3; the power is
    their code's). They sum over all rows, and once more with the signs of very suspicious rows turned; here
    it is the neighbours, and once, for the second round was measured to change little.

    Args:
        neighbors: (N, k) row numbers.
        cosines: (N, k) of the angles between the embeddings, in [-1, 1].
        labels: (N,) in 0..K-1.
        top_classes: (N, t) the most probable classes of each row.
        top_probs: (N, t) their probabilities; all others count as 0.
        n_classes: K.

    Returns:
        (N,) float64 in [-1, 1], low is suspicious; 0 without neighbours.

    Example:
        >>> neighbors, cosines = np.array([[1, 2], [0, 2], [0, 1]]), np.ones((3, 2))
        >>> classes, probs = np.array([[0, 1]] * 3), np.array([[1.0, 0.0]] * 3)
        >>> mean_relations(neighbors, cosines, np.array([0, 0, 1]), classes, probs, 2)
        array([ 0.,  0., -1.])
    """
    n_rows, k = neighbors.shape
    means = np.empty(n_rows)
    for rows in row_blocks(n_rows, max(n_classes, k * top_classes.shape[1])):
        near = neighbors[rows]
        own = scattered(rows, top_classes, top_probs, n_classes)
        places = np.arange(len(near))[:, None, None]
        agreements = (own[places, top_classes[near]] * top_probs[near]).sum(axis=2)
        strengths = (np.maximum(cosines[rows], 0) * agreements) ** TEMPERATURE
        same = labels[near] == labels[rows, None]
        means[rows] = np.where(same, strengths, -strengths).sum(axis=1) / max(1, k)
    return np.clip(means, -1, 1)


def neighbor_cosines(neighbors: AnyArray, distances: AnyArray, vectors: AnyArray, *, metric: str) -> AnyArray:
    """(N, k) float32: the cosine of each row with its neighbours.

    Args:
        neighbors: (N, k) row numbers.
        distances: (N, k) between the vectors.
        vectors: (N, p), of length 1 if the metric is "cosine"; else around 0, as standardised columns are.
        metric: "cosine" or "euclidean".

    Returns:
        In [-1, 1]; 0 where a vector has no direction.

    Example:
        >>> neighbors, vectors = np.array([[1], [0]]), np.array([[3.0, 0.0], [3.0, 4.0]])
        >>> neighbor_cosines(neighbors, np.full((2, 1), 4.0), vectors, metric="euclidean")
        array([[0.6],
               [0.6]], dtype=float32)
    """
    cosines = np.empty(neighbors.shape, dtype=np.float32)
    if metric == "cosine":
        np.subtract(1, distances.astype(np.float64) ** 2 / 2, out=cosines, casting="same_kind")
        return np.clip(cosines, -1, 1)
    lengths = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    directions = vectors / np.maximum(lengths, 1e-12)
    for rows in row_blocks(len(vectors), neighbors.shape[1] * vectors.shape[1]):
        cosines[rows] = np.einsum("ip,ikp->ik", directions[rows], directions[neighbors[rows]])
    return np.clip(cosines, -1, 1)
