"""Accuracy against the noise prevalence, and where two models change places.

Northcutt, Athalye and Mueller 2021 (Pervasive Label Errors in Test Sets Destabilize Machine Learning
Benchmarks, section 6) take correctly labelled rows out of a test set at random, so that the share of
originally wrong rows grows. Nothing need be drawn for it: with the share p of wrong rows, the expected
accuracy on reviewed labels is p times the accuracy on the wrong rows plus 1 - p times the accuracy on the
others, a straight line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from labelaudit.model_ranking.model import Crossing, Curves
from labelaudit.model_ranking.resampling import Measured, interval
from labelaudit.types import BoolArray, FloatArray, FloatMatrix

STEPS = np.linspace(0, 1, 1001)
"""Prevalences at which an interval is looked at."""
CURVE_STEPS = 100


def expected_accuracy(on_right: FloatArray, on_errors: FloatArray, prevalence: FloatArray) -> FloatMatrix:
    """Accuracy expected at some noise prevalences.

    Args:
        on_right: (n,) accuracy on rows whose given label stands.
        on_errors: (n,) accuracy on label errors, by reviewed labels.
        prevalence: (G,) in [0, 1].

    Returns:
        (n, G) in [0, 1].

    Example:
        >>> expected_accuracy(np.array([0.9]), np.array([0.1]), np.array([0.0, 0.25]))
        array([[0.9, 0.7]])
    """
    return on_right[:, None] + prevalence * (on_errors - on_right)[:, None]


def curves_of(found: Measured, drawn: Measured, confidence: float, present: float) -> Curves:
    """The line of every model with its interval, from 0 to 1 and at the present prevalence."""
    prevalence = np.unique([*np.linspace(0, 1, CURVE_STEPS + 1), present])
    kept = _with_both(drawn)
    bands = [
        interval(expected_accuracy(right, errors, prevalence), confidence)
        for right, errors in zip(drawn.on_right[kept].T, drawn.on_errors[kept].T, strict=True)
    ]
    return Curves(
        prevalence=prevalence,
        accuracy=expected_accuracy(found.on_right[0], found.on_errors[0], prevalence),
        low=np.array([low for low, _ in bands]),
        high=np.array([high for _, high in bands]),
    )


def crossings_of(
    names: Sequence[str], found: Measured, drawn: Measured, confidence: float, present: float
) -> tuple[Crossing, ...]:
    """The pairs of models whose lines cross, nearest to the present prevalence first.

    The interval holds the prevalences around the crossing at which the interval of the difference holds 0,
    so it reaches 0 or 1 where one model may be ahead throughout.

    Args:
        names: of the models, M.
        found: on the rows as they are.
        drawn: on resampled rows.
        confidence: level of the intervals.
        present: the prevalence of the rows as they are.
    """
    kept = _with_both(drawn)
    crossings = []
    for i, j in combinations(range(len(names)), 2):
        at_right = float(found.on_right[0, i] - found.on_right[0, j])
        at_errors = float(found.on_errors[0, i] - found.on_errors[0, j])
        if at_right * at_errors >= 0:
            continue
        prevalence = at_right / (at_right - at_errors)
        low, high = _open_range(
            drawn.on_right[kept, i] - drawn.on_right[kept, j],
            drawn.on_errors[kept, i] - drawn.on_errors[kept, j],
            prevalence,
            confidence,
        )
        below, above = (i, j) if at_right > 0 else (j, i)
        crossings.append(
            Crossing(below=names[below], above=names[above], prevalence=prevalence, low=low, high=high)
        )
    return tuple(sorted(crossings, key=lambda crossing: abs(crossing.prevalence - present)))


def _with_both(drawn: Measured) -> BoolArray:
    """Draws that have rows of both kinds."""
    both: BoolArray = np.isfinite(drawn.on_right[:, 0]) & np.isfinite(drawn.on_errors[:, 0])
    return both


def _open_range(
    at_right: FloatArray, at_errors: FloatArray, prevalence: float, confidence: float
) -> tuple[float, float]:
    """The prevalences around a crossing where the sign of the difference is open."""
    low, high = interval(expected_accuracy(at_right, at_errors, STEPS), confidence)
    is_open = (low <= 0) & (high >= 0)
    middle = round(prevalence * (len(STEPS) - 1))
    decided = np.flatnonzero(~is_open)
    left = decided[decided < middle]
    right = decided[decided > middle]
    first = STEPS[left[-1] + 1] if len(left) else 0.0
    last = STEPS[right[0] - 1] if len(right) else 1.0
    return min(float(first), prevalence), max(float(last), prevalence)
