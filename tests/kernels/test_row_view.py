"""What is kept of a row is what the whole row would tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from labelaudit.kernels.row_view import blocks_of, class_dtype, row_view
from tests.strategies import Dataset, datasets


@given(datasets())
def test_view_names_the_two_strongest_classes_and_the_rival(dataset: Dataset) -> None:
    labels, pred_probs = dataset
    view, tied = row_view(labels, pred_probs.copy())
    for i, (label, row) in enumerate(zip(labels.tolist(), pred_probs, strict=True)):
        order = np.argsort(-row, kind="stable")
        rivals = [j for j in order.tolist() if j != label]
        assert view.predicted[i] == order[0] == row.argmax()
        assert view.runner_up[i] == order[1]
        assert view.rival[i] == rivals[0]
        assert (view.given[i], view.self_confidence[i], view.rival_prob[i]) == (
            label,
            row[label],
            row[rivals[0]],
        )
        assert tied[i] == (row[order[0]] == row[order[1]])


@given(datasets())
def test_view_of_single_precision_has_the_same_numbers(dataset: Dataset) -> None:
    labels, pred_probs = dataset
    narrow = pred_probs.astype(np.float32)
    left, right = (row_view(labels, probs)[0] for probs in (narrow.copy(), narrow.astype(np.float64)))
    for name in ("given", "rival", "runner_up", "self_confidence", "rival_prob"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


def test_arrays_inside_are_read_only() -> None:
    view, _ = row_view(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
    with pytest.raises(ValueError, match="read-only"):
        view.self_confidence[0] = 1


@pytest.mark.parametrize(("n_classes", "n_bytes"), [(2, 1), (127, 1), (128, 2), (32_767, 2), (32_768, 4)])
def test_class_numbers_take_as_few_bytes_as_hold_them(n_classes: int, n_bytes: int) -> None:
    assert np.dtype(class_dtype(n_classes)).itemsize == n_bytes
    assert np.array([-1, n_classes - 1], dtype=class_dtype(n_classes)).tolist() == [-1, n_classes - 1]


@pytest.mark.parametrize(("n_rows", "n_classes"), [(0, 5), (1, 10**7), (100_000, 10), (5, 100_000)])
def test_blocks_cover_every_row_once(n_rows: int, n_classes: int) -> None:
    rows = np.arange(n_rows)
    blocks = [rows[block] for block in blocks_of(n_rows, n_classes)]
    assert np.concatenate([rows[:0], *blocks]).tolist() == rows.tolist()
