"""MIX: true classes and the noise matrix, on labels whose noise is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.kernels.mixing import SMALLEST_DIAGONAL, Mixture, believed, fit_mixture, true_classes

SEEDS = st.integers(0, 2**32 - 1)
NOISE = np.array([[0.9, 0.1, 0.0], [0.05, 0.7, 0.25], [0.0, 0.0, 1.0]])


def labels_with_noise(seed: int, n_rows: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(opinions on the given labels, given labels, true classes)."""
    rng = np.random.default_rng(seed)
    true = rng.choice(3, n_rows, p=[0.5, 0.3, 0.2])
    given_labels = np.array([rng.choice(3, p=NOISE[z]) for z in true])
    doubts = rng.dirichlet(np.ones(3), n_rows)
    opinion = (0.9 * NOISE[true] + 0.1 * doubts).astype(np.float32)
    return opinion, given_labels, true


def dense(n_rows: int, n_classes: int = 3) -> np.ndarray:
    return np.broadcast_to(np.arange(n_classes, dtype=np.int32), (n_rows, n_classes))


@pytest.mark.parametrize("seed", range(3))
def test_the_noise_matrix_is_found_again(seed: int) -> None:
    opinion, labels, true = labels_with_noise(seed)
    mixture = fit_mixture(opinion, dense(len(labels)), labels, 3)
    # Each row is shrunk to the diagonal by its own weight: half of every error rate.
    np.testing.assert_allclose(mixture.noise, (NOISE + np.eye(3)) / 2, atol=0.05)
    np.testing.assert_allclose(mixture.shares, np.bincount(true) / len(true), atol=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_true_classes_are_found_where_labels_are_wrong(seed: int) -> None:
    opinion, labels, true = labels_with_noise(seed)
    mixture = fit_mixture(opinion, dense(len(labels)), labels, 3)
    before = true_classes(mixture, opinion, dense(len(labels)))
    wrong = labels != true
    assert (before.argmax(axis=1) == true).mean() > 0.97
    assert (
        believed(mixture, before, dense(len(labels)), labels)[wrong].argmax(axis=1) == true[wrong]
    ).mean() > 0.9


@given(SEEDS, st.integers(2, 8), st.integers(1, 40))
@settings(max_examples=30)
def test_all_that_is_learned_are_probabilities(seed: int, n_classes: int, n_rows: int) -> None:
    rng = np.random.default_rng(seed)
    opinion = rng.dirichlet(np.full(n_classes, rng.choice([0.02, 1.0])), n_rows).astype(np.float32)
    labels = rng.integers(0, n_classes, n_rows)
    mixture = fit_mixture(opinion, dense(n_rows, n_classes), labels, n_classes)
    before = true_classes(mixture, opinion, dense(n_rows, n_classes))
    belief = believed(mixture, before, dense(n_rows, n_classes), labels)
    for matrix in (before, belief, mixture.shares[None]):
        assert (matrix >= 0).all()
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    assert (mixture.noise.diagonal() >= SMALLEST_DIAGONAL - 1e-9).all()
    assert (mixture.profiles.diagonal() >= SMALLEST_DIAGONAL - 1e-9).all()


@given(SEEDS, st.integers(2, 6))
@settings(max_examples=20)
def test_the_order_of_the_candidates_changes_nothing(seed: int, n_classes: int) -> None:
    rng = np.random.default_rng(seed)
    opinion = rng.dirichlet(np.ones(n_classes), 50).astype(np.float32)
    labels = rng.integers(0, n_classes, 50)
    shuffled = np.stack([rng.permutation(n_classes) for _ in labels]).astype(np.int32)
    moved = np.take_along_axis(opinion, shuffled, axis=1)
    expected = fit_mixture(opinion, dense(50, n_classes), labels, n_classes)
    found = fit_mixture(moved, shuffled, labels, n_classes)
    for name in ("shares", "profiles", "noise"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-6)
    before = true_classes(expected, opinion, dense(50, n_classes))
    np.testing.assert_allclose(
        true_classes(expected, moved, shuffled), np.take_along_axis(before, shuffled, axis=1), atol=1e-9
    )


def test_the_label_counts_by_the_noise_of_each_true_class() -> None:
    mixture = Mixture(shares=np.full(2, 0.5), profiles=np.eye(2), noise=np.array([[0.8, 0.2], [0.5, 0.5]]))
    belief = believed(mixture, np.array([[0.5, 0.5]]), dense(1, 2), np.array([0]))
    np.testing.assert_allclose(belief, [[0.8 / 1.3, 0.5 / 1.3]])


def test_fitting_leaves_the_opinions_untouched() -> None:
    opinion, labels, _ = labels_with_noise(0, 100)
    before = opinion.tobytes()
    fit_mixture(opinion, dense(100), labels, 3)
    assert opinion.tobytes() == before
