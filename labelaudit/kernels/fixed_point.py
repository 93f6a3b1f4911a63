"""Sums that have the same bits in every order.

Floating sums taken batch by batch depend on the batch size in their last bits. Addends
rounded to units of 2**-32 and summed as integers do not, and stay within 2**-33 an addend.
"""

from __future__ import annotations

import numpy as np

from labelaudit.types import AnyArray, FloatArray, IntArray

UNIT = 2.0**-32


def to_units(values: FloatArray) -> IntArray:
    """Round values in [-2**20, 2**20] to whole units of 2**-32.

    Example:
        >>> to_units(np.array([0.5, 1.0]))
        array([2147483648, 4294967296])
    """
    units: IntArray = np.rint(values * 2.0**32).astype(np.int64)
    return units


def sum_by_class(units: IntArray, classes: AnyArray, n_classes: int) -> IntArray:
    """Add whole units class by class.

    Args:
        units: (N,) int64.
        classes: (N,) class of each addend, in 0..K-1.
        n_classes: K.

    Returns:
        (K,) int64 sums.
    """
    sums = np.zeros(n_classes, dtype=np.int64)
    np.add.at(sums, classes, units)
    return sums
