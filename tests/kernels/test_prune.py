"""The filters, against cleanlab; the bounds that spare work never lose a row."""

from __future__ import annotations

import cleanlab.filter
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelaudit.kernels.prune import (
    Margins,
    flag_lowest,
    keep_largest,
    margin_candidates,
    margin_floors,
    prune_counts,
)
from labelaudit.kernels.row_view import row_view
from tests.builders import streamed
from tests.oracle import FILTERS, oracle
from tests.strategies import Dataset, datasets

IntArray = npt.NDArray[np.int64]


@given(dataset=datasets())
def test_every_filter_flags_what_cleanlab_flags(dataset: Dataset) -> None:
    expected = oracle(*dataset).masks
    for filter_by in FILTERS:
        learned = streamed(*dataset, filter=filter_by)
        np.testing.assert_array_equal(learned.flagged, expected[filter_by], err_msg=filter_by)


@given(hnp.arrays(np.int64, st.integers(2, 6).map(lambda k: (k, k)), elements=st.integers(0, 9)))
def test_counts_keep_one_row_a_class_as_cleanlab_does(calibrated: IntArray) -> None:
    expected = cleanlab.filter._keep_at_least_n_per_class(calibrated.T, 1).T
    np.testing.assert_array_equal(prune_counts(calibrated), expected)


@given(dataset=datasets(), seed=st.integers(0, 20))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floors_never_lose_one_of_the_largest_margins(
    dtype: type[np.floating], dataset: Dataset, seed: int
) -> None:
    labels, pred_probs = dataset[0], dataset[1].astype(dtype)
    n_rows, n_classes = pred_probs.shape
    n_of = np.bincount(labels, minlength=n_classes)
    rng = np.random.default_rng(seed)
    counts = np.minimum(rng.integers(0, 6, (n_classes, n_classes)), n_of[:, None])
    np.fill_diagonal(counts, 0)
    counts[n_of <= 1] = 0
    view, _ = row_view(labels, pred_probs.copy())
    found = margin_candidates(
        np.arange(n_rows), labels, view.self_confidence, pred_probs, margin_floors(view, counts)
    )
    kept = keep_largest([found], counts)
    chosen = set(zip(kept.pairs.tolist(), kept.rows.tolist(), strict=True))
    expected = set()
    margins = pred_probs.astype(np.float64) - view.self_confidence[:, None]
    for given_class, true in np.argwhere(counts).tolist():
        rows = np.flatnonzero(labels == given_class)
        order = rows[np.argsort(-margins[rows, true], kind="stable")]
        pair = given_class * n_classes + true
        expected |= {(pair, row) for row in order[: counts[given_class, true]].tolist()}
    assert chosen == expected


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-4, 4)), max_size=40),
    st.integers(1, 39),
    st.integers(0, 5),
)
def test_largest_of_parts_are_the_largest_of_all(cells: list[tuple[int, int]], cut: int, n: int) -> None:
    """What was dropped early would not have been chosen late; equal margins go by row."""
    counts = np.full((2, 2), n)

    def margins(start: int, stop: int) -> Margins:
        return Margins(
            pairs=np.array([pair for pair, _ in cells[start:stop]], dtype=np.int64),
            rows=np.arange(len(cells))[start:stop],
            values=np.array([value / 4 for _, value in cells[start:stop]]),
        )

    whole = keep_largest([margins(0, len(cells))], counts)
    parts = [keep_largest([margins(a, b)], counts) for a, b in ((0, cut), (cut, len(cells)))]
    for order in (parts, parts[::-1]):
        merged = keep_largest(order, counts)
        assert merged.rows.tolist() == whole.rows.tolist()


@given(st.lists(st.integers(0, 3).map(lambda n: n / 3), max_size=30), st.integers(0, 30))
def test_lowest_scores_are_flagged_ties_by_row(scores: list[float], n: int) -> None:
    flagged = flag_lowest(np.array(scores), min(n, len(scores)))
    order = sorted(range(len(scores)), key=lambda i: (scores[i], i))
    assert set(np.flatnonzero(flagged).tolist()) == set(order[:n])
