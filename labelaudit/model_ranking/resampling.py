"""The paired bootstrap: rows are drawn again, the same for all models (Efron, Tibshirani 1993, chapter 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.model_ranking.grouping import group_draws, groups_of
from labelaudit.model_ranking.metrics import Patterns, metrics_of
from labelaudit.model_ranking.sums import error_counts, model_sums
from labelaudit.types import FloatArray, FloatMatrix, Frozen

CELLS = 1 << 22
"""Numbers of one block of draws: 32 MB."""
MOST_PATTERNS = 1 << 15
"""Of more distinct rows, as a million rows and ten models have, groups are drawn."""


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
    fewer draws; of very many patterns, groups of rows are drawn instead (`grouping`).

    Args:
        patterns: the distinct rows.
        n_classes: K.
        draws: B.
        seed: the same draws for the same seed and the same rows, in whatever order.
    """
    rng = np.random.default_rng(seed)
    if len(patterns.counts) > MOST_PATTERNS:
        return _resampled_groups(patterns, n_classes, draws, rng)
    blocks = [
        _measured(patterns, n_classes, weights) for weights in _weights(patterns, draws, rng, n_classes)
    ]
    return _joined(blocks, axis=0)


def _weights(
    patterns: Patterns, draws: int, rng: np.random.Generator, n_classes: int
) -> Iterator[FloatMatrix]:
    n_rows = int(patterns.counts.sum())
    shares = patterns.counts / n_rows
    size = max(1, CELLS // (len(shares) + 6 * n_classes))
    for start in range(0, draws, size):
        counts = rng.multinomial(n_rows, shares, size=min(size, draws - start))
        yield np.ascontiguousarray(counts.T, dtype=np.float64)


def _resampled_groups(patterns: Patterns, n_classes: int, draws: int, rng: np.random.Generator) -> Measured:
    """A model at a time: what a group adds to its sums is found once."""
    groups = groups_of(patterns, n_classes, rng)
    drawn = group_draws(groups.shape[1], draws, rng)
    counts = error_counts(patterns, groups)
    size = max(1, CELLS // (groups.shape[1] + 6 * n_classes))
    models = []
    for model in range(len(patterns.predicted)):
        sums = model_sums(patterns, model, n_classes, groups)
        blocks = []
        for start in range(0, draws, size):
            weights = drawn[:, start : start + size].astype(np.float64)
            blocks.append(_measures([sums @ weights], counts @ weights, n_classes))
        models.append(_joined(blocks, axis=0))
    return _joined(models, axis=-1)


def _measured(patterns: Patterns, n_classes: int, weights: FloatMatrix) -> Measured:
    sums = [model_sums(patterns, model, n_classes, weights) for model in range(len(patterns.predicted))]
    return _measures(sums, error_counts(patterns, weights), n_classes)


def _measures(sums: Sequence[FloatMatrix], counts: FloatMatrix, n_classes: int) -> Measured:
    """What the sums of models over B sets of rows come to; see `sums` for what stands in each line."""
    tallies = [one[:-3].reshape(2, 3, n_classes, -1) for one in sums]
    with np.errstate(invalid="ignore"):
        shares = np.stack([one[-3:] / counts for one in sums], axis=-1)
    return Measured(
        metrics=np.stack(
            [np.stack([metrics_of(labels).T for labels in one], axis=1) for one in tallies], axis=-1
        ),
        on_right=shares[0],
        on_errors=shares[1],
        repeated=shares[2],
    )


def _joined(parts: Sequence[Measured], axis: int) -> Measured:
    """Blocks of draws, or models, side by side."""
    return Measured(
        metrics=np.concatenate([part.metrics for part in parts], axis=axis),
        on_right=np.concatenate([part.on_right for part in parts], axis=axis),
        on_errors=np.concatenate([part.on_errors for part in parts], axis=axis),
        repeated=np.concatenate([part.repeated for part in parts], axis=axis),
    )


def interval(draws: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """The percentile interval along the first axis.

    Example:
        >>> low, high = interval(np.arange(101.0), 0.9)
        >>> round(float(low), 3), round(float(high), 3)
        (5.0, 95.0)
    """
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high
