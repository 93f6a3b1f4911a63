"""What a row of probabilities must be: exact limits, and no row depends on its neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelaudit.kernels.clean import FINE, MENDED, NON_FINITE, NOT_PROBABILITIES, clean_rows
from tests.strategies import Dataset, datasets

FloatMatrix = npt.NDArray[np.float64]


def verdicts(*rows: list[float], dtype: type[np.floating] = np.float64) -> list[int]:
    return clean_rows(np.array(rows, dtype=dtype)).verdicts.tolist()


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ([0.25, 0.75], FINE),
        ([0.0, 1.0], FINE),
        ([-0.0, 1.0], FINE),
        ([0.5, 0.5 + 0.9e-6], FINE),
        ([0.5, 0.5 + 1.1e-6], MENDED),
        ([0.5, 0.5099], MENDED),
        ([0.5, 0.4901], MENDED),
        ([0.5, 0.5101], NOT_PROBABILITIES),
        ([0.5, 0.4899], NOT_PROBABILITIES),
        ([-0.9e-6, 1.0], MENDED),
        ([-1.1e-6, 1.0], NOT_PROBABILITIES),
        ([0.0, 1.0009], MENDED),
        ([0.0, 1.0011], NOT_PROBABILITIES),
        ([0.0, 0.0], NOT_PROBABILITIES),
        ([np.nan, 1.0], NON_FINITE),
        ([np.inf, 0.0], NON_FINITE),
        ([-np.inf, 0.0], NON_FINITE),
        ([np.inf, -np.inf], NON_FINITE),
    ],
)
def test_limits_are_those_of_the_contract(row: list[float], verdict: int) -> None:
    assert verdicts(row) == [verdict]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fine_rows_keep_their_bits_and_precision(dtype: type[np.floating]) -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(5), 100).astype(dtype)
    clean = clean_rows(rows)
    assert clean.pred_probs.dtype == dtype
    assert clean.pred_probs.tobytes() == rows.tobytes()


@pytest.mark.parametrize("bad", [[np.nan, 0.5, 0.5], [0.4, 0.4, 0.4], [0.3, 0.3, 0.402]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bad_neighbour_changes_no_other_row(bad: list[float], dtype: type[np.floating]) -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(3), 100).astype(dtype)
    rows[40] = bad
    clean = clean_rows(rows)
    others = np.arange(100) != 40
    np.testing.assert_array_equal(clean.pred_probs[others], rows[others])
    assert (clean.verdicts[others] == FINE).all()


def test_mended_rows_are_clipped_and_sum_to_one() -> None:
    clean = clean_rows(np.array([[-5e-7, 0.5, 0.505], [0.0, 0.0, 1.0005]]))
    np.testing.assert_array_equal(clean.pred_probs, [[0, 0.5 / 1.005, 0.505 / 1.005], [0, 0, 1]])


def test_unusable_rows_are_made_uniform() -> None:
    np.testing.assert_array_equal(clean_rows(np.array([[np.nan, 1.0], [5.0, 5.0]])).pred_probs, 0.5)


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
        elements=st.floats(-0.125, 1.125, width=32)
        | st.sampled_from([0.0, 1.0, 0.5, float("nan"), float("inf")]),
    )
)
def test_rows_are_judged_one_by_one(rows: npt.NDArray[np.floating]) -> None:
    before = rows.tobytes()
    together = clean_rows(rows)
    alone = [clean_rows(rows[i : i + 1]) for i in range(len(rows))]
    assert together.verdicts.tolist() == [int(one.verdicts[0]) for one in alone]
    for i, one in enumerate(alone):
        np.testing.assert_array_equal(
            together.pred_probs[i], one.pred_probs[0].astype(together.pred_probs.dtype)
        )
    assert rows.tobytes() == before
    usable = together.pred_probs[together.verdicts < NON_FINITE]
    assert ((usable >= 0) & (usable <= 1)).all()


@given(datasets())
def test_cleaning_twice_is_cleaning_once(dataset: Dataset) -> None:
    once = clean_rows(dataset[1] * 1.001).pred_probs
    again = clean_rows(once)
    assert (again.verdicts == FINE).all()
    np.testing.assert_array_equal(again.pred_probs, once)
