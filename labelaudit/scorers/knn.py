"""kNN vote: how far the nearest rows share the given label."""

from __future__ import annotations

from labelaudit.scorers.evidence import Evidence, margin_suspicion
from labelaudit.types import FloatArray


class KnnVote:
    """Normalized margin of the votes of 50 neighbours, each weighing exp(-(2 d / d_50)^2 / 2)."""

    name = "knn"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) the margins in [0, 1]."""
        return 1 - margin_suspicion(evidence.opinions.votes, evidence.opinions.slots)
