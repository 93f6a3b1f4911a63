"""Confidence-weighted entropy: how undecided the model is, against its trust in the given label."""

from __future__ import annotations

from labelaudit.kernels.scores import confidence_weighted_entropy
from labelaudit.types import AnyArray, FloatArray


class Entropy:
    """log(1 + x) / x of x = normalised entropy / p[given]; cleanlab's score without its underflow."""

    name = "entropy"

    def score_block(self, labels: AnyArray, pred_probs: AnyArray) -> FloatArray:
        """(n,) the scores of a block."""
        return confidence_weighted_entropy(labels, pred_probs)
