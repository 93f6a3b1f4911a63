"""How many labels are wrong, and each label's chance of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.estimates import (
    CEILING,
    SUREST,
    chances_of_error,
    cut_below,
    error_estimate,
    more_likely_wrong,
    sure_disagreement,
)

SEEDS = st.integers(0, 2**32 - 1)
# Apart by more than the rounding of a middle between two.
DISTINCT = st.lists(st.integers(-3000, 3000), min_size=1, max_size=40, unique=True).map(
    lambda values: np.array(values) / 100
)


@given(DISTINCT, st.integers(-1, 45), st.floats(0.1, 3))
def test_as_many_rows_as_are_estimated_wrong_have_a_chance_over_a_half(
    log_odds: np.ndarray, n_suspects: int, slope: float
) -> None:
    chances = chances_of_error(log_odds, cut_below(log_odds, n_suspects), slope=slope)
    expected = min(max(n_suspects, 0), len(log_odds))
    assert (chances > 0.5).sum() == expected
    assert set(np.argsort(-log_odds)[:expected]) == set(np.flatnonzero(chances > 0.5))


@given(DISTINCT, st.floats(-50, 50), st.floats(0.1, 3))
def test_chances_follow_the_log_odds_and_nobody_is_sure(
    log_odds: np.ndarray, cut: float, slope: float
) -> None:
    chances = chances_of_error(log_odds, cut, slope=slope)
    assert ((chances > 0) & (chances <= CEILING)).all()
    assert (np.diff(chances[np.argsort(log_odds)]) >= 0).all()


@pytest.mark.parametrize("log_odds", [-1e300, -1e4, 1e4, 1e300])
def test_far_log_odds_raise_no_warning(log_odds: float) -> None:
    assert 0 < chances_of_error(np.array([log_odds]), 0.0)[0] <= CEILING


def test_tied_rows_at_the_cut_are_not_over_a_half() -> None:
    tied = np.array([2.0, 1.0, 1.0, 0.0])
    assert (chances_of_error(tied, cut_below(tied, 2)) > 0.5).tolist() == [True, False, False, False]


@given(SEEDS, st.integers(1, 60), st.integers(1, 5))
def test_sure_disagreement_equals_a_plain_loop(seed: int, n_rows: int, n_classes: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, labels = rng.integers(0, n_classes, (2, n_rows))
    confidence = rng.integers(0, 5, n_rows) / 5
    found = sure_disagreement(predicted, confidence, labels)
    for share, at in zip(SUREST, found, strict=True):
        differs = []
        for one in np.unique(predicted):
            rows = sorted(np.flatnonzero(predicted == one), key=lambda row: (-confidence[row], row))
            surest = rows[: max(1, int(share * len(rows)))]
            differs += [predicted[row] != labels[row] for row in surest]
        assert at == pytest.approx(np.mean(differs))


@given(
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.integers(1, 10_000),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_estimate_is_within_its_range_and_the_rows(
    disagreement: tuple[float, float], n_rows: int, doubted: float, pruned: float
) -> None:
    estimate = error_estimate(np.array(disagreement), n_rows, int(doubted * n_rows), int(pruned * n_rows))
    assert 0 <= estimate.low <= estimate.count <= estimate.high <= n_rows


def test_agreement_among_the_surest_makes_the_data_look_clean_and_the_estimate_small() -> None:
    clean = error_estimate(np.array([0.01, 0.04]), 1000, 200, 60)
    noisy = error_estimate(np.array([0.03, 0.04]), 1000, 200, 60)
    assert clean.looks_clean
    assert not noisy.looks_clean
    assert clean.count == 30
    assert noisy.count == 190


@given(SEEDS)
def test_a_row_is_doubted_by_more_than_half_of_the_votes(seed: int) -> None:
    votes = np.random.default_rng(seed).random((3, 20)) < 0.5
    assert more_likely_wrong(*votes) == sum(int(column.sum()) >= 2 for column in votes.T)
