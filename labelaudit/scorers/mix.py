"""MIX: the probability of the given label under a noise matrix that was learned with it."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.candidates import odds_against
from labelaudit.scorers.evidence import Evidence
from labelaudit.types import FloatArray


class MixPosterior:
    """q(given): the class posterior of POOL and the noise matrix, by expectation maximisation."""

    name = "mix"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) the posteriors in [0, 1]."""
        return 1 / (
            1 + np.exp(np.clip(odds_against(evidence.beliefs.belief, evidence.opinions.slots), -30, 30))
        )
