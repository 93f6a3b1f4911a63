"""POOL: probabilities, neighbours and kernel regression weighed by how well they foretell labels."""

from __future__ import annotations

from labelaudit.scorers.evidence import Evidence, margin_suspicion
from labelaudit.types import FloatArray


class PoolMargin:
    """Normalized margin of softmax(sum a_s log opinion_s + b), fitted to the given labels."""

    name = "pool"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) the margins in [0, 1]."""
        return 1 - margin_suspicion(evidence.beliefs.opinion, evidence.opinions.slots)
