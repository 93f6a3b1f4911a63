"""Models ranked on given and on reviewed labels: label errors in a test set can reverse an order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from labelaudit.errors import DataError, UsageError
from labelaudit.model_ranking.crossings import crossings_of, curves_of
from labelaudit.model_ranking.metrics import patterns_of
from labelaudit.model_ranking.model import (
    LABELS,
    METRICS,
    Difference,
    Labels,
    Measure,
    Metric,
    ModelRanking,
    Predictions,
    RankedModel,
    RankingOptions,
)
from labelaudit.model_ranking.model_notices import notices_of_models
from labelaudit.model_ranking.resampling import Measured, interval, measured, resampled
from labelaudit.model_ranking.review_notices import notices_of_review
from labelaudit.model_ranking.rows import AuditedRows
from labelaudit.model_ranking.truth import Truth
from labelaudit.types import FloatArray


def rank_models(
    rows: AuditedRows, truth: Truth, models: Sequence[Predictions], options: RankingOptions | None = None
) -> ModelRanking:
    """Measure models on the given and on the reviewed labels of the same rows.

    Rows of no class and rows on which reviewers disagree are left out of both. Of a row that may be two
    classes, either is right on the reviewed labels.

    Args:
        rows: of the audit, from `rows.audited_rows`.
        truth: from `truth.truth_of`.
        models: what each says of these rows, from `predictions.read_predictions`.
        options: level, draws and seed of the intervals.

    Returns:
        The models, the best on reviewed labels first.

    Raises:
        UsageError: no model, or two of one name.
        DataError: no row is left to measure on.
    """
    options = options or RankingOptions()
    _check(models, truth)
    used = truth.used
    patterns = patterns_of(
        rows.given[used],
        truth.reviewed[used],
        truth.other[used],
        np.stack([model.predicted for model in models])[:, used],
    )
    n_classes, confidence = len(rows.classes), options.confidence
    found = measured(patterns, n_classes)
    drawn = resampled(patterns, n_classes, draws=options.draws, seed=options.seed)
    order = np.argsort(-found.metrics[0, 1, 0], kind="stable").tolist()
    names = [model.name for model in models]
    has_both = 0 < truth.review.errors < truth.review.used
    present = truth.review.prevalence
    found, drawn, names = _ordered(found, order), _ordered(drawn, order), [names[i] for i in order]
    return ModelRanking(
        models=tuple(_ranked(models[order[i]], i, found, drawn, confidence) for i in range(len(names))),
        differences=tuple(_differences(names, found, drawn, confidence)),
        crossings=crossings_of(names, found, drawn, confidence, present) if has_both else (),
        curves=curves_of(found, drawn, confidence, present) if has_both else None,
        review=truth.review,
        options=options,
        n_classes=n_classes,
        notices=(*notices_of_review(truth), *notices_of_models(rows, truth, models)),
    )


def _check(models: Sequence[Predictions], truth: Truth) -> None:
    if not models:
        raise UsageError("no model is named", hint="--preds NAME=FILE for each")
    names = [model.name for model in models]
    if len(set(names)) < len(names):
        raise UsageError("two models have one name", hint="give each a name of its own")
    if not truth.review.used:
        raise DataError(
            "no row is left to measure on: all are of no class or in conflict",
            hint="settle the conflicts first: labelaudit review merge",
        )


def _ordered(found: Measured, order: list[int]) -> Measured:
    """The same with the models in another order."""
    return Measured(
        metrics=found.metrics[..., order],
        on_right=found.on_right[:, order],
        on_errors=found.on_errors[:, order],
        repeated=found.repeated[:, order],
    )


def _ranked(model: Predictions, at: int, found: Measured, drawn: Measured, confidence: float) -> RankedModel:
    def measures(labels: int) -> dict[Metric, Measure]:
        return {
            name: _measure(found.metrics[0, labels, i], drawn.metrics[:, labels, i, at], at, confidence)
            for i, name in enumerate(METRICS)
        }

    return RankedModel(
        name=model.name,
        file=model.file,
        given=measures(0),
        reviewed=measures(1),
        accuracy_on_right=_finite(found.on_right[0, at]),
        accuracy_on_errors=_finite(found.on_errors[0, at]),
        errors_repeated=_finite(found.repeated[0, at]),
    )


def _measure(values: FloatArray, draws: FloatArray, at: int, confidence: float) -> Measure:
    low, high = interval(draws, confidence)
    rank = 1 + int((values > values[at]).sum())
    return Measure(value=float(values[at]), low=float(low), high=float(high), rank=rank)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _differences(
    names: Sequence[str], found: Measured, drawn: Measured, confidence: float
) -> list[Difference]:
    differences = []
    kinds: list[tuple[int, Labels, int, Metric]] = [
        (a, labels, m, metric) for a, labels in enumerate(LABELS) for m, metric in enumerate(METRICS)
    ]
    for i, j in combinations(range(len(names)), 2):
        for a, labels, m, metric in kinds:
            low, high = interval(drawn.metrics[:, a, m, i] - drawn.metrics[:, a, m, j], confidence)
            value = float(found.metrics[0, a, m, i] - found.metrics[0, a, m, j])
            differences.append(
                Difference(
                    first=names[i],
                    second=names[j],
                    labels=labels,
                    metric=metric,
                    value=value,
                    low=float(low),
                    high=float(high),
                )
            )
    return differences
