"""Label spreading, against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.kernels import spreading
from labelaudit.kernels.spreading import ALPHA, FOLDS, STEPS, spreading_margins
from tests.builders import nearest_rows

SEEDS = st.integers(0, 2**32 - 1)
N_ROWS, N_CLASSES = 20, 4


def graph_of(seed: int, k: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(neighbors, weights, labels, folds)."""
    rng = np.random.default_rng(seed)
    neighbors, distances = nearest_rows(rng.standard_normal((N_ROWS, 2)).astype(np.float32), k)
    labels = rng.integers(0, N_CLASSES, N_ROWS).astype(np.int8)
    return neighbors, np.exp(-distances), labels, rng.permutation(N_ROWS) % FOLDS


def dense_margins(
    neighbors: np.ndarray, weights: np.ndarray, labels: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    """The same by dense matrices, one fold after the other."""
    directed = np.zeros((N_ROWS, N_ROWS))
    np.put_along_axis(directed, neighbors.astype(np.int64), weights, axis=1)
    both = directed + directed.T
    roots = np.sqrt(both.sum(axis=1))
    graph = both / roots[:, None] / roots
    margins = np.empty(N_ROWS)
    for fold in range(FOLDS):
        seeds = np.eye(N_CLASSES)[labels] * (folds != fold)[:, None]
        reached = seeds
        for _ in range(STEPS):
            reached = ALPHA * graph @ reached + (1 - ALPHA) * seeds
        for row in np.flatnonzero(folds == fold):
            shares = reached[row] / reached[row].sum()
            rival = np.delete(shares, labels[row]).max()
            margins[row] = (1 + shares[labels[row]] - rival) / 2
    return margins


@given(SEEDS)
@settings(max_examples=40)
def test_margins_are_those_of_dense_matrices(seed: int) -> None:
    neighbors, weights, labels, folds = graph_of(seed)
    found = spreading_margins(neighbors, weights, labels, N_CLASSES, folds)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, dense_margins(neighbors, weights, labels, folds), atol=1e-5)


def test_columns_are_spread_alone_as_together(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(1)
    whole = spreading_margins(*graph[:3], N_CLASSES, graph[3])
    for values in (1, 2 * N_ROWS, 3 * N_ROWS):
        monkeypatch.setattr(spreading, "BLOCK_VALUES", values)
        np.testing.assert_allclose(spreading_margins(*graph[:3], N_CLASSES, graph[3]), whole, atol=1e-12)


@given(SEEDS)
@settings(max_examples=20)
def test_a_row_that_changes_its_label_changes_nothing_that_reaches_it(seed: int) -> None:
    neighbors, weights, labels, folds = graph_of(seed)
    labels = labels % 2
    before = spreading_margins(neighbors, weights, labels, 2, folds)
    labels[0] = 1 - labels[0]
    after = spreading_margins(neighbors, weights, labels, 2, folds)
    # Two classes: the margin of one is what is left by the other's.
    np.testing.assert_allclose(after[0], 1 - before[0], atol=1e-6)


def test_where_no_label_arrives_the_margin_is_in_the_middle() -> None:
    nobody = np.zeros((3, 0))
    labels, folds = np.array([0, 1, 1]), np.arange(3)
    assert spreading_margins(nobody.astype(np.int32), nobody, labels, 2, folds).tolist() == [0.5] * 3
    pair = np.array([[1], [0]])
    hidden_together = spreading_margins(pair, np.ones((2, 1)), labels[:2], 2, np.zeros(2, dtype=np.int64))
    assert hidden_together.tolist() == [0.5, 0.5]


def test_neighbours_of_no_weight_do_not_count() -> None:
    neighbors = np.array([[1, 2], [0, 2], [0, 1]])
    weights = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    margins = spreading_margins(neighbors, weights, np.array([0, 0, 1]), 2, np.arange(3))
    assert margins.tolist() == [1, 1, 0.5]
