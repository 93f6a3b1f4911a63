"""Kernel ridge regression with each row left out, against fits that never saw the row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.kernels import candidates
from labelaudit.kernels.ridge import (
    PENALTIES,
    KernelFeatures,
    best_penalty,
    kernel_features,
    left_out_shares,
)

SEEDS = st.integers(0, 2**32 - 1)
N_ROWS, N_CLASSES = 30, 3
SHARES = np.array([0.5, 0.3, 0.2])


def rows_of(seed: int) -> tuple[KernelFeatures, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, N_CLASSES, N_ROWS).astype(np.int8)
    vectors = (rng.standard_normal((N_ROWS, 4)) + labels[:, None]).astype(np.float32)
    return kernel_features(vectors, rng.permutation(N_ROWS)), labels


def refitted(features: KernelFeatures, labels: np.ndarray, penalty: float, trust: np.ndarray) -> np.ndarray:
    """(N, K) what ridge regression on the other rows predicts for each row."""
    columns = features.columns.astype(np.float64)
    targets = np.eye(N_CLASSES)[labels]
    predicted = np.empty((N_ROWS, N_CLASSES))
    for row in range(N_ROWS):
        rest = np.arange(N_ROWS) != row
        weighted = columns[rest] * trust[rest, None]
        scatter = weighted.T @ columns[rest] + penalty * np.eye(columns.shape[1])
        predicted[row] = columns[row] @ np.linalg.solve(scatter, weighted.T @ targets[rest])
    return predicted


@pytest.mark.parametrize("trusted", [False, True])
@given(seed=SEEDS, penalty=st.sampled_from(PENALTIES[1:]))
@settings(max_examples=25)
def test_left_out_rows_are_judged_as_if_they_had_not_been_there(
    trusted: bool, seed: int, penalty: float
) -> None:
    features, labels = rows_of(seed)
    trust = np.random.default_rng(seed).random(N_ROWS) if trusted else None
    everything = np.broadcast_to(np.arange(N_CLASSES), (N_ROWS, N_CLASSES))
    found = left_out_shares(
        features, labels, SHARES, everything, penalty * N_ROWS, trust=trust, smoothing=0.04
    )
    weights = np.ones(N_ROWS) if trust is None else trust
    dense = np.maximum(refitted(features, labels, penalty * N_ROWS, weights), 0)
    expected = (dense + 0.04 * SHARES) / (dense.sum(axis=1, keepdims=True) + 0.04)
    np.testing.assert_allclose(found, expected, atol=2e-3)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


@given(seed=SEEDS)
@settings(max_examples=15)
def test_the_penalty_is_the_one_with_the_least_error_left_out(seed: int) -> None:
    features, labels = rows_of(seed)
    targets = np.eye(N_CLASSES)[labels]
    errors = [
        ((targets - refitted(features, labels, p * N_ROWS, np.ones(N_ROWS))) ** 2).sum() for p in PENALTIES
    ]
    chosen = PENALTIES.index(best_penalty(features, labels, N_CLASSES) / N_ROWS)
    assert errors[chosen] <= 1.001 * min(errors)


def test_a_rows_own_label_does_not_change_its_judgement() -> None:
    features, labels = rows_of(0)
    everything = np.broadcast_to(np.arange(N_CLASSES), (N_ROWS, N_CLASSES))
    for row in range(N_ROWS):
        changed = labels.copy()
        changed[row] = (changed[row] + 1) % N_CLASSES
        found = [
            left_out_shares(features, at, SHARES, everything, 0.1, smoothing=0.04)[row]
            for at in (labels, changed)
        ]
        np.testing.assert_allclose(*found, atol=1e-4)


def test_features_of_few_rows_multiply_to_the_gaussian_kernel() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((40, 3)).astype(np.float32)
    squares = ((vectors[:, None].astype(np.float64) - vectors) ** 2).sum(axis=2)
    kernel = np.exp(-squares / np.median(squares[np.triu_indices(40, 1)]))
    columns = kernel_features(vectors, np.arange(40)).columns.astype(np.float64)
    # The constant column adds 1; directions of less than 1e-4 of the largest are dropped.
    np.testing.assert_allclose(columns @ columns.T, kernel + 1, atol=0.01)


@given(SEEDS)
@settings(max_examples=10)
def test_scatter_is_that_of_the_columns(seed: int) -> None:
    columns = rows_of(seed)[0].columns.astype(np.float64)
    np.testing.assert_allclose(
        columns.T @ columns, np.diag(rows_of(seed)[0].scatter), atol=1e-4 * (columns**2).sum()
    )


@given(SEEDS)
@settings(max_examples=10)
def test_candidates_have_the_shares_that_all_classes_have(seed: int) -> None:
    features, labels = rows_of(seed)
    everything = np.broadcast_to(np.arange(N_CLASSES), (N_ROWS, N_CLASSES))
    rng = np.random.default_rng(seed)
    chosen = np.stack([rng.permutation(N_CLASSES)[:2] for _ in labels])
    dense = left_out_shares(features, labels, SHARES, everything, 0.1, smoothing=0.04)
    found = left_out_shares(features, labels, SHARES, chosen, 0.1, smoothing=0.04)
    np.testing.assert_array_equal(found, np.take_along_axis(dense, chosen, axis=1))


def test_block_size_reaches_the_last_bits_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = np.broadcast_to(np.arange(N_CLASSES), (N_ROWS, N_CLASSES))

    def judged() -> np.ndarray:
        features, labels = rows_of(3)
        penalty = best_penalty(features, labels, N_CLASSES)
        return left_out_shares(features, labels, SHARES, everything, penalty, smoothing=0.04)

    whole = judged()
    monkeypatch.setattr(candidates, "BLOCK_VALUES", 5000)
    np.testing.assert_allclose(judged(), whole, atol=1e-4)


@pytest.mark.parametrize("n_rows", [1, 2, 12])
def test_rows_at_one_place_have_the_shares_of_the_others(n_rows: int) -> None:
    features = kernel_features(np.ones((n_rows, 2), dtype=np.float32), np.arange(n_rows))
    labels = np.zeros(n_rows, dtype=np.int8)
    everything = np.broadcast_to(np.arange(2), (n_rows, 2))
    penalty = best_penalty(features, labels, 2)
    found = left_out_shares(features, labels, np.array([1.0, 0.0]), everything, penalty, smoothing=0.04)
    np.testing.assert_allclose(found, np.tile([1.0, 0.0], (n_rows, 1)), atol=1e-6)
