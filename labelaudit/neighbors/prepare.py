"""Embeddings made comparable: scaled, and narrowed where they are wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.errors import ConfigError, NoInformationError
from labelaudit.neighbors.components import MAX_COLUMNS, principal_axes
from labelaudit.neighbors.points import Vectors, row_blocks
from labelaudit.neighbors.scaling import Cosine, Euclidean, Scaling, varying_columns
from labelaudit.types import AnyArray, Frozen, IntArray

SCALINGS: dict[str, type[Cosine | Euclidean]] = {"cosine": Cosine, "euclidean": Euclidean}
"""The metrics by name."""

COSINE_ABOVE = 32
"""Columns above which embeddings are compared by angle. The share of the 10 nearest rows with the same true
label, cosine against standardised columns: 0.963 and 0.938 (64 pixels), 0.702 and 0.657 (80 of a network),
0.781 and 0.759 (64 of a table), a tie at 384 of a language model; the other way round 0.971 and 0.977 at 6
columns of a table, a tie at 16."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared(Frozen):
    """Vectors whose Euclidean distances are the graph's."""

    vectors: Vectors  # (N, p) float32, C-contiguous; of length 1 or 0 for cosine
    metric: str  # cosine or euclidean
    n_constant: int = 0  # columns dropped because all rows agree
    n_components: int | None = None  # of principal components, or None where columns were kept


def prepare(embeddings: AnyArray, *, metric: str | None = None, seed: int = 0) -> Prepared:
    """Scale embeddings, and keep 128 principal components of more than 128 columns.

    Columns in which all rows agree are dropped first. Rows are then scaled to length 1 (`cosine`) or columns
    to mean 0 and standard deviation 1 (`euclidean`). Everything is computed in float64 and rounded
    once, block by block, so that equal rows stay equal.

    Args:
        embeddings: (N, d) floats, finite, N >= 1.
        metric: cosine or euclidean; None: cosine above 32 columns, where they come from a model as a
            rule, else euclidean, for tables.
        seed: for the sample that components are learned from, above 65,536 rows.

    Returns:
        The prepared vectors.

    Raises:
        NoInformationError: all rows are the same.
        ConfigError: no such metric.

    Example:
        >>> prepared = prepare(np.array([[3.0, 4.0, 1.0], [0.0, 2.0, 1.0]]), metric="cosine")
        >>> prepared.vectors
        array([[0.6, 0.8],
               [0. , 1. ]], dtype=float32)
        >>> prepared.n_constant
        1
    """
    from threadpoolctl import threadpool_limits

    columns = informative_columns(embeddings)
    metric = metric or ("cosine" if embeddings.shape[1] > COSINE_ABOVE else "euclidean")
    if metric not in SCALINGS:
        raise ConfigError(f"unknown metric '{metric}'", hint=f"choose one of {', '.join(SCALINGS)}")
    scaling: Scaling = SCALINGS[metric](embeddings, columns)
    n_components = MAX_COLUMNS if len(columns) > MAX_COLUMNS else None
    vectors = np.empty((len(embeddings), n_components or len(columns)), dtype=np.float32)
    # One thread a product: its last bits must not depend on how many there are.
    with threadpool_limits(1, user_api="blas"):
        if n_components:
            axes = principal_axes(embeddings, scaling, len(columns), seed)
        for rows in row_blocks(*embeddings.shape):
            part = scaling.scaled(embeddings[rows])
            vectors[rows] = scaling.finished(part @ axes) if n_components else part
    return Prepared(
        vectors=vectors,
        metric=metric,
        n_constant=embeddings.shape[1] - len(columns),
        n_components=n_components,
    )


def informative_columns(embeddings: AnyArray) -> IntArray:
    """(p,) numbers of the columns in which rows differ; raises NoInformationError where none do."""
    columns = np.flatnonzero(varying_columns(embeddings))
    if not len(columns):
        raise NoInformationError(
            f"the embeddings of all {len(embeddings):,} rows are the same",
            hint="export them again, or audit without embeddings",
        )
    return columns
