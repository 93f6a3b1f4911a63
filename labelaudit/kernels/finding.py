"""How soon an order of review finds what is to be found."""

from __future__ import annotations

import numpy as np

from labelaudit.types import BoolArray, FloatArray, IntArray


def average_precision(is_error: BoolArray, suspicion: FloatArray) -> float:
    """The mean of the precision at each error found; rows of equal suspicion are found together.

    scikit-learn's `average_precision_score`, ties counted as there.

    Args:
        is_error: (N,) what is to be found, one at least.
        suspicion: (N,) high comes first.

    Returns:
        In (0, 1]; about the share of errors where all rows are tied.

    Example:
        >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.1])).__round__(3)
        0.833
    """
    order = np.argsort(-suspicion, kind="stable")
    ordered = suspicion[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    found = np.cumsum(is_error[order])[ends]
    gained = np.diff(found, prepend=0)
    return float((gained * found / (ends + 1)).sum() / found[-1])


def found_by_depth(is_error: BoolArray, suspicion: FloatArray) -> IntArray:
    """(N,) errors among the first 1, 2, ... N rows reviewed; of equal suspicion the first row comes first.

    Example:
        >>> found_by_depth(np.array([True, False, True]), np.array([0.2, 0.9, 0.9]))
        array([0, 1, 2])
    """
    order = np.argsort(-suspicion, kind="stable")
    return np.cumsum(is_error[order])


def reviews_needed(found: IntArray, share: float) -> int:
    """The reviews after which a share of all errors is found.

    Args:
        found: (N,) from `found_by_depth`.
        share: in (0, 1].

    Example:
        >>> reviews_needed(np.array([0, 1, 1, 2]), 0.5)
        2
    """
    wanted = np.ceil(share * found[-1] - 1e-9)  # 0.8 * 5 is a little over 4 in floating point
    return int(np.searchsorted(found, wanted)) + 1
