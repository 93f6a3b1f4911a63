"""Accuracy, balanced accuracy and macro-F1 of weighted rows, many weightings at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit.types import AnyArray, BoolArray, FloatArray, FloatMatrix, Frozen, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns(Frozen):
    """The distinct rows: labels and what each model says; metrics see nothing else of a row.

    `other` is a second label that is right as well, -1 where there is none.
    """

    counts: IntArray  # (P,) how many rows are such
    given: IntArray  # (P,) class numbers
    reviewed: IntArray  # (P,)
    other: IntArray  # (P,)
    predicted: AnyArray  # (M, P)

    @property
    def is_error(self) -> BoolArray:
        """(P,) where the reviewed label is another than the given one."""
        changed: BoolArray = self.reviewed != self.given
        return changed

    def truth(self, labels: str, model: int) -> IntArray:
        """(P,) the labels that a model is held to; of two that are right, the one that it says."""
        if labels == "given":
            return self.given
        return np.where(self.predicted[model] == self.other, self.other, self.reviewed)


def patterns_of(given: AnyArray, reviewed: AnyArray, other: AnyArray, predicted: AnyArray) -> Patterns:
    """Count the rows that are alike; they come in an order of their own, so that no row's place matters.

    Args:
        given: (n,) class numbers.
        reviewed: (n,) class numbers.
        other: (n,) class numbers, -1 without.
        predicted: (M, n) class numbers.

    Example:
        >>> labels = np.array([0, 1, 0])
        >>> patterns_of(labels, labels, np.full(3, -1), labels[None]).counts
        array([2, 1])
    """
    columns = np.stack([given, reviewed, other, *predicted]).astype(np.int64)
    key = np.zeros(columns.shape[1], dtype=np.int64)
    first = counts = key
    for column in columns:
        # Renumbered after every column, so the product stays below rows times classes.
        pairs = key * (int(column.max()) + 2) + column + 1
        _, first, key, counts = np.unique(pairs, return_index=True, return_inverse=True, return_counts=True)
    kept = columns[:, first]
    return Patterns(counts=counts, given=kept[0], reviewed=kept[1], other=kept[2], predicted=kept[3:])


def class_tallies(truth: IntArray, predicted: AnyArray, n_classes: int, weights: Any) -> FloatArray:
    """Count hits, true rows and predictions of each class.

    Args:
        truth: (P,) class numbers.
        predicted: (P,) class numbers.
        n_classes: K.
        weights: (P, B) rows of each pattern, in whole numbers, so that sums are exact; dense or sparse.

    Returns:
        (3, K, B) float64.
    """
    from scipy.sparse import csr_array, issparse

    n_patterns = len(truth)
    hits = np.flatnonzero(truth == predicted)
    groups = np.concatenate([truth[hits], n_classes + truth, 2 * n_classes + predicted])
    columns = np.concatenate([hits, np.arange(n_patterns), np.arange(n_patterns)])
    shape = (3 * n_classes, n_patterns)
    grouping = csr_array((np.ones(len(groups)), (groups, columns)), shape=shape)
    sums = grouping @ weights
    dense = sums.toarray() if issparse(sums) else np.asarray(sums)
    return dense.reshape(3, n_classes, weights.shape[1])


def metrics_of(tallies: FloatArray) -> FloatMatrix:
    """Accuracy, balanced accuracy and macro-F1 from class tallies.

    Balanced accuracy is the mean recall over the classes that have rows, macro-F1 the mean over the classes
    that have rows or predictions, as in scikit-learn.

    Args:
        tallies: (3, K, B) of `class_tallies`.

    Returns:
        (3, B) float64 in [0, 1], in the order of `METRICS`.

    Example:
        >>> right, wrong = np.array([0, 1]), np.array([0, 0])
        >>> metrics_of(class_tallies(right, wrong, 2, np.array([[3.0], [1.0]])))[:, 0].round(3)
        array([0.75 , 0.5  , 0.429])
    """
    hits, true, said = tallies
    with np.errstate(invalid="ignore"):
        recall = np.where(true > 0, hits / true, 0)
        f1 = np.where(true + said > 0, 2 * hits / (true + said), 0)
    return np.stack(
        [
            hits.sum(axis=0) / true.sum(axis=0),
            recall.sum(axis=0) / (true > 0).sum(axis=0),
            f1.sum(axis=0) / (true + said > 0).sum(axis=0),
        ]
    )
