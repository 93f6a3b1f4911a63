"""Thresholds, counting, calibration and noise matrices, against cleanlab's own functions."""

from __future__ import annotations

import cleanlab.count
import cleanlab.internal.util
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelaudit.kernels.contenders import Contenders, confident_by_contenders, contenders, decides
from labelaudit.kernels.joint import (
    NEVER,
    NOT_CONFIDENT,
    calibrate,
    class_sums,
    class_thresholds,
    confident_classes,
    confident_joint,
    count_joint,
    noise_matrices,
    round_keeping_row_totals,
    settled_classes,
)
from labelaudit.kernels.row_view import row_view
from tests.oracle import paper_confident_joint, silence, stable_cleanlab
from tests.strategies import Dataset, datasets

IntArray = npt.NDArray[np.int64]
FloatMatrix = npt.NDArray[np.float64]
COLLISIONS = ["cleanlab", "paper"]

matrices = hnp.arrays(
    np.float64,
    st.integers(1, 25).map(lambda k: (k, k)),
    elements=st.integers(0, 40).map(lambda n: n / 4),  # many equal remainders
)


@given(matrices)
def test_rounding_is_cleanlabs_made_stable(matrix: FloatMatrix) -> None:
    with stable_cleanlab():
        expected = cleanlab.internal.util.round_preserving_row_totals(matrix)
    np.testing.assert_array_equal(round_keeping_row_totals(matrix), expected)


@given(matrices)
def test_rounding_keeps_the_row_totals(matrix: FloatMatrix) -> None:
    rounded = round_keeping_row_totals(matrix)
    np.testing.assert_array_equal(rounded.sum(axis=1), matrix.sum(axis=1).round())
    assert (np.abs(rounded - matrix) <= 1.5).all()


@given(datasets())
def test_calibrated_rows_sum_to_the_class_counts(dataset: Dataset) -> None:
    labels, pred_probs = dataset
    n_classes = pred_probs.shape[1]
    counts = np.bincount(labels, minlength=n_classes)
    raw = np.random.default_rng(len(labels)).integers(0, 9, (n_classes, n_classes)) + np.eye(
        n_classes, dtype=int
    )
    calibrated = calibrate(raw, counts)
    np.testing.assert_array_equal(calibrated.sum(axis=1), counts)
    with stable_cleanlab(), silence():
        # cleanlab's own joint lies in memory column by column, which reaches the last bit of its total.
        expected = cleanlab.count.calibrate_confident_joint(np.asfortranarray(raw), labels)
    np.testing.assert_array_equal(calibrated, expected)


def test_halves_are_rounded_by_the_last_bit_of_cleanlabs_total() -> None:
    """Of two remainders of a half the last bit of the total decides; cleanlab adds it up column by column."""
    raw = [[26, 0, 1, 1, 2], [1, 22, 1, 0, 1], [1, 0, 11, 0, 3], [1, 0, 1, 26, 0], [0, 0, 0, 3, 12]]
    expected = [[31, 0, 1, 1, 3], [1, 28, 1, 0, 2], [1, 0, 18, 0, 5], [1, 0, 1, 35, 0], [0, 0, 0, 4, 18]]
    for order in ("C", "F"):
        found = calibrate(np.array(raw, order=order), np.array([36, 32, 24, 37, 22]))
        assert found.tolist() == expected, order


@given(datasets())
def test_thresholds_are_cleanlabs(dataset: Dataset) -> None:
    labels, pred_probs = dataset
    view, _ = row_view(labels, pred_probs.copy())
    sums = class_sums(view, pred_probs.shape[1])
    thresholds = class_thresholds(sums)
    with silence():
        expected = cleanlab.count.get_confident_thresholds(labels, pred_probs)
    present = sums.counts > 0
    np.testing.assert_allclose(thresholds[present], expected[present], rtol=0, atol=1e-9)
    assert (thresholds[~present] == NEVER).all()


def test_threshold_has_a_floor() -> None:
    view, _ = row_view(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(class_thresholds(class_sums(view, 2)), [2e-6, 1.0])


# --- in which class the model is confident ---------------------------------------------------------


def random_thresholds(n_classes: int, seed: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n_classes) < 0.2, NEVER, rng.uniform(0.0, 0.9, n_classes))


