import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.sampling import draw_sample, inclusion_probabilities

RNG = np.random.default_rng(0)
P_ERROR = RNG.beta(0.3, 2, 200)
KEYS = RNG.integers(0, 2**63, 200).astype(np.uint64)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 70), st.integers(0, 9))
def test_sample_has_the_size_asked_for_and_no_row_twice(p_error, n, seed):
    keys = np.arange(len(p_error), dtype=np.uint64)
    rows, chances = draw_sample(np.array(p_error), n, keys, seed)
    assert len(rows) == len(set(rows.tolist())) == min(n, len(p_error))
    assert ((chances > 0) & (chances <= 1)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 60))
def test_inclusion_probabilities_sum_to_the_sample(p_error, n):
    n = min(n, len(p_error))
    chances = inclusion_probabilities(np.array(p_error), n)
    assert chances.sum() == pytest.approx(n)
    assert ((chances > 0) & (chances <= 1)).all()


def test_rows_are_drawn_as_often_as_they_are_said_to_be():
    drawn = np.zeros(200)
    for seed in range(3000):
        drawn[draw_sample(P_ERROR, 40, KEYS, seed)[0]] += 1 / 3000
    assert np.abs(drawn - inclusion_probabilities(P_ERROR, 40)).max() < 0.04


def test_sample_does_not_depend_on_row_order():
    order = RNG.permutation(200)
    rows, chances = draw_sample(P_ERROR, 40, KEYS, 7)
    shuffled, same_chances = draw_sample(P_ERROR[order], 40, KEYS[order], 7)
    assert order[shuffled].tolist() == rows.tolist()
    assert same_chances == pytest.approx(chances)


def test_beginning_of_the_sample_covers_all_chances():
    """Stopping half-way leaves a sample: the first ten are as suspicious as the last ten, on average."""
    first, last = (
        np.mean([P_ERROR[draw_sample(P_ERROR, 40, KEYS, seed)[0][part]].mean() for seed in range(300)])
        for part in (slice(10), slice(-10, None))
    )
    assert first == pytest.approx(last, abs=0.03)


def test_another_seed_draws_another_sample():
    assert set(draw_sample(P_ERROR, 20, KEYS, 0)[0].tolist()) != set(
        draw_sample(P_ERROR, 20, KEYS, 1)[0].tolist()
    )
