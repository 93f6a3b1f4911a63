"""Which fold each row is in: classes spread evenly, groups kept together, the same for any row order.

scikit-learn's `StratifiedGroupKFold` walks through all groups, also those of one row: 25 s for 200,000 rows.
Here only groups of several rows are placed one by one, the rest is dealt out class by class: 0.3 s.
"""

from __future__ import annotations

import numpy as np

from labelaudit.types import BoolArray, HashArray, IntArray

FEWEST_DISTINCT = 0.1
"""Where fewer than a tenth of the rows are distinct, inputs that are equal are different items: the columns
have few values. Kept together, they would leave a fold nothing to learn their class from."""


def groups_of(keys: HashArray, alone: BoolArray) -> IntArray:
    """Number the groups of rows with equal keys.

    Args:
        keys: (N,) what rows of one group have in common.
        alone: (N,) rows without a key: each is a group of its own.

    Returns:
        (N,) int64.

    Example:
        >>> keys = np.array([7, 8, 7, 7], dtype=np.uint64)
        >>> groups_of(keys, np.array([False, False, False, True])).tolist()
        [0, 1, 0, 2]
    """
    _, groups = np.unique(keys, return_inverse=True)
    numbers: IntArray = groups.astype(np.int64)
    numbers[alone] = numbers.max(initial=-1, where=~alone) + 1 + np.arange(int(alone.sum()))
    return numbers


def copies_of(keys: HashArray, alone: BoolArray) -> IntArray | None:
    """The groups of rows with equal inputs; None where there are none, or equal inputs are no copies."""
    groups = groups_of(keys, alone)
    n_groups = len(np.unique(groups))
    return None if n_groups == len(keys) or n_groups < FEWEST_DISTINCT * len(keys) else groups


def stratified_folds(codes: IntArray, groups: IntArray | None, draws: HashArray, n_folds: int) -> IntArray:
    """Deal the rows out to folds.

    Groups of several rows go first, the largest first, each to the fold that has least of its classes; then
    the rows of each class fill the folds up to the same level.

    Args:
        codes: (N,) class numbers; rows without a label (-1) are dealt out as a class of their own.
        groups: (N,) rows with the same number share a fold; None: each row is by itself.
        draws: (N,) random and bound to the row, so that its place in the file does not matter.
        n_folds: at least 2.

    Returns:
        (N,) int64 in 0..n_folds-1.

    Example:
        >>> codes = np.array([0, 0, 0, 0, 1, 1])
        >>> folds = stratified_folds(codes, None, np.arange(6, dtype=np.uint64), 2)
        >>> [np.bincount(folds[codes == code]).tolist() for code in (0, 1)]
        [[2, 2], [1, 1]]
    """
    strata = np.where(codes < 0, codes.max(initial=0) + 1, codes)
    filled = np.zeros((n_folds, int(strata.max(initial=0)) + 1), dtype=np.int64)
    folds = np.full(len(codes), -1, dtype=np.int64)
    if groups is not None:
        for rows in _large_groups(groups, draws):
            fold = _emptiest(filled, strata[rows])
            folds[rows] = fold
            np.add.at(filled[fold], strata[rows], 1)
    singles = np.flatnonzero(folds < 0)
    in_order = singles[np.lexsort((draws[singles], strata[singles]))]
    starts = np.flatnonzero(np.diff(strata[in_order], prepend=-1))
    for rows in np.split(in_order, starts[1:]):
        if len(rows):
            stratum = strata[rows[0]]
            folds[rows] = _levelled(filled[:, stratum], filled.sum(axis=1), len(rows))
            filled[:, stratum] += np.bincount(folds[rows], minlength=n_folds)
    return folds


def _large_groups(groups: IntArray, draws: HashArray) -> list[IntArray]:
    """The rows of each group of several, large groups first, equal ones by their smallest draw."""
    in_order = np.lexsort((draws, groups))
    starts = np.flatnonzero(np.diff(groups[in_order], prepend=-1))
    sizes = np.diff([*starts, len(groups)])
    several = np.flatnonzero(sizes > 1)
    ranked = several[np.lexsort((draws[in_order[starts[several]]], -sizes[several]))]
    return [in_order[starts[i] : starts[i] + sizes[i]] for i in ranked]


def _emptiest(filled: IntArray, strata: IntArray) -> int:
    """The fold that has least of the classes of a group; of equal ones the smaller, then the first."""
    classes, counts = np.unique(strata, return_counts=True)
    weights = counts / (filled[:, classes].sum(axis=0) + counts)
    return int(np.lexsort((filled.sum(axis=1), filled[:, classes] @ weights))[0])


def _levelled(here: IntArray, total: IntArray, n_rows: int) -> IntArray:
    """The folds of some rows of one class, the emptiest fold first, up to a common level."""
    levels = here[:, None] + np.arange(n_rows)
    fold, _ = np.indices(levels.shape)
    smallest = np.lexsort((fold.ravel(), total[fold].ravel(), levels.ravel()))[:n_rows]
    dealt: IntArray = fold.ravel()[smallest]
    return dealt
