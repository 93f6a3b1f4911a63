"""POOL: the weights of several opinions, against a fit without gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from labelaudit.kernels.pooling import FLOOR, RIDGE, Pool, fit_pool, pooled

SEEDS = st.integers(0, 2**32 - 1)


def opinions_of(seed: int, n_rows: int = 300, n_classes: int = 3) -> tuple[list[np.ndarray], np.ndarray]:
    """A good opinion, a useless one, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n_rows)
    good = rng.dirichlet(np.ones(n_classes), n_rows) + 0.8 * np.eye(n_classes)[labels]
    useless = rng.dirichlet(np.ones(n_classes), n_rows)
    return [(m / m.sum(axis=1, keepdims=True)).astype(np.float32) for m in (good, useless)], labels


def dense(n_rows: int, n_classes: int) -> np.ndarray:
    return np.broadcast_to(np.arange(n_classes, dtype=np.int32), (n_rows, n_classes))


def fitted(opinions: list[np.ndarray], labels: np.ndarray, sample: np.ndarray | None = None) -> Pool:
    n_rows, n_classes = opinions[0].shape
    everyone = np.arange(n_rows) if sample is None else sample
    return fit_pool(opinions, dense(n_rows, n_classes), labels, n_classes, everyone)


def loss_of(point: np.ndarray, opinions: list[np.ndarray], labels: np.ndarray) -> float:
    """What the fit minimises, as its docstring and SCORING tell it: written anew, without gradient."""
    n_opinions = len(opinions)
    logs = [np.log(np.maximum(opinion.astype(np.float64), FLOOR)) for opinion in opinions]
    logits = sum(a * log for a, log in zip(point, logs, strict=False)) + point[n_opinions:]
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    shift = point - np.concatenate([np.full(n_opinions, 1 / 3), np.zeros(len(point) - n_opinions)])
    return float(-np.log(chances[np.arange(len(labels)), labels]).mean() + RIDGE * (shift**2).sum())


@given(SEEDS)
@settings(max_examples=10)
def test_weights_are_those_of_a_fit_without_gradient(seed: int) -> None:
    opinions, labels = opinions_of(seed)
    pool = fitted(opinions, labels)
    found = np.concatenate([pool.weights, pool.bias])
    searched = minimize(loss_of, np.full(5, 0.1), args=(opinions, labels)).x
    np.testing.assert_allclose(found, searched, atol=0.01)
    assert loss_of(found, opinions, labels) <= loss_of(searched, opinions, labels) + 1e-6


@given(SEEDS)
@settings(max_examples=10)
def test_no_small_step_from_the_fit_lowers_the_loss(seed: int) -> None:
    opinions, labels = opinions_of(seed)
    pool = fitted(opinions, labels)
    found = np.concatenate([pool.weights, pool.bias])
    best = loss_of(found, opinions, labels)
    for step in np.vstack([0.02 * np.eye(5), -0.02 * np.eye(5)]):
        assert loss_of(found + step, opinions, labels) > best


@given(SEEDS)
@settings(max_examples=10)
def test_a_useless_opinion_gets_next_to_no_weight(seed: int) -> None:
    good, useless = fitted(*opinions_of(seed, n_rows=1000)).weights
    assert good > 0.5
    assert abs(useless) < 0.2


@given(SEEDS)
@settings(max_examples=10)
def test_pooled_rows_are_probabilities_that_follow_the_good_opinion(seed: int) -> None:
    opinions, labels = opinions_of(seed)
    found = pooled(fitted(opinions, labels), opinions, dense(300, 3))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert (found.argmax(axis=1) == opinions[0].argmax(axis=1)).mean() > 0.9


@given(SEEDS)
@settings(max_examples=10)
def test_the_order_of_the_candidates_changes_nothing(seed: int) -> None:
    opinions, labels = opinions_of(seed)
    rng = np.random.default_rng(seed)
    shuffled = np.stack([rng.permutation(3) for _ in labels])
    slots = (shuffled == labels[:, None]).argmax(axis=1)
    moved = [np.take_along_axis(opinion, shuffled, axis=1) for opinion in opinions]
    pool = fit_pool(moved, shuffled, slots, 3, np.arange(len(labels)))
    expected = fitted(opinions, labels)
    np.testing.assert_allclose(pool.weights, expected.weights, atol=1e-3)
    np.testing.assert_allclose(pool.bias, expected.bias, atol=1e-3)
    np.testing.assert_allclose(
        pooled(expected, moved, shuffled),
        np.take_along_axis(pooled(expected, opinions, dense(300, 3)), shuffled, axis=1),
        atol=1e-6,
    )


def test_rows_outside_the_sample_do_not_reach_the_weights() -> None:
    opinions, labels = opinions_of(0)
    sample = np.arange(0, 300, 2)
    changed = labels.copy()
    changed[1::2] = 0
    left, right = fitted(opinions, labels, sample), fitted(opinions, changed, sample)
    assert left.weights.tobytes() == right.weights.tobytes()
    assert left.bias.tobytes() == right.bias.tobytes()


def test_a_class_that_nobody_has_is_less_likely_than_its_opinions_say() -> None:
    opinions, labels = opinions_of(0)
    pool = fitted(opinions, np.minimum(labels, 1))
    assert pool.bias[2] < pool.bias[:2].min() - 1


@pytest.mark.parametrize("value", [0.0, 1e-30, FLOOR])
def test_no_opinion_counts_more_against_a_class_than_the_floor(value: float) -> None:
    pool = Pool(weights=np.ones(1), bias=np.zeros(2))
    found = pooled(pool, [np.array([[value, 1.0]], dtype=np.float32)], dense(1, 2))
    assert found[0, 0] == pytest.approx(FLOOR / (1 + FLOOR), rel=1e-5)
