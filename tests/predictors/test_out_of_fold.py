"""Every row by a model that was not trained on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from labelaudit.executors import executor
from labelaudit.predictors.out_of_fold import SMALLEST_PROB, out_of_fold
from labelaudit.types import ProgressEvent, no_progress

Ints = npt.NDArray[np.int64]
N = 30
FOLDS = np.arange(N) % 3
CODES = np.arange(N) // 10


class Memory:
    """Knows by heart what it was trained on, and says so; of other rows it says class 0."""

    def __init__(self, usable: npt.NDArray[np.bool_] | None = None) -> None:
        self.usable = np.ones(N, dtype=bool) if usable is None else usable
        self.calls: list[tuple[Ints, Ints, Ints]] = []

    def probabilities(self, train: Ints, labels: Ints, held_out: Ints) -> npt.NDArray[np.float64]:
        self.calls.append((train, labels, held_out))
        known = dict(zip(train.tolist(), labels.tolist(), strict=True))
        return np.eye(labels.max() + 1)[[known.get(row, 0) for row in held_out.tolist()]]


def predicted(predictor: Memory, codes: Ints = CODES, *, n_classes: int = 3, workers: int = 1) -> np.ndarray:
    order = np.random.default_rng(0).permutation(N)
    return out_of_fold(predictor, codes, FOLDS, order, n_classes, executor(workers).map, no_progress)


def test_no_row_is_predicted_by_a_model_that_saw_it() -> None:
    # In sample, this predictor would be right in every row.
    predictor = Memory()
    found = predicted(predictor)
    assert (found.argmax(axis=1) == 0).all()
    assert all(not set(train) & set(held_out) for train, _, held_out in predictor.calls)
    assert sorted(np.concatenate([held_out for *_, held_out in predictor.calls])) == list(range(N))


def test_a_flipped_label_reaches_the_models_of_the_other_folds_only() -> None:
    before, after = Memory(), Memory()
    flipped = CODES.copy()
    flipped[4] = 2
    predicted(before)
    predicted(after, flipped)
    for (train, labels, held_out), (_, changed, _) in zip(before.calls, after.calls, strict=True):
        assert np.array_equal(labels, changed) == (4 in held_out)
        assert (4 in train) != (4 in held_out)


def test_rows_without_a_label_are_predicted_and_teach_nothing() -> None:
    predictor, codes = Memory(), CODES.copy()
    codes[[3, 14]] = -1
    found = predicted(predictor, codes)
    assert np.isfinite(found).all()
    assert not {3, 14} & {row for train, *_ in predictor.calls for row in train.tolist()}


def test_rows_without_inputs_get_the_class_shares_of_the_other_folds() -> None:
    usable = np.ones(N, dtype=bool)
    usable[7] = False
    predictor = Memory(usable)
    found = predicted(predictor)
    others = (np.arange(N) % 3 != 7 % 3) & usable
    assert np.allclose(found[7], np.bincount(CODES[others]) / others.sum())
    assert all(7 not in [*train, *held_out] for train, _, held_out in predictor.calls)


def test_a_class_that_no_training_row_has_is_improbable_and_not_impossible() -> None:
    codes = np.where(np.arange(N) == 0, 4, CODES)
    found = predicted(Memory(), codes, n_classes=6)
    assert np.allclose(found[0, 4:], SMALLEST_PROB, rtol=1e-4)
    assert (found >= SMALLEST_PROB * 0.99).all()
    assert np.allclose(found.astype(np.float64).sum(axis=1), 1, atol=1e-6)


def test_folds_of_one_class_are_predicted_without_a_model() -> None:
    predictor = Memory()
    found = predicted(predictor, np.where(np.arange(N) == 0, 1, 0), n_classes=2)
    assert (found[::3, 0] > 0.99).all()
    assert len(predictor.calls) == 2


def test_progress_is_told_after_each_fold() -> None:
    events: list[ProgressEvent] = []
    out_of_fold(Memory(), CODES, FOLDS, np.arange(N), 3, executor(2).map, events.append)
    assert [(event.done, event.total) for event in events] == [(10, N), (20, N), (30, N)]
