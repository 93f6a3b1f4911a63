"""Linear algebra on one thread: the last bits of a matrix product depend on the number of threads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS and OpenMP to one thread and silence scikit-learn; folds may still run side by side.

    Both are settings of the whole process, so this is entered once, around all folds. The user hears of a
    model through notices: a warning on stderr would come from a library that nobody called.
    """
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401  # libraries that are loaded later would not be held
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def one_openmp_thread() -> Iterator[None]:
    """The same for OpenMP in a thread of ours: its setting belongs to the thread, BLAS's to the process."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="openmp"):
        yield
