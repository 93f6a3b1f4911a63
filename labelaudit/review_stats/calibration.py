"""What a reviewed sample says of `p_error`: two numbers that recalibrate it, and how often reviewers err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

import numpy as np

from labelaudit.types import FloatArray, FloatMatrix, Frozen

SLOPE, SHIFT = (1.0, 0.5), (0.0, 2.0)
"""Priors, mean and standard deviation (SCORING notes, section 5)."""
INSIDE = 1.0
"""How much further a class or a split may be shifted: a standard deviation around 0."""
REVIEWER_ERROR, REVIEWER_SPREAD = 0.01, 1.5
"""Prior of the share of verdicts that are wrong: its median, and its spread in log-odds of twice the share.
Nothing is lost with reviewers who never err; with those who err in 5 % the intervals still hold."""
KNOWN_SPREAD = 0.02
"""Spread of a share that somebody knows."""
CERTAIN = 1e-4
"""Nobody is surer than this of a row before it is reviewed."""

FARTHEST = 30.0
"""Log-odds at which a step of the search is stopped, before a likelihood becomes 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Votes(Frozen):
    """What reviewers said of the rows of a probability sample."""

    log_odds: FloatArray  # (m,) of `p_error`
    wrong: FloatArray  # (m,) reviewers who find the label wrong
    right: FloatArray  # (m,) reviewers who do not
    weights: FloatArray  # (m,) rows that each stands for; any scale
    inside: FloatArray  # (m,) 1 in the class or split that may differ from the whole, else 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration(Frozen):
    """A fit with its uncertainty: slope, shift, the log-odds of twice the reviewers' error, shift inside."""

    parameters: FloatArray  # (4,)
    covariance: FloatMatrix  # (4, 4)

    @property
    def slope(self) -> float:
        """Of the log-odds."""
        return float(self.parameters[0])

    @property
    def shift(self) -> float:
        """Added to the log-odds."""
        return float(self.parameters[1])

    @property
    def reviewer_error(self) -> float:
        """Share of verdicts that are wrong, in (0, 0.5)."""
        return error_share(float(self.parameters[2]))


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
        parameters: (4,) of a calibration.
        scores: (N,) log-odds of `p_error`.
        inside: (N,) 1 for rows of the class or split that the fit was made for.

    Example:
        >>> chances(np.array([1.0, 0.0, -4.0, 0.5]), np.array([0.0, 2.0])).round(2)
        array([0.5 , 0.88])
    """
    slope, shift, _, further = parameters
    found: FloatArray = 1 / (
        1 + np.exp(-np.clip(slope * scores + shift + further * inside, -FARTHEST, FARTHEST))
    )
    return found


def error_share(doubled_log_odds: float) -> float:
    """The reviewers' error from its parameter; a reviewer who tosses a coin has 0.5."""
    return float(0.5 / (1 + np.exp(-doubled_log_odds)))


def calibrate(votes: Votes, reviewer_error: float | None = None) -> Calibration:
    """Fit slope, shift and the reviewers' error to a sample: the mode of the posterior.

    A row is wrong with the recalibrated chance, and each reviewer errs in a share e of verdicts, by himself:
    L = p e^right (1-e)^wrong + (1-p) e^wrong (1-e)^right. Rows are weighted by what they stand for
    (pseudo-likelihood, as in Binder 1983), so that the fit holds for all rows even where two numbers cannot
    mend `p_error`. The covariance is the mean of Laplace's and the sandwich: with 100 decisions the one was
    too wide, the other too narrow (benchmarks/reviewed.py).

    Args:
        votes: at least one row.
        reviewer_error: in [0, 0.5), where it is known; else it is learned, mostly from rows that several
            reviewers decided, and little where each row has one.

    Example:
        >>> votes = Votes(
        ...     log_odds=np.linspace(-4, 4, 50),
        ...     wrong=(np.linspace(-4, 4, 50) > 2).astype(float),
        ...     right=(np.linspace(-4, 4, 50) <= 2).astype(float),
        ...     weights=np.ones(50),
        ...     inside=np.zeros(50),
        ... )
        >>> calibrate(votes).shift < -1
        True
    """
    from scipy.optimize import minimize

    telling = votes.weights[votes.weights > 0]  # none where all rows around are decided: the priors stand
    weights = votes.weights / (telling.mean() if len(telling) else 1.0)
    means, precision = _prior(reviewer_error)

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        likelihoods, gradients = _log_likelihoods(parameters, votes)
        off = parameters - means
        value = -(weights * likelihoods).sum() + 0.5 * (off * precision * off).sum()
        return float(value), precision * off - weights @ gradients

    found = minimize(loss, means, jac=True, method="BFGS").x
    bread = np.linalg.inv(_curvature(lambda at: loss(at)[1], found))
    _, gradients = _log_likelihoods(found, votes)
    scatter = (gradients * weights[:, None] ** 2).T @ gradients + np.diag(precision)
    return Calibration(parameters=found, covariance=(bread + bread @ scatter @ bread) / 2)


def _prior(reviewer_error: float | None) -> tuple[FloatArray, FloatArray]:
    share, spread = (
        (REVIEWER_ERROR, REVIEWER_SPREAD)
        if reviewer_error is None
        else (min(max(reviewer_error, CERTAIN), 0.5 - CERTAIN), KNOWN_SPREAD)
    )
    means = np.array([SLOPE[0], SHIFT[0], log(2 * share / (1 - 2 * share)), 0.0])
    return means, np.array([SLOPE[1], SHIFT[1], spread, INSIDE]) ** -2.0


def _log_likelihoods(parameters: FloatArray, votes: Votes) -> tuple[FloatArray, FloatMatrix]:
    """(m,) log-likelihoods of the rows, and (m, 4) their gradients."""
    p = chances(parameters, votes.log_odds, votes.inside)
    e = error_share(float(np.clip(parameters[2], -FARTHEST, FARTHEST / 4)))
    if_wrong = e**votes.right * (1 - e) ** votes.wrong
    if_right = e**votes.wrong * (1 - e) ** votes.right
    likelihood = p * if_wrong + (1 - p) * if_right
    by_score = p * (1 - p) * (if_wrong - if_right) / likelihood
    by_error = (
        p * if_wrong * (votes.right / e - votes.wrong / (1 - e))
        + (1 - p) * if_right * (votes.wrong / e - votes.right / (1 - e))
    ) / likelihood
    gradients = np.column_stack(
        [by_score * votes.log_odds, by_score, by_error * e * (1 - 2 * e), by_score * votes.inside]
    )
    return np.log(likelihood), gradients


def _curvature(gradient: Callable[[FloatArray], FloatArray], at: FloatArray) -> FloatMatrix:
    """The Hessian by central differences; made positive where a flat likelihood leaves rounding."""
    step = 1e-4
    rows = [(gradient(at + move) - gradient(at - move)) / (2 * step) for move in step * np.eye(len(at))]
    values, vectors = np.linalg.eigh((np.array(rows) + np.array(rows).T) / 2)
    found: FloatMatrix = vectors @ np.diag(np.maximum(values, 1e-3)) @ vectors.T
    return found


def posterior(parameters: FloatArray, votes: Votes) -> FloatArray:
    """(m,) the chance of error of reviewed rows, by what reviewers said and `p_error` together."""
    p = chances(parameters, votes.log_odds, votes.inside)
    e = error_share(float(parameters[2]))
    if_wrong = p * e**votes.right * (1 - e) ** votes.wrong
    found: FloatArray = if_wrong / (if_wrong + (1 - p) * e**votes.wrong * (1 - e) ** votes.right)
    return found
