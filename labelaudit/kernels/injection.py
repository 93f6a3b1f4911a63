"""Labels made wrong on purpose, the same for the same seed whatever the order of the rows.

Each noise takes away exactly `n_wrong` right labels: those that a draw keyed by the row chooses. Only classes
that have rows are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.draws import lowest, uniforms
from labelaudit.kernels.fixed_point import sum_by_class
from labelaudit.types import (
    AnyArray,
    BoolArray,
    FloatArray,
    FloatMatrix,
    Frozen,
    HashArray,
    IntArray,
)

CONFUSED_SHARE = 0.8
"""Of the labels that class-dependent noise takes from a class, so many go to one other class."""
RATE_SPREAD = (0.5, 1.5)
"""Class-dependent noise hits the classes unevenly: between half and one and a half times its rate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Injected(Frozen):
    """Labels of which some were made wrong."""

    labels: IntArray  # (N,) class numbers
    is_injected: BoolArray  # (N,) where they differ from those before


def injected(
    noise: str, labels: AnyArray, pred_probs: AnyArray, keys: HashArray, *, n_wrong: int, seed: int
) -> Injected:
    """Make some labels wrong.

    Args:
        noise: one of `NOISES`.
        labels: (N,) class numbers, of two classes at least.
        pred_probs: (N, K) what a model finds similar; `uniform` does not look at it.
        keys: (N,) uint64, see `draws.uniforms`.
        n_wrong: how many labels to change, at most N.
        seed: tells repetitions apart.

    Returns:
        The labels, exactly `n_wrong` of them changed.

    Example:
        >>> labels, keys = np.array([0, 0, 1, 1]), np.arange(4, dtype=np.uint64)
        >>> found = injected("uniform", labels, np.full((4, 2), 0.5), keys, n_wrong=2, seed=0)
        >>> int(found.is_injected.sum()), int((found.labels != labels).sum())
        (2, 2)
    """
    present, own = np.unique(labels, return_inverse=True)
    rows, new = NOISES[noise](own, pred_probs[:, present], keys, n_wrong, seed)
    changed = labels.astype(np.int64)
    changed[rows] = present[new]
    return Injected(labels=changed, is_injected=changed != labels)


def uniform_noise(
    own: IntArray, pred_probs: AnyArray, keys: HashArray, n_wrong: int, seed: int
) -> tuple[IntArray, IntArray]:
    """Any row alike gets any other class alike: slips of the hand."""
    rows = lowest(uniforms(keys, seed, 20), n_wrong)
    return rows, _any_other(own[rows], uniforms(keys[rows], seed, 21), pred_probs.shape[1])


def class_noise(
    own: IntArray, pred_probs: AnyArray, keys: HashArray, n_wrong: int, seed: int
) -> tuple[IntArray, IntArray]:
    """Rows of a class mostly get the class that the model most often takes them for: a rule misread.

    Each class has a rate of its own, and 80 % of its wrong labels go to its most confusable class, the others
    to any.
    """
    n_classes = pred_probs.shape[1]
    low, high = RATE_SPREAD
    rates = low + (high - low) * uniforms(np.arange(n_classes, dtype=np.uint64), seed, 22)
    rows = _drawn_rows(rates[own], uniforms(keys, seed, 23), n_wrong)
    new = _any_other(own[rows], uniforms(keys[rows], seed, 24), n_classes)
    confused = uniforms(keys[rows], seed, 25) < CONFUSED_SHARE
    new[confused] = most_confusable(own, pred_probs)[own[rows[confused]]]
    return rows, new


def instance_noise(
    own: IntArray, pred_probs: AnyArray, keys: HashArray, n_wrong: int, seed: int
) -> tuple[IntArray, IntArray]:
    """Rows that the model finds hard get a class that it finds likely: what people confuse.

    A row is drawn in proportion to 1 - p[given], its new label from the probabilities of the other classes.
    Rows that the model would label otherwise come last: many of their labels are wrong already, and the
    noise would mend them.
    """
    given_probs = pred_probs[np.arange(len(own)), own].astype(np.float64)
    settled = pred_probs.argmax(axis=1) == own
    draws = _exponentials(uniforms(keys, seed, 26)) / np.maximum(1 - given_probs, 1e-9)
    rows = lowest(np.where(settled, draws, draws + draws.max() + 1), n_wrong)
    return rows, _by_shares(own[rows], pred_probs[rows], uniforms(keys[rows], seed, 27))


Noise = Callable[[IntArray, AnyArray, HashArray, int, int], tuple[IntArray, IntArray]]

NOISES: dict[str, Noise] = {
    "uniform": uniform_noise,
    "class-dependent": class_noise,
    "instance-dependent": instance_noise,
}
"""The kinds of noise by name; each returns rows, ascending, and their new classes."""


def most_confusable(own: IntArray, pred_probs: AnyArray) -> IntArray:
    """(K,) for each class the other one with the largest mean probability among its rows.

    Example:
        >>> pred_probs = np.array([[0.6, 0.1, 0.3], [0.1, 0.8, 0.1], [0.1, 0.3, 0.6]])
        >>> most_confusable(np.array([0, 1, 2]), pred_probs)
        array([2, 0, 1])
    """
    n_classes = pred_probs.shape[1]
    columns = [sum_by_class(probs.astype(np.float64), own, n_classes) for probs in pred_probs.T]
    sums = np.stack(columns, axis=1)
    np.fill_diagonal(sums, -1)
    best: IntArray = sums.argmax(axis=1)
    return best


def _any_other(own: IntArray, draws: FloatArray, n_classes: int) -> IntArray:
    """A class other than one's own, all alike."""
    steps = np.minimum((draws * (n_classes - 1)).astype(np.int64), n_classes - 2)
    return (own + 1 + steps) % n_classes


def _drawn_rows(weights: FloatArray, draws: FloatArray, count: int) -> IntArray:
    """Rows drawn without replacement in proportion to weights (Efraimidis, Spirakis 2006)."""
    return lowest(_exponentials(draws) / weights, count)


def _exponentials(draws: FloatArray) -> FloatArray:
    """Uniform draws as exponential ones: the first of several to ring is drawn by their rates."""
    waits: FloatArray = -np.log1p(-draws)
    return waits


def _by_shares(own: IntArray, pred_probs: AnyArray, draws: FloatArray) -> IntArray:
    """A class other than one's own by the probabilities; any of them where all are 0."""
    shares: FloatMatrix = np.maximum(pred_probs.astype(np.float64), 1e-12)
    shares[np.arange(len(own)), own] = 0
    sums = shares.cumsum(axis=1)
    heights = draws[:, None] * (1 - 1e-12) * sums[:, -1:]  # a draw next to 1 must not round to the top
    slots: IntArray = (sums <= heights).sum(axis=1)
    return slots
