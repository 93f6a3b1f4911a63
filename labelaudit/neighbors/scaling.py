"""What makes columns or rows of embeddings comparable, a block at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from labelaudit.neighbors.points import row_blocks
from labelaudit.types import AnyArray, BoolArray, FloatArray, FloatMatrix, IntArray


class Scaling(Protocol):
    """Turns rows of embeddings into vectors whose Euclidean distance means something."""

    def scaled(self, rows: AnyArray) -> FloatMatrix:
        """(b, p) float64, of a block of rows (b, d)."""
        ...

    def finished(self, vectors: FloatMatrix) -> FloatMatrix:
        """(b, q) scaled vectors after a projection, as they are to be compared."""
        ...


class Cosine:
    """Rows of length 1, so that the distance follows the angle; rows of zeros stay zeros.

    Args:
        embeddings: (n, d) all rows.
        columns: (p,) numbers of the columns that take part.
    """

    def __init__(self, embeddings: AnyArray, columns: IntArray) -> None:
        self.columns = columns

    def scaled(self, rows: AnyArray) -> FloatMatrix:
        """(b, p) rows of length 1."""
        return unit_rows(rows[:, self.columns].astype(np.float64))

    def finished(self, vectors: FloatMatrix) -> FloatMatrix:
        """(b, q) of length 1 again."""
        return unit_rows(vectors)


class Euclidean:
    """Columns of mean 0 and standard deviation 1, so that no column's unit outweighs the others'.

    Args:
        embeddings: (n, d) all rows.
        columns: (p,) numbers of the columns that take part.
    """

    def __init__(self, embeddings: AnyArray, columns: IntArray) -> None:
        self.columns = columns
        self.means = column_means(embeddings, columns, lambda values: values)
        self.deviations = np.sqrt(
            column_means(embeddings, columns, lambda values: (values - self.means) ** 2)
        )
        self.deviations[self.deviations == 0] = 1  # of a single row

    def scaled(self, rows: AnyArray) -> FloatMatrix:
        """(b, p) in standard deviations from the mean."""
        standardised: FloatMatrix = (rows[:, self.columns] - self.means) / self.deviations
        return standardised

    def finished(self, vectors: FloatMatrix) -> FloatMatrix:
        """(b, q) unchanged: a projection keeps what distances it can."""
        return vectors


def unit_rows(vectors: FloatMatrix) -> FloatMatrix:
    """(b, p) the rows divided by their lengths; a row of zeros stays.

    Example:
        >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return vectors / np.where(lengths > 0, lengths, 1)[:, None]


def column_means(
    embeddings: AnyArray, columns: IntArray, of: Callable[[FloatMatrix], FloatMatrix]
) -> FloatArray:
    """(p,) means of a function of the values, added up block by block in float64."""
    sums = np.zeros(len(columns))
    for rows in row_blocks(*embeddings.shape):
        sums += of(embeddings[rows][:, columns].astype(np.float64)).sum(axis=0)
    return sums / len(embeddings)


def varying_columns(embeddings: AnyArray) -> BoolArray:
    """(d,) whether a column has more than one value; true of a single row, where nobody can tell."""
    varies: BoolArray = np.full(embeddings.shape[1], len(embeddings) == 1)
    for rows in row_blocks(*embeddings.shape):
        varies |= (embeddings[rows] != embeddings[0]).any(axis=0)
    return varies
