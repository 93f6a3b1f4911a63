"""Threads: numpy and Arrow release the interpreter's lock where the time goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class ThreadsExecutor:
    """Spreads items over threads.

    Args:
        workers: how many threads; at most one item more than that is under way.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield `fn(item)` for each item in order; items are drawn in the calling thread."""
        with ThreadPoolExecutor(self.workers, thread_name_prefix="labelaudit") as pool:
            under_way: deque[Future[R]] = deque()
            try:
                for item in items:
                    under_way.append(pool.submit(fn, item))
                    if len(under_way) > self.workers:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                # On an error or Ctrl-C: do not start what nobody will read.
                for future in under_way:
                    future.cancel()
