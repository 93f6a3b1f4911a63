"""What every scorer by a row's own probabilities promises; test_graph_scorers.py has the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.config import BY_PROBABILITIES, SCORER_NAMES
from labelaudit.kernels.row_view import row_view
from labelaudit.scorers import BATCH_SCORERS, FITTED_SCORERS, GRAPH_SCORERS, ROW_SCORERS, SCORERS
from tests.builders import quality_of
from tests.strategies import Dataset, batch_cuts, datasets

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def scores_of(name: str, labels: IntArray, pred_probs: npt.NDArray[np.floating]) -> FloatArray:
    if name in BATCH_SCORERS:
        return BATCH_SCORERS[name].score_block(labels, pred_probs)
    return ROW_SCORERS[name].score_rows(row_view(labels, pred_probs.copy())[0])


@st.composite
def with_extremes(draw: st.DrawFn) -> Dataset:
    """Datasets with one-hot and uniform rows among the others."""
    labels, pred_probs = draw(datasets())
    kinds = np.array(draw(st.lists(st.integers(0, 4), min_size=len(labels), max_size=len(labels))))
    n_classes = pred_probs.shape[1]
    pred_probs[kinds == 0] = np.eye(n_classes)[labels[kinds == 0]]
    pred_probs[kinds == 1] = np.eye(n_classes)[(labels[kinds == 1] + 1) % n_classes]
    pred_probs[kinds == 2] = 1 / n_classes
    return labels, pred_probs


def test_every_scorer_has_one_name_and_one_kind() -> None:
    kinds = (ROW_SCORERS, BATCH_SCORERS, FITTED_SCORERS, GRAPH_SCORERS)
    names = [name for kind in kinds for name in kind]
    assert sorted(names) == sorted(SCORERS) == sorted(SCORER_NAMES)
    assert len(set(names)) == len(names)
    assert set(BY_PROBABILITIES) == set(ROW_SCORERS) | set(BATCH_SCORERS)
    assert all(name == scorer.name for name, scorer in (ROW_SCORERS | BATCH_SCORERS).items())


@pytest.mark.parametrize("name", BY_PROBABILITIES)
@given(dataset=with_extremes())
def test_scores_are_in_range(name: str, dataset: Dataset) -> None:
    scores = scores_of(name, *dataset)
    assert scores.dtype == np.float64
    assert scores.shape == dataset[0].shape
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize("name", BY_PROBABILITIES)
@given(dataset=with_extremes())
def test_inputs_are_left_untouched(name: str, dataset: Dataset) -> None:
    labels, pred_probs = dataset
    before = labels.tobytes(), pred_probs.tobytes()
    scores_of(name, labels, pred_probs)
    assert (labels.tobytes(), pred_probs.tobytes()) == before


@pytest.mark.parametrize("name", BY_PROBABILITIES)
@given(dataset=with_extremes(), seed=st.integers(0, 100))
def test_shuffled_rows_have_their_own_scores(name: str, dataset: Dataset, seed: int) -> None:
    labels, pred_probs = dataset
    order = np.random.default_rng(seed).permutation(len(labels))
    np.testing.assert_array_equal(
        scores_of(name, labels[order], pred_probs[order]), scores_of(name, *dataset)[order]
    )


@pytest.mark.parametrize("name", BY_PROBABILITIES)
@given(data=st.data(), dataset=with_extremes(), workers=st.integers(1, 2))
def test_batches_and_workers_change_no_bit(
    name: str, data: st.DataObject, dataset: Dataset, workers: int
) -> None:
    cuts = data.draw(batch_cuts(len(dataset[0])))
    whole = quality_of(*dataset, rank_by=name)
    cut = quality_of(*dataset, rank_by=name, cuts=cuts, workers=workers)
    assert cut.tobytes() == whole.tobytes()


@pytest.mark.parametrize("name", BY_PROBABILITIES)
@given(dataset=with_extremes())
def test_single_precision_is_scored_like_the_same_numbers_in_double(name: str, dataset: Dataset) -> None:
    labels, pred_probs = dataset[0], dataset[1].astype(np.float32)
    left, right = scores_of(name, labels, pred_probs), scores_of(name, labels, pred_probs.astype(np.float64))
    assert left.tobytes() == right.tobytes()


@pytest.mark.parametrize("name", BY_PROBABILITIES)
@given(dataset=with_extremes())
def test_given_label_that_is_certain_scores_above_one_that_is_ruled_out(name: str, dataset: Dataset) -> None:
    n_classes = dataset[1].shape[1]
    certain = np.eye(n_classes)[:2]
    right, wrong = scores_of(name, np.array([0, 0]), certain)
    assert right == 1.0
    assert wrong <= right
