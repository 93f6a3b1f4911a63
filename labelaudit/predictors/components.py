"""Standardised embeddings, and their principal components where they are wide."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labelaudit.types import AnyArray, BoolArray, FloatArray, FloatMatrix, IntArray

MOST_COMPONENTS = 128
"""32 to 128 components cost no precision (SCORING notes, section 4)."""
BLOCK_ROWS = 4096


def components(embeddings: AnyArray, rows: IntArray) -> AnyArray:
    """Standardise each column; above 128 columns keep the 128 strongest principal components.

    Means and covariances are summed over blocks of `rows` in their order, so that neither the file's order
    nor its cut reaches a bit. No label takes part.

    Args:
        embeddings: (N, d) float32.
        rows: (n,) rows to learn from, all finite, in an order bound to their ids.

    Returns:
        (N, min(d, 128)) float32; zero outside `rows`.

    Example:
        >>> components(np.array([[1.0, 5.0], [3.0, 5.0]], dtype=np.float32), np.array([0, 1])).tolist()
        [[-1.0, 0.0], [1.0, 0.0]]
    """
    mean = sum((block.sum(axis=0) for block in _blocks(embeddings, rows)), _zeros(embeddings)) / len(rows)
    squares = sum((np.square(b - mean).sum(axis=0) for b in _blocks(embeddings, rows)), _zeros(embeddings))
    deviation = np.sqrt(squares / len(rows))
    scale = np.divide(1.0, deviation, out=_zeros(embeddings), where=deviation > 0)
    wide = embeddings.shape[1] > MOST_COMPONENTS
    directions = _strongest(embeddings, rows, mean, scale) if wide else None
    found: AnyArray = np.zeros((len(embeddings), min(embeddings.shape[1], MOST_COMPONENTS)), dtype=np.float32)
    for start in range(0, len(rows), BLOCK_ROWS):
        at = rows[start : start + BLOCK_ROWS]
        standardised = (embeddings[at].astype(np.float64) - mean) * scale
        found[at] = standardised if directions is None else standardised @ directions
    return found


def finite_rows(embeddings: AnyArray) -> BoolArray:
    """(N,) whether all numbers of a row are finite."""
    finite: BoolArray = np.ones(len(embeddings), dtype=bool)
    for start in range(0, len(embeddings), BLOCK_ROWS):
        finite[start : start + BLOCK_ROWS] = np.isfinite(embeddings[start : start + BLOCK_ROWS]).all(axis=1)
    return finite


def _strongest(embeddings: AnyArray, rows: IntArray, mean: FloatArray, scale: FloatArray) -> FloatMatrix:
    """(d, 128) the eigenvectors of the correlations with the largest eigenvalues."""
    from scipy.linalg import eigh

    n_columns = embeddings.shape[1]
    products = np.zeros((n_columns, n_columns))
    for block in _blocks(embeddings, rows):
        standardised = (block - mean) * scale
        products += standardised.T @ standardised
    _, vectors = eigh(products, subset_by_index=[n_columns - MOST_COMPONENTS, n_columns - 1])
    return np.asarray(vectors, dtype=np.float64)


def _blocks(embeddings: AnyArray, rows: IntArray) -> Iterator[FloatMatrix]:
    for start in range(0, len(rows), BLOCK_ROWS):
        yield embeddings[rows[start : start + BLOCK_ROWS]].astype(np.float64)


def _zeros(embeddings: AnyArray) -> FloatArray:
    return np.zeros(embeddings.shape[1])
