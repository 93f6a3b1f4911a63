"""What one reading of a block of probabilities leaves of each row."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.clean import BLOCK
from labelaudit.types import AnyArray, BoolArray, FloatArray, RowView


def class_dtype(n_classes: int) -> type[np.signedinteger]:
    """The smallest integer type that holds -1..K-1."""
    for dtype in (np.int8, np.int16):
        if n_classes <= np.iinfo(dtype).max:
            return dtype
    return np.int32


def blocks_of(n_rows: int, n_classes: int) -> list[slice]:
    """Cut rows into blocks of about `BLOCK` probabilities.

    Example:
        >>> blocks_of(5, BLOCK // 2)
        [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, BLOCK // n_classes)
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def row_view(labels: AnyArray, pred_probs: AnyArray) -> tuple[RowView, BoolArray]:
    """Condense clean rows to their given label, its two strongest competitors and their probabilities.

    Of tied classes the first one counts as the stronger, as in numpy's argmax.

    Args:
        labels: (n,) ints in 0..K-1.
        pred_probs: (n, K) clean probabilities, K >= 2; used as scratch space.

    Returns:
        The view, and (n,) whether two classes share the first place.

    Example:
        >>> view, tied = row_view(np.array([1]), np.array([[0.7, 0.1, 0.2]]))
        >>> view.rival, view.runner_up, view.self_confidence, tied
        (array([0], dtype=int8), array([2], dtype=int8), array([0.1]), array([False]))
    """
    n_rows, n_classes = pred_probs.shape
    dtype = class_dtype(n_classes)
    rows = np.arange(n_rows)
    given_probs: FloatArray = pred_probs[rows, labels].astype(np.float64)
    pred_probs[rows, labels] = -1
    rival = pred_probs.argmax(axis=1)
    rival_probs: FloatArray = pred_probs[rows, rival].astype(np.float64)
    runner_up = rival.copy()
    tied = given_probs == rival_probs
    lost = np.flatnonzero((rival_probs > given_probs) | (tied & (rival < labels)))
    if len(lost):
        # Where the given label has lost, the second strongest is the given label or a third class.
        rest = pred_probs[lost]
        local = np.arange(len(lost))
        rest[local, rival[lost]] = -1
        rest[local, labels[lost]] = given_probs[lost]
        runner_up[lost] = rest.argmax(axis=1)
        tied[lost] = rest[local, runner_up[lost]] == rival_probs[lost]
    view = RowView(
        given=labels.astype(dtype),
        rival=rival.astype(dtype),
        runner_up=runner_up.astype(dtype),
        self_confidence=given_probs,
        rival_prob=rival_probs,
    )
    return view, tied
