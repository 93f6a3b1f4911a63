"""Label spreading: do the labels around a row, and those around them, lead to the given label?"""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.spreading import FOLDS, spreading_margins
from labelaudit.kernels.votes import vote_weights
from labelaudit.scorers.evidence import Evidence
from labelaudit.types import FloatArray

NEAREST = 20


class LabelSpreading:
    """Normalized margin of labels spread over ten steps of 20 neighbours each; Zhou et al. 2004."""

    name = "spreading"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) the margins in [0, 1]."""
        neighbors, distances = evidence.neighbors[:, :NEAREST], evidence.distances[:, :NEAREST]
        folds = np.empty(evidence.n_rows, dtype=np.int64)
        folds[evidence.shuffled] = np.arange(evidence.n_rows) % FOLDS
        return spreading_margins(
            neighbors,
            vote_weights(neighbors, distances, evidence.given, metric=evidence.metric),
            evidence.given,
            evidence.n_classes,
            folds,
        )
