"""What to know of the models' predictions before one trusts a ranking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from labelaudit.model_ranking.model import Predictions
from labelaudit.model_ranking.review_notices import named
from labelaudit.model_ranking.rows import AuditedRows
from labelaudit.model_ranking.truth import Truth
from labelaudit.types import AnyArray, Notice

BY_ORDER = "rows-by-order"
BY_POSITION = "classes-by-position"
AS_NAMES = "numbers-as-names"
CHANCE = "no-better-than-chance"
ALIKE = "same-predictions"
FAVOURED = "audited-with-this-model"
SAME_MODEL = 0.995
"""Of the rows: a model that repeats the audit's own predictions so often is the one behind them."""
FEWEST_ROWS = 50
"""Fewer rows do not tell a model from chance."""


def notices_of_models(rows: AuditedRows, truth: Truth, models: Sequence[Predictions]) -> Iterator[Notice]:
    """How predictions were matched with rows and classes, where that is not by name, and what looks odd."""
    for model in models:
        yield from model.notices
    yield from _assumed(rows, models)
    yield from _no_better_than_chance(rows, truth, models)
    yield from _alike(truth, models)
    yield from _favoured(rows, models)


def _assumed(rows: AuditedRows, models: Sequence[Predictions]) -> Iterator[Notice]:
    ordered = [model.name for model in models if not model.has_ids]
    if ordered:
        yield Notice(
            code=BY_ORDER,
            message=f"predictions of {named(ordered)} are matched with the rows by their order: no id tells "
            "whether that is right",
            count=len(ordered),
        )
    placed = [model.name for model in models if model.classes_by == "position"]
    if placed:
        first, last = rows.classes[0], rows.classes[-1]
        yield Notice(
            code=BY_POSITION,
            message=f"predictions of {named(placed)} name no classes: 0 is taken for '{first}', "
            f"{len(rows.classes) - 1} for '{last}', as the audit orders them",
            count=len(placed),
        )
    numbers = [model.name for model in models if model.classes_by == "number"]
    if numbers:
        yield Notice(
            code=AS_NAMES,
            message=f"the numbers that {named(numbers)} predict are taken as names of classes, not as their "
            "positions",
            count=len(numbers),
        )


def _no_better_than_chance(
    rows: AuditedRows, truth: Truth, models: Sequence[Predictions]
) -> Iterator[Notice]:
    given = rows.given[truth.used]
    if len(given) < FEWEST_ROWS or (given == given[0]).all():
        return
    poor = [model.name for model in models if _is_chance(given, model.predicted[truth.used], rows)]
    if poor:
        yield Notice(
            code=CHANCE,
            message=f"predictions of {named(poor)} agree with the given labels no more than at random: are "
            "their rows and classes in the right order?",
            count=len(poor),
        )


def _is_chance(given: AnyArray, predicted: AnyArray, rows: AuditedRows) -> bool:
    """Whether the accuracy is within two standard deviations of that of predictions in any other order."""
    said, true = (
        np.bincount(codes, minlength=len(rows.classes)) / len(given) for codes in (predicted, given)
    )
    chance = float(said @ true)
    deviation = math.sqrt(chance * (1 - chance) / len(given))
    return float((predicted == given).mean()) <= chance + 2 * deviation


def _alike(truth: Truth, models: Sequence[Predictions]) -> Iterator[Notice]:
    """Which models say the same of every row: one file under two names, perhaps."""
    alike: dict[bytes, list[str]] = {}
    for model in models:
        said = model.predicted[truth.used].astype(np.int32).tobytes()
        alike.setdefault(said, []).append(model.name)
    for names in alike.values():
        if len(names) > 1:
            yield Notice(
                code=ALIKE, message=f"{named(names)} predict the same of every row", count=len(names)
            )


def _favoured(rows: AuditedRows, models: Sequence[Predictions]) -> Iterator[Notice]:
    """Which models found the suspects themselves.

    A model repeats few of the errors that its own probabilities point at: those that it repeats stay
    unreviewed. On cifar10n, with suspects from a ResNet-18 alone reviewed, it gains 0.6 points so.
    """
    for model in models:
        if float((model.predicted == rows.predicted).mean()) >= SAME_MODEL:
            yield Notice(
                code=FAVOURED,
                message=f"the audit was made with the predictions of {model.name}: label errors that it "
                "repeats are hardly among the suspects, so reviewed labels favour it; review a random sample "
                "too",
            )
