"""Passes over the data: each folds the batches of every part, side by side, into one value.

A pass must not depend on how the rows are cut: what `fold` returns for a batch is merged in any order,
and the rows' own results are placed by row number.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from labelaudit.batch import Batch, Part
from labelaudit.executors import Executor
from labelaudit.types import Progress, ProgressEvent

P = TypeVar("P")


class Pass(Protocol[P]):
    """One reading of the data."""

    name: str

    def start(self) -> P:
        """The state before any batch."""
        ...

    def fold(self, state: P, batch: Batch) -> P:
        """The state with a batch added; may change `state`."""
        ...

    def merge(self, left: P, right: P) -> P:
        """Two states as one, in any order with the same result; may change `left`."""
        ...


def run(
    one_pass: Pass[P], parts: Sequence[Part], executor: Executor, *, n_rows: int, progress: Progress
) -> P:
    """Read all parts and fold them.

    Many parts are read and folded side by side; fewer parts than workers are read here, one after the
    other, while the workers fold their batches.

    Args:
        one_pass: what to do with each batch.
        parts: from `Dataset.probability_parts`.
        executor: how the work is spread.
        n_rows: rows in all, for the progress.
        progress: told after each batch.

    Returns:
        The merged state.
    """
    counter = _Counter(one_pass.name, n_rows, progress)

    def fold_part(part: Callable[[], Iterator[Batch]]) -> P:
        state = one_pass.start()
        for batch in part():
            state = one_pass.fold(state, batch)
            counter.add(len(batch.rows))
        return state

    def fold_batch(batch: Batch) -> P:
        state = one_pass.fold(one_pass.start(), batch)
        counter.add(len(batch.rows))
        return state

    if len(parts) >= executor.workers:
        states = executor.map(fold_part, parts)
    else:
        states = executor.map(fold_batch, itertools.chain.from_iterable(part() for part in parts))
    merged = one_pass.start()
    for state in states:
        merged = one_pass.merge(merged, state)
    return merged


class _Counter:
    """Tells the progress of several threads, at most twenty times a second."""

    def __init__(self, step: str, total: int, progress: Progress) -> None:
        self.step, self.total, self.progress = step, total, progress
        self.rows = 0
        self.told = 0.0

    def add(self, n_rows: int) -> None:
        self.rows += n_rows  # a lost update costs a tick of the bar, nothing else
        now = time.monotonic()
        if now - self.told > 0.05 or self.rows >= self.total:
            self.told = now
            self.progress(ProgressEvent(self.step, min(self.rows, self.total), self.total))
