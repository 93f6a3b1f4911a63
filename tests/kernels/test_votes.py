"""Votes of the neighbours, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels import candidates
from labelaudit.kernels.votes import COPY_DISTANCE, FEWEST_CROWD, vote_shares, vote_weights
from tests.builders import nearest_rows

SEEDS = st.integers(0, 2**32 - 1)


def graph_of(seed: int, n_rows: int = 15, k: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    neighbors, distances = nearest_rows(rng.standard_normal((n_rows, 3)).astype(np.float32), k)
    return neighbors, distances, rng.integers(0, 4, n_rows).astype(np.int8)


@given(SEEDS, st.sampled_from([0.0, 1.0, 2.0]))
def test_weights_equal_a_plain_loop(seed: int, scale: float) -> None:
    neighbors, distances, labels = graph_of(seed)
    weights = vote_weights(neighbors, distances, labels, metric="euclidean", scale=scale)
    for row, near in enumerate(distances.astype(np.float64)):
        for column, distance in enumerate(near):
            expected = np.exp(-((scale * distance / near[-1]) ** 2) / 2)
            assert weights[row, column] == pytest.approx(expected, abs=1e-6)
    assert weights.dtype == np.float32


@given(SEEDS, st.booleans(), st.sampled_from([0.0, 0.04, 0.1]))
def test_shares_equal_a_plain_loop(seed: int, trusted: bool, smoothing: float) -> None:
    neighbors, distances, labels = graph_of(seed)
    rng = np.random.default_rng(seed)
    weights = vote_weights(neighbors, distances, labels, metric="euclidean")
    trust = rng.random(len(labels)) if trusted else None
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    chosen = np.stack([rng.permutation(4)[:2] for _ in labels])
    found = vote_shares(neighbors, weights, labels, shares, chosen, trust=trust, smoothing=smoothing)
    for row, near in enumerate(neighbors):
        votes = np.zeros(4)
        for neighbor, weight in zip(near, weights[row], strict=True):
            votes[labels[neighbor]] += weight * (1 if trust is None else trust[neighbor])
        expected = (votes / votes.sum() + smoothing * shares) / (1 + smoothing)
        np.testing.assert_allclose(found[row], expected[chosen[row]], atol=1e-6)


@given(SEEDS)
def test_shares_of_all_classes_sum_to_one(seed: int) -> None:
    neighbors, distances, labels = graph_of(seed)
    everything = np.broadcast_to(np.arange(4), (len(labels), 4))
    weights = vote_weights(neighbors, distances, labels, metric="euclidean")
    found = vote_shares(neighbors, weights, labels, np.full(4, 0.25), everything, smoothing=0.04)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_rows_at_no_distance_vote_fully() -> None:
    neighbors, distances = nearest_rows(np.zeros((4, 2), dtype=np.float32), 3)
    weights = vote_weights(neighbors, distances, np.zeros(4, dtype=np.int8), metric="euclidean")
    assert (weights == 1).all()


def test_a_copy_with_the_same_label_does_not_vote_and_one_with_another_does() -> None:
    neighbors, distances = np.array([[1, 2, 3]]), np.array([[0.0, 0.001, 1.0]])
    labels = np.array([0, 0, 1, 0])
    padded = np.vstack([neighbors] * 4), np.vstack([distances] * 4)
    weights = vote_weights(*padded, labels, metric="cosine")
    assert weights[0, 0] == 0
    assert weights[0, 1] > 0.99
    assert weights[0, 2] > 0.1
    assert (vote_weights(*padded, labels, metric="euclidean")[0] > 0.1).all()


def test_ten_copies_are_a_crowd_and_vote() -> None:
    labels = np.zeros(FEWEST_CROWD + 2, dtype=np.int8)
    for n_copies, votes in ((FEWEST_CROWD - 1, False), (FEWEST_CROWD, True)):
        near = np.full(FEWEST_CROWD + 1, 0.5)
        near[:n_copies] = COPY_DISTANCE / 2
        neighbors = np.tile(np.arange(1, len(labels)), (len(labels), 1))
        weights = vote_weights(neighbors, np.tile(near, (len(labels), 1)), labels, metric="cosine")
        assert (weights[0, :n_copies] > 0).all() == votes


@pytest.mark.parametrize("k", [0, 3])
def test_without_votes_the_class_shares_remain(k: int) -> None:
    neighbors, weights = np.zeros((2, k), dtype=np.int32), np.zeros((2, k), dtype=np.float32)
    shares = np.array([0.75, 0.25])
    everything = np.broadcast_to(np.arange(2), (2, 2))
    found = vote_shares(neighbors, weights, np.array([0, 1]), shares, everything, smoothing=0.04)
    np.testing.assert_allclose(found / found.sum(axis=1, keepdims=True), [shares, shares], rtol=1e-6)


def test_rows_without_neighbours_have_no_weights() -> None:
    none = np.zeros((1, 0))
    assert vote_weights(none.astype(np.int32), none, np.array([0]), metric="cosine").shape == (1, 0)


def test_votes_do_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    neighbors, distances, labels = graph_of(1)

    def votes() -> bytes:
        weights = vote_weights(neighbors, distances, labels, metric="cosine")
        everything = np.broadcast_to(np.arange(4), (len(labels), 4))
        found = vote_shares(neighbors, weights, labels, np.full(4, 0.25), everything, smoothing=0.04)
        return weights.tobytes() + found.tobytes()

    whole = votes()
    monkeypatch.setattr(candidates, "BLOCK_VALUES", 13)
    assert votes() == whole
