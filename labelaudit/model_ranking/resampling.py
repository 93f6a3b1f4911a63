"""The paired bootstrap: rows are drawn again, the same for all models (Efron, Tibshirani 1993, chapter 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelaudit.model_ranking.metrics import Patterns, class_tallies, metrics_of
from labelaudit.model_ranking.model import LABELS, METRICS
from labelaudit.types import AnyArray, BoolArray, FloatArray, FloatMatrix, Frozen

CELLS = 1 << 22
"""Numbers of one block of draws: 32 MB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured(Frozen):
    """The metrics of all models on B sets of rows."""

    metrics: FloatArray  # (B, labels, metrics, M) in the orders of LABELS and METRICS
    on_right: FloatMatrix  # (B, M) accuracy on rows whose given label stands; nan without such rows
    on_errors: FloatMatrix  # (B, M) on label errors, by reviewed labels; nan without any
    repeated: FloatMatrix  # (B, M) share of label errors where a model says the wrong given label


def measured(patterns: Patterns, n_classes: int) -> Measured:
    """The metrics on the rows as they are: B is 1."""
    return _measured(patterns, n_classes, patterns.counts[:, None].astype(np.float64))


def resampled(patterns: Patterns, n_classes: int, *, draws: int, seed: int) -> Measured:
    """The metrics on rows drawn again, as many as there are.

    Drawing rows is drawing the counts of the patterns from a multinomial distribution, which takes far
    fewer draws.

    Args:
        patterns: the distinct rows.
        n_classes: K.
        draws: B.
        seed: the same draws for the same seed and the same rows, in whatever order.
    """
    blocks = [
        _measured(patterns, n_classes, weights) for weights in _weights(patterns, draws, seed, n_classes)
    ]
    return Measured(
        metrics=np.concatenate([block.metrics for block in blocks]),
        on_right=np.concatenate([block.on_right for block in blocks]),
        on_errors=np.concatenate([block.on_errors for block in blocks]),
        repeated=np.concatenate([block.repeated for block in blocks]),
    )


def _weights(patterns: Patterns, draws: int, seed: int, n_classes: int) -> Iterator[FloatMatrix]:
    rng = np.random.default_rng(seed)
    n_rows = int(patterns.counts.sum())
    shares = patterns.counts / n_rows
    size = max(1, CELLS // (len(shares) + 3 * n_classes))
    for start in range(0, draws, size):
        counts = rng.multinomial(n_rows, shares, size=min(size, draws - start))
        yield np.ascontiguousarray(counts.T, dtype=np.float64)


def _measured(patterns: Patterns, n_classes: int, weights: FloatMatrix) -> Measured:
    n_models, n_draws = len(patterns.predicted), weights.shape[1]
    metrics = np.empty((n_draws, len(LABELS), len(METRICS), n_models))
    hits, repeats = [], []
    for model, predicted in enumerate(patterns.predicted):
        given, reviewed = (patterns.truth(labels, model) for labels in LABELS)
        tallies = class_tallies(given, predicted, n_classes, weights)
        metrics[:, 0, :, model] = metrics_of(tallies).T
        # Few labels change, and whole numbers add up to the same bits.
        new = np.flatnonzero(reviewed != given)
        tallies += class_tallies(reviewed[new], predicted[new], n_classes, weights[new])
        tallies -= class_tallies(given[new], predicted[new], n_classes, weights[new])
        metrics[:, 1, :, model] = metrics_of(tallies).T
        hits.append(patterns.truth("reviewed", model) == predicted)
        repeats.append(patterns.given == predicted)
    wrong = patterns.is_error
    return Measured(
        metrics=metrics,
        on_right=_shares(np.array(hits), ~wrong, weights),
        on_errors=_shares(np.array(hits), wrong, weights),
        repeated=_shares(np.array(repeats), wrong, weights),
    )


def _shares(hits: AnyArray, where: BoolArray, weights: FloatMatrix) -> FloatMatrix:
    """(B, M) the weighted share of hits among some patterns."""
    here = weights[where]
    with np.errstate(invalid="ignore"):
        shares: FloatMatrix = (hits[:, where].astype(np.float64) @ here / here.sum(axis=0)).T
    return shares


def interval(draws: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """The percentile interval along the first axis.

    Example:
        >>> low, high = interval(np.arange(101.0), 0.9)
        >>> round(float(low), 3), round(float(high), 3)
        (5.0, 95.0)
    """
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high
