"""Self-confidence: the probability of the given label."""

from __future__ import annotations

from labelaudit.types import FloatArray, RowView


class SelfConfidence:
    """p[given]; Northcutt, Jiang, Chuang 2021, section 2."""

    name = "self-confidence"

    def score_rows(self, view: RowView) -> FloatArray:
        """(N,) the self-confidences themselves."""
        return view.self_confidence
