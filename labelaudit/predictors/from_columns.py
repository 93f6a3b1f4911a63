"""From the columns of a table: gradient boosting, with categories and missing values as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.types import BoolArray, FloatArray, FloatMatrix, Frozen, IntArray

MOST_CATEGORIES = 254
"""The boosting takes 255: the most frequent ones, and one for all others."""
FEWEST_NAMES = 20
"""Distinct texts from which a column may be one of names: where half of its values are distinct."""
SMALL_TRAINING = 10_000
SMALL = {"max_iter": 100, "max_leaf_nodes": 4}
LARGE = {"max_iter": 100, "max_leaf_nodes": 31}
"""Wrong labels want small trees. Average precision of "label is wrong" by self-confidence, mean of adult,
dry_bean, mammography and c_digits (1,797 to 4,000 rows) and of their own noise and 3 % drawn uniformly and by
what a model confuses: scikit-learn's 100 rounds of 31 leaves 0.721, and with the ridge 50 rounds of 8 leaves
0.746, 100 of 4 0.750. On 40,000 synthetic rows with 15 % wrong labels 50 rounds of 8 leaves have 0.408 (two
classes) and 0.429 (five), 100 of 31 0.567 and 0.551."""
RIDGE = 10.0
"""l2_regularization: 0.714 against 0.709 without (50 rounds of 8 leaves; these, noisyag, tweet_emotion)."""
FEWEST_IN_LEAF = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column(Frozen):
    """One column: numbers, or categories numbered by the order of their names."""

    name: str
    values: FloatArray  # (N,) nan where missing
    is_category: bool


class FromColumns:
    """Histogram gradient boosting.

    Args:
        columns: as `chosen` leaves them, at least one.
        seed: of the bins of large data.
    """

    def __init__(self, columns: Sequence[Column], seed: int) -> None:
        self.values = np.column_stack(
            [_frequent(c.values) if c.is_category else _finite(c.values) for c in columns]
        )
        self.categories = [column.is_category for column in columns]
        self.usable: BoolArray = np.any(~np.isnan(self.values), axis=1)
        self.seed = seed % (1 << 32)

    def probabilities(self, train: IntArray, labels: IntArray, held_out: IntArray) -> FloatMatrix:
        """Train on some rows and predict others; see `Predictor`."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            **(SMALL if len(train) <= SMALL_TRAINING else LARGE),
            l2_regularization=RIDGE,
            min_samples_leaf=max(1, min(FEWEST_IN_LEAF, len(train) // FEWEST_IN_LEAF)),
            early_stopping=False,
            categorical_features=self.categories,
            random_state=self.seed,
        )
        model.fit(self.values[train], labels)
        found: FloatMatrix = model.predict_proba(self.values[held_out])
        return found


def chosen(columns: Sequence[Column], codes: IntArray) -> tuple[list[Column], dict[str, str]]:
    """The columns that may tell a class, and why others do not.

    Args:
        columns: all that describe the items.
        codes: (N,) class numbers, -1 without a label.

    Returns:
        The columns to use, and the reason by the name of each other one.

    Example:
        >>> def column(name, values):
        ...     return Column(name=name, values=np.array(values, dtype=float), is_category=False)
        >>> columns = [column("row", [1, 2, 3, 4]), column("size", [5, 2, 7, 2])]
        >>> used, left_out = chosen(columns, np.array([0, 0, 1, 1]))
        >>> [column.name for column in used], left_out
        (['size'], {'row': 'counts the rows'})
    """
    reasons = {column.name: _uselessness(column, codes) for column in columns}
    used = [column for column in columns if not reasons[column.name]]
    return used, {name: reason for name, reason in reasons.items() if reason}


def _uselessness(column: Column, codes: IntArray) -> str:
    """Why a column cannot be used, empty where it can."""
    values = column.values
    distinct = np.unique(values[~np.isnan(values)])
    n_present = int((~np.isnan(values)).sum())
    if len(distinct) <= 1 and n_present in (0, len(values)):
        return "has one value"
    if column.is_category and len(distinct) > max(FEWEST_NAMES, n_present / 2):
        return "names the rows"
    if not column.is_category and n_present == len(values) and _counts_rows(values):
        # Where a file is sorted by its labels, the row number is the label.
        return "counts the rows"
    if len(distinct) <= codes.max(initial=0) + 1 and _repeats_label(values[codes >= 0], codes[codes >= 0]):
        return "repeats the label"
    return ""


def _counts_rows(values: FloatArray) -> bool:
    return bool((np.diff(values) > 0).all() and (values == np.floor(values)).all())


def _repeats_label(values: FloatArray, codes: IntArray) -> bool:
    """Whether the label alone tells the value: a row's own label would reach its probabilities."""
    _, numbers = np.unique(values, return_inverse=True)
    n_values = int(numbers.max(initial=0)) + 1
    pairs = np.unique(codes.astype(np.int64) * n_values + numbers)
    return n_values > 1 and len(pairs) == len(np.unique(codes))


def _frequent(values: FloatArray) -> FloatArray:
    """Categories renumbered by how often they occur, all beyond the most frequent ones as one."""
    present = ~np.isnan(values)
    _, numbers, counts = np.unique(values[present], return_inverse=True, return_counts=True)
    rank = np.empty(len(counts))
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    found = np.full(len(values), np.nan)
    found[present] = np.minimum(rank, MOST_CATEGORIES)[numbers]
    return found


def _finite(values: FloatArray) -> FloatArray:
    """Numbers that can be put into bins: an infinite one is a missing one."""
    return np.where(np.isinf(values), np.nan, values)
