"""Random draws that belong to a row, whatever its place: keyed by a seed and the row's own key."""

from __future__ import annotations

import numpy as np

from labelaudit.types import FloatArray, HashArray, IntArray


def uniforms(keys: HashArray, seed: int, stream: int) -> FloatArray:
    """One number for each row, independent between streams (splitmix64; Steele, Lea, Flood 2014).

    Args:
        keys: (N,) uint64, what makes a row itself: the hash of its id, or its number.
        seed: the user's.
        stream: tells draws for different purposes apart.

    Returns:
        (N,) float64 in [0, 1).

    Example:
        >>> keys = np.arange(3, dtype=np.uint64)
        >>> bool((uniforms(keys, 0, 1)[::-1] == uniforms(keys[::-1], 0, 1)).all())
        True
    """
    start = (seed * 0x9E3779B97F4A7C15 + (stream + 1) * 0xD1B54A32D192ED03) % (1 << 64)
    with np.errstate(over="ignore"):
        mixed = keys + np.uint64(start)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def lowest(draws: FloatArray, count: int) -> IntArray:
    """The rows with the `count` lowest draws, ascending: a sample that row order does not reach.

    Example:
        >>> lowest(np.array([0.5, 0.1, 0.9, 0.2]), 2)
        array([1, 3])
    """
    if count >= len(draws):
        return np.arange(len(draws))
    if count <= 0:
        return np.arange(0)
    return np.sort(np.argpartition(draws, count - 1)[:count])
