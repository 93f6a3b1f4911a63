"""The probabilities of every row by a model that was trained without its fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from labelaudit.predictors import Predictor
from labelaudit.predictors.one_thread import one_openmp_thread
from labelaudit.types import AnyArray, BoolArray, FloatMatrix, IntArray, Progress, ProgressEvent

SMALLEST_PROB = 1e-6
"""No label is called impossible: the model saw few rows of a class, or none."""

Apply = Callable[
    [Callable[[int], tuple[IntArray, AnyArray]], Iterable[int]], Iterator[tuple[IntArray, AnyArray]]
]


def out_of_fold(
    predictor: Predictor,
    codes: IntArray,
    folds: IntArray,
    order: IntArray,
    n_classes: int,
    apply: Apply,
    progress: Progress,
) -> AnyArray:
    """Predict each fold by a model of the labelled rows of the other folds.

    Args:
        predictor: holds the inputs of all rows.
        codes: (N,) class numbers; rows without a label (-1) are predicted, not learned from.
        folds: (N,) the fold of each row.
        order: (N,) all rows in an order bound to their ids: models see them in this order, so that the order
            of the file reaches no bit.
        n_classes: K.
        apply: an executor's `map`.
        progress: told after each fold.

    Returns:
        (N, K) float32, at least about 1e-6, rows sum to 1. A row without inputs gets the class shares.
    """
    may_teach = (codes >= 0) & predictor.usable

    def predict_fold(fold: int) -> tuple[IntArray, AnyArray]:
        held_out = order[folds[order] == fold]
        train = order[(folds[order] != fold) & may_teach[order]]
        with one_openmp_thread():
            return held_out, _probabilities(predictor, codes, train, held_out, n_classes)

    found = np.empty((len(codes), n_classes), dtype=np.float32)
    done = 0
    for held_out, pred_probs in apply(predict_fold, range(int(folds.max()) + 1)):
        found[held_out] = pred_probs
        done += len(held_out)
        progress(ProgressEvent("predicting", done, len(codes)))
    return found


def _probabilities(
    predictor: Predictor, codes: IntArray, train: IntArray, held_out: IntArray, n_classes: int
) -> AnyArray:
    """(m, K) of one fold; classes that no training row has get the smallest probability."""
    seen, labels = np.unique(codes[train], return_inverse=True)
    shares = np.bincount(codes[train], minlength=n_classes) / max(1, len(train))
    found = np.tile(shares, (len(held_out), 1))
    usable: BoolArray = predictor.usable[held_out]
    if len(seen) > 1 and usable.any():
        found[np.ix_(usable, seen)] = predictor.probabilities(train, labels, held_out[usable])
    return _floored(found).astype(np.float32)


def _floored(pred_probs: FloatMatrix) -> FloatMatrix:
    """The same with no probability below the smallest, rows summing to 1 again."""
    raised = np.maximum(pred_probs, SMALLEST_PROB)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
