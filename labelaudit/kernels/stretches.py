"""Long arrays are worked on a stretch at a time, so that what is made in between stays small."""

from __future__ import annotations

from collections.abc import Iterator

STRETCH = 1 << 18


def stretches(n_rows: int) -> Iterator[slice]:
    """Cut rows into stretches of 262,144.

    Example:
        >>> list(stretches(300_000))
        [slice(0, 262144, None), slice(262144, 300000, None)]
    """
    for start in range(0, n_rows, STRETCH):
        yield slice(start, min(start + STRETCH, n_rows))
