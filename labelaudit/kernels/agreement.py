"""Do predicted and given labels agree more often than rows paired at random would?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.stretches import stretches
from labelaudit.types import RowView


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How often the most probable class is the given one, against chance."""

    observed: float
    by_chance: float
    standard_errors: float
    """By how many standard errors of a random pairing the observed share is above chance."""


def agreement(view: RowView, n_classes: int) -> Agreement:
    """Compare the agreement with that of independent labels of the same shares (Cohen 1960).

    Example:
        >>> given, rival = np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0])
        >>> sure, unsure = np.full(4, 0.9), np.full(4, 0.1)
        >>> view = RowView(given=given, rival=rival, runner_up=rival, self_confidence=sure, rival_prob=unsure)
        >>> agreement(view, 2).observed, agreement(view, 2).by_chance
        (1.0, 0.5)
    """
    n_rows = len(view.given)
    n_given, n_predicted = np.zeros(n_classes, dtype=np.int64), np.zeros(n_classes, dtype=np.int64)
    n_agree = 0
    predicted = view.predicted
    for rows in stretches(n_rows):
        n_given += np.bincount(view.given[rows], minlength=n_classes)
        n_predicted += np.bincount(predicted[rows], minlength=n_classes)
        n_agree += int((view.given[rows] == predicted[rows]).sum())
    observed = n_agree / n_rows
    by_chance = float((n_given / n_rows) @ (n_predicted / n_rows))
    error = np.sqrt(by_chance * (1 - by_chance) / n_rows)
    return Agreement(
        observed=observed,
        by_chance=by_chance,
        standard_errors=float((observed - by_chance) / max(error, 1e-9)),
    )
