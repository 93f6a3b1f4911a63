"""Measures of an order of review, by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.finding import average_precision, found_by_depth, reviews_needed


@given(rows=st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=60))
def test_average_precision_is_that_of_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    from sklearn.metrics import average_precision_score

    is_error = np.array([error for error, _ in rows])
    is_error[0] = True
    suspicion = np.array([float(value) for _, value in rows])
    expected = average_precision_score(is_error, suspicion)
    assert average_precision(is_error, suspicion) == pytest.approx(expected, abs=1e-12)


def test_an_order_that_knows_the_truth_is_perfect_and_one_that_knows_nothing_finds_the_rate() -> None:
    is_error = np.arange(200) % 10 == 0
    assert average_precision(is_error, is_error.astype(float)) == 1
    assert average_precision(is_error, np.zeros(200)) == pytest.approx(0.1)


def test_equal_suspicion_is_reviewed_in_row_order() -> None:
    is_error = np.array([False, True, True, False])
    assert found_by_depth(is_error, np.zeros(4)).tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("found", "share", "needed"),
    [
        ([1, 2, 3, 4, 5], 0.8, 4),
        ([0, 0, 1, 1, 2, 3, 4, 4, 5], 0.8, 7),
        ([0, 1], 0.8, 2),
        ([1, 1, 1], 0.8, 1),
        ([1, 1, 2], 1.0, 3),
    ],
)
def test_reviews_needed_is_the_depth_at_which_the_share_is_reached(
    found: list[int], share: float, needed: int
) -> None:
    assert reviews_needed(np.array(found), share) == needed
