"""The scores of single rows, against cleanlab and where cleanlab underflows."""

from __future__ import annotations

from collections.abc import Callable

import cleanlab.rank
import numpy as np
import pytest
from hypothesis import given

from labelaudit.kernels.scores import confidence_weighted_entropy, normalized_margin, self_confidence
from tests.strategies import Dataset, datasets


@pytest.mark.parametrize(
    ("score", "method"), [(self_confidence, "self_confidence"), (normalized_margin, "normalized_margin")]
)
@given(dataset=datasets())
def test_scores_are_exactly_cleanlabs(score: Callable[..., object], method: str, dataset: Dataset) -> None:
    expected = cleanlab.rank.get_label_quality_scores(*dataset, method=method)
    np.testing.assert_array_equal(score(*dataset), expected)


@given(datasets())
def test_entropy_is_cleanlabs_where_that_does_not_underflow(dataset: Dataset) -> None:
    expected = cleanlab.rank.get_label_quality_scores(*dataset, method="confidence_weighted_entropy")
    scores = confidence_weighted_entropy(*dataset)
    plain = scores < 0.999
    # log(x + 1) loses digits as x gets small.
    np.testing.assert_allclose(scores[plain], expected[plain], rtol=0, atol=1e-9)


@pytest.mark.parametrize("rest", [0.0, 1e-300, 1e-17, 1e-9, 1e-6])
def test_entropy_of_a_certain_right_label_is_near_one(rest: float) -> None:
    pred_probs = np.array([[1 - rest, rest], [0.5, 0.5]])
    certain, undecided = confidence_weighted_entropy(np.array([0, 0]), pred_probs)
    assert 0.9999 <= certain <= 1
    assert undecided < certain


@pytest.mark.parametrize("n_classes", [2, 3, 1000])
def test_entropy_of_a_certain_wrong_label_is_lowest_of_all(n_classes: int) -> None:
    pred_probs = np.full((2, n_classes), 1e-9)
    pred_probs[0, 1], pred_probs[1] = 1 - 1e-9 * (n_classes - 1), 1 / n_classes
    wrong, undecided = confidence_weighted_entropy(np.array([0, 0]), pred_probs)
    assert 0 <= wrong <= 1
    assert 0 <= undecided <= 1


def test_probabilities_of_zero_raise_no_warning() -> None:
    assert confidence_weighted_entropy(np.array([1]), np.array([[1.0, 0.0]])).tolist() == [1.0]
