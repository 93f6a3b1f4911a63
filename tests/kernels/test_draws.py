"""Draws that belong to a row: keyed by a seed and the row's own key."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.draws import lowest, uniforms

KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=40).map(lambda keys: np.array(keys, dtype=np.uint64))
SEEDS = st.integers(0, 2**63)


@given(KEYS, SEEDS, st.integers(0, 9))
def test_draws_are_in_range(keys: np.ndarray, seed: int, stream: int) -> None:
    draws = uniforms(keys, seed, stream)
    assert draws.dtype == np.float64
    assert draws.shape == keys.shape
    assert ((draws >= 0) & (draws < 1)).all()


@given(KEYS, SEEDS, st.randoms())
def test_a_row_keeps_its_draw_wherever_it_stands(keys: np.ndarray, seed: int, random: object) -> None:
    order = np.arange(len(keys))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert uniforms(keys[order], seed, 0).tobytes() == uniforms(keys, seed, 0)[order].tobytes()


@given(KEYS, SEEDS)
def test_drawing_leaves_the_keys_untouched(keys: np.ndarray, seed: int) -> None:
    before = keys.tobytes()
    uniforms(keys, seed, 0)
    assert keys.tobytes() == before


def test_row_numbers_draw_evenly() -> None:
    draws = uniforms(np.arange(100_000, dtype=np.uint64), 0, 0)
    counts = np.bincount((draws * 20).astype(int), minlength=20)
    assert abs(draws.mean() - 0.5) < 0.005
    # 5,000 a bin; five standard deviations.
    assert (abs(counts - 5000) < 5 * 5000**0.5).all()


def test_seeds_and_streams_are_independent() -> None:
    keys = np.arange(20_000, dtype=np.uint64)
    draws = [uniforms(keys, seed, stream) for seed in (0, 1, 2) for stream in (0, 1, 2, 3)]
    for left, right in itertools.combinations(draws, 2):
        assert abs(np.corrcoef(left, right)[0, 1]) < 0.04


@given(st.lists(st.integers(0, 20), max_size=30, unique=True), st.integers(-2, 35))
def test_lowest_are_the_rows_with_the_lowest_draws(values: list[int], count: int) -> None:
    draws = np.array(values, dtype=np.float64) / 21
    expected = np.sort(np.argsort(draws)[: max(0, count)])
    np.testing.assert_array_equal(lowest(draws, count), expected)


@pytest.mark.parametrize("count", [0, 3, 10])
def test_row_order_does_not_reach_which_rows_are_lowest(count: int) -> None:
    keys = np.arange(10, dtype=np.uint64)
    chosen = set(keys[lowest(uniforms(keys, 5, 1), count)])
    assert set(keys[::-1][lowest(uniforms(keys[::-1], 5, 1), count)]) == chosen