@pytest.mark.parametrize("collision", COLLISIONS)
@given(dataset=datasets(), seed=st.integers(0, 10))
def test_counting_follows_the_collision_rule(collision: str, dataset: Dataset, seed: int) -> None:
    labels, pred_probs = dataset
    n_classes = pred_probs.shape[1]
    thresholds = random_thresholds(n_classes, seed)
    found = confident_classes(pred_probs, thresholds, collision)
    for row, confident in zip(pred_probs, found.tolist(), strict=True):
        passing = [j for j in range(n_classes) if row[j] >= thresholds[j] - 1e-6]
        if not passing:
            assert confident == NOT_CONFIDENT
        elif collision == "paper" or len(passing) == 1:
            assert confident == max(passing, key=lambda j: row[j])
        else:
            assert confident == row.argmax()
    if collision == "paper":
        counted = count_joint(labels, found, n_classes)
        np.fill_diagonal(counted, np.maximum(counted.diagonal(), 1))
        np.testing.assert_array_equal(counted, paper_confident_joint(labels, pred_probs, thresholds))


@pytest.mark.parametrize("collision", COLLISIONS)
@given(dataset=datasets(), seed=st.integers(0, 10))
def test_settled_rows_need_no_second_look(collision: str, dataset: Dataset, seed: int) -> None:
    labels, pred_probs = dataset
    thresholds = random_thresholds(pred_probs.shape[1], seed)
    classes, settled = settled_classes(
        row_view(labels, pred_probs.copy())[0], thresholds[None], np.zeros(len(labels), dtype=np.int32)
    )
    whole = confident_classes(pred_probs, thresholds, collision)
    np.testing.assert_array_equal(classes[settled], whole[settled])
    assert (classes[~settled] == NOT_CONFIDENT).all()


@pytest.mark.parametrize("collision", COLLISIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(dataset=datasets(max_classes=12), seed=st.integers(0, 10))
def test_contenders_tell_what_the_whole_rows_tell(
    collision: str, dtype: type[np.floating], dataset: Dataset, seed: int
) -> None:
    labels, pred_probs = dataset[0], dataset[1].astype(dtype)
    n_rows, n_classes = pred_probs.shape
    strata = np.stack([np.maximum(random_thresholds(n_classes, seed + i), 0.1 + 2e-6) for i in range(2)])
    assert decides(strata)
    stratum = np.arange(n_rows) % 2
    scratch = pred_probs.copy()
    view, _ = row_view(labels, scratch)
    cells = contenders(np.arange(n_rows), view, scratch)
    found = Contenders.joined([cells] if cells else [])
    expected = np.empty(n_rows, dtype=np.int64)
    for i in range(2):
        expected[stratum == i] = confident_classes(pred_probs[stratum == i], strata[i], collision)
    np.testing.assert_array_equal(confident_by_contenders(view, found, strata, stratum, collision), expected)


def test_low_thresholds_are_not_left_to_the_contenders() -> None:
    assert not decides(np.array([[0.5, 0.09]]))
    assert decides(np.array([[0.5, NEVER]]))


# --- noise matrices -----------------------------------------------------------------------------------


@given(datasets())
def test_noise_matrices_are_cleanlabs(dataset: Dataset) -> None:
    labels, pred_probs = dataset
    n_classes = pred_probs.shape[1]
    view, _ = row_view(labels, pred_probs.copy())
    sums = class_sums(view, n_classes)
    found = confident_classes(pred_probs, class_thresholds(sums), "cleanlab")
    joint = confident_joint(count_joint(labels, found, n_classes), sums)
    with stable_cleanlab(), silence():
        _, noise, inverse = cleanlab.count.estimate_latent(joint.calibrated, labels)
    np.testing.assert_allclose(joint.noise_matrix, noise, rtol=0, atol=1e-12)
    np.testing.assert_allclose(joint.inverse_noise_matrix, inverse.T, rtol=0, atol=1e-12)
    assert joint.joint.sum() == pytest.approx(1)


@given(hnp.arrays(np.int64, st.integers(2, 6).map(lambda k: (k, k)), elements=st.integers(0, 50)))
def test_noise_rates_are_shares(calibrated: IntArray) -> None:
    np.fill_diagonal(calibrated, calibrated.diagonal() + 1)
    noise, inverse = noise_matrices(calibrated)
    np.testing.assert_allclose(noise.sum(axis=0), 1)
    np.testing.assert_allclose(inverse.sum(axis=1), 1)
    assert ((noise >= 0) & (noise <= 1) & (inverse >= 0) & (inverse <= 1)).all()
