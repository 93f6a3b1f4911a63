"""What reviewers' verdicts say of the chances that labels are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.types import FloatArray, FloatMatrix, Frozen

CERTAIN = 1e-4
"""Nobody is surer than this of a row before it is reviewed."""
FARTHEST = 30.0
"""Log-odds at which a step of a search is stopped, before a likelihood becomes 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Votes(Frozen):
    """What reviewers said of the rows of a probability sample."""

    log_odds: FloatArray  # (m,) of `p_error`
    wrong: FloatArray  # (m,) reviewers who find the label wrong
    right: FloatArray  # (m,) reviewers who do not
    weights: FloatArray  # (m,) rows that each stands for; any scale
    inside: FloatArray  # (m,) 1 in the class or split that may differ from the whole, else 0


def log_odds(p_error: FloatArray) -> FloatArray:
    """Log-odds of probabilities, no surer than `CERTAIN`.

    Example:
        >>> log_odds(np.array([0.0, 0.5])).round(2)
        array([-9.21,  0.  ])
    """
    clipped = np.clip(p_error, CERTAIN, 1 - CERTAIN)
    found: FloatArray = np.log(clipped / (1 - clipped))
    return found


def chances(parameters: FloatArray, scores: FloatArray, inside: FloatArray | float = 0.0) -> FloatArray:
    """Recalibrated probabilities of error.

    Args:
        parameters: (3,) slope, shift, and the further shift inside of a class or a split.
        scores: (N,) log-odds of `p_error`.
        inside: (N,) 1 for rows of the class or split.

    Example:
        >>> chances(np.array([1.0, 0.0, 0.5]), np.array([0.0, 2.0])).round(2)
        array([0.5 , 0.88])
    """
    slope, shift, further = parameters
    found: FloatArray = 1 / (
        1 + np.exp(-np.clip(slope * scores + shift + further * inside, -FARTHEST, FARTHEST))
    )
    return found


def log_likelihoods(
    parameters: FloatArray, reviewer_error: float, votes: Votes
) -> tuple[FloatArray, FloatMatrix]:
    """How likely what was said of each row is, and its slopes.

    A row is wrong with the recalibrated chance p, and each reviewer errs in a share e of verdicts, by
    himself: L = p e^right (1-e)^wrong + (1-p) e^wrong (1-e)^right.

    Args:
        parameters: (3,) as for `chances`.
        reviewer_error: e, in (0, 0.5).
        votes: m rows.

    Returns:
        (m,) logarithms, and (m, 3) their gradients.
    """
    p = chances(parameters, votes.log_odds, votes.inside)
    if_wrong, if_right = _of_verdicts(reviewer_error, votes)
    likelihood = p * if_wrong + (1 - p) * if_right
    by_score = p * (1 - p) * (if_wrong - if_right) / likelihood
    gradients = np.column_stack([by_score * votes.log_odds, by_score, by_score * votes.inside])
    return np.log(likelihood), gradients


def posterior(parameters: FloatArray, reviewer_error: float, votes: Votes) -> FloatArray:
    """(m,) the chance of error of reviewed rows, by what reviewers said and `p_error` together."""
    p = chances(parameters, votes.log_odds, votes.inside)
    if_wrong, if_right = _of_verdicts(reviewer_error, votes)
    found: FloatArray = p * if_wrong / (p * if_wrong + (1 - p) * if_right)
    return found


def _of_verdicts(e: float, votes: Votes) -> tuple[FloatArray, FloatArray]:
    """How likely the verdicts are where the label is wrong, and where it is right."""
    return e**votes.right * (1 - e) ** votes.wrong, e**votes.wrong * (1 - e) ** votes.right
