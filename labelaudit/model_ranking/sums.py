"""What of rows adds up: everything that is measured of a model comes from these sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit.model_ranking.metrics import Patterns, class_tallies
from labelaudit.types import FloatMatrix


def model_sums(patterns: Patterns, model: int, n_classes: int, weights: Any) -> FloatMatrix:
    """Sum up one model over sets of rows.

    Args:
        patterns: the distinct rows, P.
        model: its number.
        n_classes: K.
        weights: (P, B) rows of each pattern in each set, in whole numbers; dense or sparse.

    Returns:
        (6 K + 3, B) float64: the tallies by given labels, those by reviewed labels, hits on rows whose
        given label stands, hits on label errors, and label errors repeated.
    """
    predicted = patterns.predicted[model]
    given, reviewed = (patterns.truth(labels, model) for labels in ("given", "reviewed"))
    tallies = class_tallies(given, predicted, n_classes, weights)
    # Few labels change, and whole numbers add up to the same bits.
    new = np.flatnonzero(reviewed != given)
    changes = class_tallies(reviewed[new], predicted[new], n_classes, weights[new])
    changes -= class_tallies(given[new], predicted[new], n_classes, weights[new])
    hits, wrong = reviewed == predicted, patterns.is_error
    told = np.stack([hits & ~wrong, hits & wrong, (patterns.given == predicted) & wrong])
    lines = [tallies, tallies + changes, told.astype(np.float64) @ weights]
    return np.concatenate([line.reshape(-1, weights.shape[1]) for line in lines])


def error_counts(patterns: Patterns, weights: Any) -> FloatMatrix:
    """(3, B) what the last three sums are shares of: rows whose label stands, label errors twice."""
    wrong = patterns.is_error
    counts: FloatMatrix = np.stack([~wrong, wrong, wrong]).astype(np.float64) @ weights
    return counts
