"""Sums that have the same bits in every order.

Floating sums taken batch by batch depend on the batch size in their last bits. Addends
rounded to units of 2**-32 and summed as integers do not, and stay within 2**-33 an addend.
"""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.stretches import stretches
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


def sum_by_class(values: FloatArray, classes: AnyArray, n_classes: int) -> IntArray:
    """Add values, as whole units, class by class.

    Args:
        values: (N,) float64 in [-2**20, 2**20].
        classes: (N,) class of each addend, in 0..K-1.
        n_classes: K.

    Returns:
        (K,) int64 sums in units of 2**-32.

    Example:
        >>> sum_by_class(np.array([0.5, 0.25, 0.5]), np.array([0, 1, 0]), 2) * UNIT
        array([1.  , 0.25])
    """
    sums = np.zeros(n_classes, dtype=np.int64)
    for rows in stretches(len(values)):
        np.add.at(sums, classes[rows], to_units(values[rows]))
    return sums
