"""Ranks, against scipy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from labelaudit.kernels.ranks import mean_ranks

TIED = st.lists(st.integers(-3, 3), min_size=1, max_size=50)
SPREAD = st.lists(st.floats(allow_nan=False), min_size=1, max_size=50)


@given(st.one_of(TIED, SPREAD))
def test_ranks_are_scipys_average_ranks(values: list[float]) -> None:
    found = mean_ranks(np.array(values, dtype=np.float64))
    np.testing.assert_allclose(found, rankdata(values) / len(values), rtol=1e-14)


@given(SPREAD)
def test_ranks_are_in_range_and_their_mean_is_that_of_distinct_ones(values: list[float]) -> None:
    ranks = mean_ranks(np.array(values))
    assert ((ranks > 0) & (ranks <= 1)).all()
    np.testing.assert_allclose(ranks.mean(), (len(values) + 1) / (2 * len(values)), rtol=1e-12)


@given(TIED, st.randoms())
def test_row_order_does_not_reach_ranks(values: list[int], random: object) -> None:
    order = np.arange(len(values))
    random.shuffle(order)  # type: ignore[attr-defined]
    scores = np.array(values, dtype=np.float64)
    np.testing.assert_array_equal(mean_ranks(scores[order]), mean_ranks(scores)[order])


def test_single_precision_is_ranked_in_double() -> None:
    assert mean_ranks(np.array([2, 1], dtype=np.float32)).dtype == np.float64
