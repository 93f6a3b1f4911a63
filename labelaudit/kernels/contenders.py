"""The joint without a second reading: classes beyond the given one and its rival that may be confident.

A class can only be confident in a row if its probability reaches the class's threshold. Where every
threshold is at least `FLOOR`, the probabilities kept in the row view and the few others of at least
`FLOOR` (at most eight a row, usually none) decide the confident class as the whole row would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.joint import NOT_CONFIDENT, THRESHOLD_SLACK
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, Frozen, IntArray, RowView

FLOOR = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contenders(Frozen):
    """Some cells of the probability matrix."""

    rows: IntArray  # (m,)
    classes: AnyArray  # (m,) small ints
    probs: FloatArray  # (m,)

    @classmethod
    def joined(cls, pieces: list[Contenders]) -> Contenders:
        """All pieces as one."""
        return cls(
            rows=np.concatenate([np.zeros(0, dtype=np.int64), *(p.rows for p in pieces)]),
            classes=np.concatenate([np.zeros(0, dtype=np.int8), *(p.classes for p in pieces)]),
            probs=np.concatenate([np.zeros(0), *(p.probs for p in pieces)]),
        )


def contenders(rows: IntArray, view: RowView, pred_probs: AnyArray) -> Contenders | None:
    """The cells of at least `FLOOR` other than the given class's and the rival's.

    Args:
        rows: (n,) row numbers.
        view: their view.
        pred_probs: (n, K) the same rows, with -1 in the cells of the given classes.

    Returns:
        The cells, None where there are none.
    """
    # No third class is above the rival, and what the two leave must hold it (rounding may add a little).
    rest_of_row = 1 + 1e-5 - view.self_confidence - view.rival_prob
    roomy = np.flatnonzero((view.rival_prob >= FLOOR) & (rest_of_row >= FLOOR))
    if not len(roomy):
        return None
    rest = pred_probs[roomy]
    rest[np.arange(len(roomy)), view.rival[roomy]] = -1
    at, classes = np.divmod(np.flatnonzero(rest >= FLOOR), rest.shape[1])
    if not len(at):
        return None
    return Contenders(
        rows=rows[roomy[at]],
        classes=classes.astype(view.rival.dtype),
        probs=rest[at, classes].astype(np.float64),
    )


def decides(thresholds: FloatMatrix) -> bool:
    """Whether the contenders tell all that can be confident: no threshold is below `FLOOR`."""
    return bool((thresholds - THRESHOLD_SLACK >= FLOOR).all())


def confident_by_contenders(
    view: RowView, found: Contenders, thresholds: FloatMatrix, stratum: AnyArray, collision: str
) -> IntArray:
    """The confident class of rows, from what was kept of them; the same as `joint.confident_classes`.

    Args:
        view: (n,) rows.
        found: their contenders, `rows` being indices into the view.
        thresholds: (strata, K).
        stratum: (n,) the stratum of each row.
        collision: "cleanlab" or "paper".

    Returns:
        (n,) class, NOT_CONFIDENT where none passes.
    """
    everyone = np.arange(len(view.given))
    rows = np.concatenate([everyone, everyone, found.rows])
    classes = np.concatenate([view.given, view.rival, found.classes]).astype(np.int64)
    probs = np.concatenate([view.self_confidence, view.rival_prob, found.probs])
    passing = np.flatnonzero(probs >= thresholds[stratum[rows], classes] - THRESHOLD_SLACK)
    n_passing = np.bincount(rows[passing], minlength=len(everyone))
    # The most probable of the passing classes of each row; of equal ones the first.
    order = passing[np.lexsort((-classes[passing], probs[passing], rows[passing]))]
    best = np.full(len(everyone), NOT_CONFIDENT, dtype=np.int64)
    best[rows[order]] = classes[order]
    if collision == "paper":
        return best
    return np.where(n_passing > 1, view.predicted, best)
