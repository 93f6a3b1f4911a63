"""Independent pieces of work on a few threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(fn: Callable[[T], R], items: Sequence[T], workers: int) -> Iterator[R]:
    """Yield `fn(item)` for each item, in order; the calls share `workers` threads.

    Example:
        >>> list(side_by_side(abs, [-1, -2, 3], 2))
        [1, 2, 3]
    """
    if workers <= 1:
        yield from map(fn, items)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="neighbors") as pool:
        yield from pool.map(fn, items)
