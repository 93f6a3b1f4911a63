"""How label quality is distributed."""

from __future__ import annotations

import numpy as np

from labelaudit.types import BoolArray, FloatArray, Histogram

BINS = 40


def histogram_of(quality: FloatArray, flagged: BoolArray) -> Histogram:
    """Count rows and suspects in forty bins.

    Args:
        quality: (N,) in [0, 1].
        flagged: (N,) the suspects.

    Example:
        >>> sum(histogram_of(np.array([0.0, 1.0]), np.array([True, False])).suspects)
        1
    """
    bins = np.minimum((quality * BINS).astype(np.int64), BINS - 1)
    return Histogram(
        rows=tuple(np.bincount(bins, minlength=BINS).tolist()),
        suspects=tuple(np.bincount(bins[flagged], minlength=BINS).tolist()),
    )
