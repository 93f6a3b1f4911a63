"""LA903 by neighbours: probabilities that repeat labels which their neighbourhood contradicts."""

from __future__ import annotations

import numpy as np

from labelaudit.scorers.evidence import NEAREST, Evidence

AGREEING = 8
"""Of the ten nearest, so many must share another label."""
ALARM = 0.65
"""Honest out-of-fold probabilities repeat 9 % of such labels on average, 54 % at most; a model that saw them
70 % at least (SCORING.md, section 4: 140 cells)."""
FEWEST = 10
"""Contradicted rows from which the share means something."""


def leaking_share(evidence: Evidence) -> float:
    """Of the labels that at least 8 of the 10 nearest rows contradict with one voice, the share repeated."""
    nearest = np.sort(evidence.given[evidence.neighbors[:, :NEAREST]], axis=1)
    if nearest.shape[1] < NEAREST:
        return 0.0
    # Sorted, eight equal labels of ten span the fifth place; so its label is the only one it can be.
    middle = nearest[:, NEAREST // 2]
    contradicted = ((nearest == middle[:, None]).sum(axis=1) >= AGREEING) & (middle != evidence.given)
    contradicted &= evidence.distances[:, 0] > 0  # no model can repeat two labels of one point
    rows = np.flatnonzero(contradicted)
    if len(rows) < FEWEST:
        return 0.0
    best = evidence.top_probs[rows].argmax(axis=1)
    predicted = evidence.top_classes[rows, best]
    return float((predicted == evidence.given[rows]).mean())


def leaks(evidence: Evidence) -> bool:
    """Whether the probabilities look in-sample."""
    return leaking_share(evidence) > ALARM
