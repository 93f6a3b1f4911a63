"""Models that predict the class of an item from what describes it: one kind of input a file.

A predictor holds its inputs, prepared without any label; for each fold it is trained on the labels of the
other folds. A new one is a file here and an entry in `labelaudit.prediction_inputs`.
"""

from __future__ import annotations

from typing import Protocol

from labelaudit.types import BoolArray, FloatMatrix, IntArray


class Predictor(Protocol):
    """Predicts rows from other rows."""

    usable: BoolArray
    """(N,) rows that have inputs; of the others nothing but the class shares can be told."""

    def probabilities(self, train: IntArray, labels: IntArray, held_out: IntArray) -> FloatMatrix:
        """Train on some rows and predict others; called from several threads at once.

        Args:
            train: (n,) rows to learn from.
            labels: (n,) their classes, renumbered 0..C-1 without gaps, C >= 2.
            held_out: (m,) rows to predict, none of them in `train`.

        Returns:
            (m, C) float64, rows sum to 1.
        """
        ...
