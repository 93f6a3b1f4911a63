"""Ranks make scores on different scales comparable."""

from __future__ import annotations

import numpy as np

from labelaudit.types import AnyArray, FloatArray


def mean_ranks(values: AnyArray) -> FloatArray:
    """Ranks in (0, 1], low values first; tied values share the mean of their ranks.

    Example:
        >>> mean_ranks(np.array([3.0, 1.0, 3.0, 2.0]))
        array([0.875, 0.25 , 0.875, 0.5  ])
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.append(starts[1:], len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts) / len(values)
    return ranks
