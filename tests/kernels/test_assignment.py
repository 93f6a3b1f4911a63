"""Do the columns fit their classes? Doubt, sample and test, apart from any file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.assignment import (
    SAMPLE_ROWS,
    BetterAssignment,
    better_assignment,
    doubtful_classes,
    sample_rows,
)
from tests.strategies import flipped_labels, softmax

IntArray = npt.NDArray[np.int64]
FloatMatrix = npt.NDArray[np.float64]


def drawn(
    n_classes: int, *, noise: float = 0.1, a_class: int = 40, seed: int = 0, clarity: float = 3.0
) -> tuple[IntArray, FloatMatrix]:
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(n_classes), a_class)
    logits = rng.standard_normal((len(truth), n_classes))
    logits[np.arange(len(truth)), truth] += clarity
    return flipped_labels(rng, truth, n_classes, noise), softmax(logits)


def judged(labels: IntArray, pred_probs: FloatMatrix) -> BetterAssignment | None:
    classes = doubtful_classes(labels, pred_probs.argmax(axis=1), pred_probs.shape[1])
    if len(classes) < 2:
        return None
    rows = sample_rows(labels, classes, np.random.default_rng(0).permutation(len(labels)).astype(np.uint64))
    return better_assignment(labels[rows], pred_probs[np.ix_(rows, classes)], classes)


@given(st.integers(2, 12), st.integers(0, 50), st.sampled_from([0.0, 0.1, 0.3]))
def test_honest_columns_stay(n_classes: int, seed: int, noise: float) -> None:
    assert judged(*drawn(n_classes, seed=seed, noise=noise)) is None


@given(
    st.integers(2, 12).flatmap(lambda k: st.tuples(st.just(k), st.permutations(range(k)))), st.integers(0, 20)
)
def test_permutation_is_found_move_by_move(drawing: tuple[int, list[int]], seed: int) -> None:
    n_classes, order = drawing
    labels, pred_probs = drawn(n_classes, seed=seed, clarity=6.0, noise=0.0)
    better = judged(labels, pred_probs[:, order])
    moves = {(order[column], column) for column in range(n_classes) if order[column] != column}
    assert set(better.moves if better else ()) == moves


@pytest.mark.parametrize("step", [1, -1])
def test_shift_of_all_columns_is_called_an_offset(step: int) -> None:
    labels, pred_probs = drawn(8)
    better = judged((labels + step) % 8, pred_probs)
    assert better is not None
    assert better.offset() == -step
    assert better.standard_errors > 4


def test_swap_is_no_offset() -> None:
    labels, pred_probs = drawn(8)
    better = judged(labels, pred_probs[:, [1, 0, 2, 3, 4, 5, 6, 7]])
    assert better is not None
    assert better.moves == ((0, 1), (1, 0))
    assert better.offset() is None


def test_classes_under_ten_rows_stay_put() -> None:
    labels, pred_probs = drawn(4, a_class=9, noise=0)
    assert len(doubtful_classes(labels, pred_probs[:, [1, 0, 3, 2]].argmax(axis=1), 4)) == 0


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_coin_tosses_are_no_permutation(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels = rng.integers(0, n_classes, 60 * n_classes)
        assert judged(labels, rng.dirichlet(np.ones(n_classes), len(labels))) is None


@given(st.integers(0, 20))
def test_sample_holds_the_smallest_keys_of_each_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 300)
    keys = rng.permutation(300).astype(np.uint64)
    rows = sample_rows(labels, np.array([1, 3]), keys)
    assert rows.tolist() == sorted(rows.tolist())
    for label in range(4):
        of_class = np.flatnonzero(labels == label)
        expected = (
            sorted(of_class[np.argsort(keys[of_class])][:SAMPLE_ROWS].tolist()) if label in (1, 3) else []
        )
        assert rows[labels[rows] == label].tolist() == expected


@given(st.integers(0, 20))
def test_sample_does_not_depend_on_the_row_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, keys = rng.integers(0, 3, 200), rng.permutation(200).astype(np.uint64)
    order = rng.permutation(200)
    classes = np.array([0, 2])
    straight = keys[sample_rows(labels, classes, keys)]
    shuffled = keys[order][sample_rows(labels[order], classes, keys[order])]
    assert sorted(straight.tolist()) == sorted(shuffled.tolist())
