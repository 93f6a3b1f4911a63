"""How work on parts is spread: an executor is one method, `map(fn, items)`.

Results come in the order of the items, with few in flight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Applies a function to items, results in order."""

    workers: int

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield `fn(item)` for each item, in order, holding few results at a time."""
        ...


def executor(workers: int) -> Executor:
    """The executor for a number of workers: serial for one, threads for more."""
    if workers <= 1:
        from labelaudit.executors.serial import SerialExecutor

        return SerialExecutor()
    from labelaudit.executors.threads import ThreadsExecutor

    return ThreadsExecutor(workers)
