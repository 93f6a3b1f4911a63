"""What a reviewed sample makes of `p_error`: two numbers recalibrate it, however often reviewers may err."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelaudit.review_stats.likelihood import CERTAIN, Votes, log_likelihoods
from labelaudit.types import FloatArray, FloatMatrix, Frozen

SLOPE, SHIFT = (1.0, 1.0), (0.0, 2.0)
"""Priors, mean and standard deviation. The SCORING notes, section 5, have a slope of 1 +- 0.5: with 0.5 the
intervals hold less often where `p_error` says little of which labels are wrong (benchmarks/reviewed.py)."""
INSIDE = 1.0
"""How much further a class or a split may be shifted: a standard deviation around 0."""
MEANS = np.array([SLOPE[0], SHIFT[0], 0.0])
PRECISION = np.array([SLOPE[1], SHIFT[1], INSIDE]) ** -2.0
REVIEWER_ERROR, REVIEWER_SPREAD = 0.002, 2.0
"""Prior of the share of verdicts that are wrong: its median, and its spread in log-odds. Who doubts reviewers
more takes errors among rows that look right for slips, and tells too few."""
SHARES = np.geomspace(0.0005, 0.35, 15)
"""Of wrong verdicts, that are tried where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration(Frozen):
    """A fit with its uncertainty, if reviewers err in some share of verdicts."""

    parameters: FloatArray  # (3,) slope, shift, shift inside
    covariance: FloatMatrix  # (3, 3)
    reviewer_error: float  # in (0, 0.5)
    weight: float  # how likely this share is, of those that were tried; they sum to 1


def calibrations(votes: Votes, reviewer_error: float | None = None) -> tuple[Calibration, ...]:
    """Fit slope and shift to a sample, for each share in which reviewers may err.

    Rows are weighted by what they stand for (pseudo-likelihood, as in Binder 1983), so that a fit holds for
    all rows even where two numbers cannot mend `p_error`. The covariance is the mean of Laplace's and the
    sandwich: with 100 decisions the one was too wide, the other too narrow. Shares are weighted by their
    prior and by the evidence (Laplace's approximation, as in MacKay 1992): a single best share would hide
    that a few unexpected verdicts may be slips of reviewers as well as errors among rows that look right.

    Args:
        votes: of one row at least.
        reviewer_error: in [0, 0.5), where it is known; else it is learned, mostly from rows that several
            reviewers decided, and little where each row has one.

    Returns:
        One fit a share; one alone where the share is known.

    Example:
        >>> from labelaudit.review_stats.likelihood import Votes
        >>> votes = Votes(
        ...     log_odds=np.linspace(-4, 4, 50),
        ...     wrong=(np.linspace(-4, 4, 50) > 2).astype(float),
        ...     right=(np.linspace(-4, 4, 50) <= 2).astype(float),
        ...     weights=np.ones(50),
        ...     inside=np.zeros(50),
        ... )
        >>> fits = calibrations(votes)
        >>> average(fits)[1] < -1
        True
    """
    if reviewer_error is not None:
        share = float(np.clip(reviewer_error, CERTAIN, 0.5 - CERTAIN))
        return (_fitted(votes, share, MEANS)[0],)
    fits, evidence, start = [], [], MEANS
    for share in SHARES:
        fit, likely = _fitted(votes, float(share), start)
        fits.append(fit)
        evidence.append(likely)
        start = fit.parameters
    logits = np.log(SHARES / (1 - SHARES))
    off = (logits - np.log(REVIEWER_ERROR / (1 - REVIEWER_ERROR))) / REVIEWER_SPREAD
    logs = np.array(evidence) - 0.5 * off**2
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    return tuple(replace(fit, weight=float(weight)) for fit, weight in zip(fits, weights, strict=True))


def average(fits: Sequence[Calibration]) -> tuple[float, float, float]:
    """Slope, shift and the reviewers' error on average over the shares that were tried."""
    weights = np.array([fit.weight for fit in fits])
    told = np.array([(*fit.parameters[:2], fit.reviewer_error) for fit in fits])
    slope, shift, error = (weights @ told).tolist()
    return slope, shift, error


def _fitted(votes: Votes, reviewer_error: float, start: FloatArray) -> tuple[Calibration, float]:
    """The mode of the posterior with its covariance, and the logarithm of the evidence."""
    from scipy.optimize import minimize

    telling = votes.weights[votes.weights > 0]  # none where all rows around are decided: the priors stand
    weights = votes.weights / (telling.mean() if len(telling) else 1.0)

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        likelihoods, gradients = log_likelihoods(parameters, reviewer_error, votes)
        off = parameters - MEANS
        value = -(weights * likelihoods).sum() + 0.5 * (off * PRECISION * off).sum()
        return float(value), PRECISION * off - weights @ gradients

    found = minimize(loss, start, jac=True, method="BFGS").x
    bread = np.linalg.inv(_curvature(lambda at: loss(at)[1], found))
    _, gradients = log_likelihoods(found, reviewer_error, votes)
    scatter = (gradients * weights[:, None] ** 2).T @ gradients + np.diag(PRECISION)
    fit = Calibration(
        parameters=found,
        covariance=(bread + bread @ scatter @ bread) / 2,
        reviewer_error=reviewer_error,
        weight=1.0,
    )
    return fit, float(0.5 * np.linalg.slogdet(bread)[1] - loss(found)[0])


def _curvature(gradient: Callable[[FloatArray], FloatArray], at: FloatArray) -> FloatMatrix:
    """The Hessian by central differences; made positive where a flat likelihood leaves rounding."""
    step = 1e-4
    rows = [(gradient(at + move) - gradient(at - move)) / (2 * step) for move in step * np.eye(len(at))]
    values, vectors = np.linalg.eigh((np.array(rows) + np.array(rows).T) / 2)
    found: FloatMatrix = vectors @ np.diag(np.maximum(values, 1e-3)) @ vectors.T
    return found
