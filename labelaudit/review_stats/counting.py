"""From calibrations to counts: how many labels of some rows are wrong, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

from labelaudit.review_stats.calibration import Calibration, calibrations
from labelaudit.review_stats.likelihood import Votes, chances, posterior
from labelaudit.types import AnyArray, BoolArray, FloatArray, Frozen, IntArray, ReviewedCount

LEVEL = 0.9
AROUND = 25
"""Rows above and below a drawn one, by `p_error`, that tell how many around it are decided."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reviews(Frozen):
    """All rows of an audit, and what reviewers said of some."""

    log_odds: FloatArray  # (N,) of `p_error`
    rows: IntArray  # (m,) those with a verdict, each once
    wrong: FloatArray  # (m,) reviewers who find the label wrong
    right: FloatArray  # (m,) reviewers who do not
    draw_prob: FloatArray  # (m,) nan for rows that were not drawn: suspects in ranked order, controls

    @cached_property
    def stands_for(self) -> FloatArray:
        """(m,) undecided rows that a drawn one stands for, of 1 / draw_prob rows in all.

        Where reviewers went on with suspects, most of the rows around a drawn suspect are decided: it says
        little of those that are not.
        """
        is_open = np.ones(len(self.log_odds), dtype=np.bool_)
        is_open[self.rows] = False
        others = np.ones(len(self.log_odds), dtype=np.bool_)
        others[self.rows[self.drawn]] = False
        at = np.flatnonzero(others)
        at = at[np.argsort(self.log_odds[at], kind="stable")]
        sums = np.concatenate([[0], np.cumsum(is_open[at])])
        place = np.searchsorted(self.log_odds[at], self.log_odds[self.rows])
        first, last = np.maximum(place - AROUND, 0), np.minimum(place + AROUND, len(at))
        share: FloatArray = (sums[last] - sums[first]) / np.maximum(last - first, 1)
        return share / self.draw_prob

    @property
    def drawn(self) -> BoolArray:
        """(m,) rows of the probability sample."""
        return ~np.isnan(self.draw_prob)

    def votes(self, at: BoolArray, inside: AnyArray) -> Votes:
        """What was said of some of the reviewed rows.

        Args:
            at: (m,) which.
            inside: (m,) rows of the class or split in question.
        """
        return Votes(
            log_odds=self.log_odds[self.rows[at]],
            wrong=self.wrong[at],
            right=self.right[at],
            weights=self.stands_for[at],
            inside=inside[at].astype(np.float64),
        )


def calibrations_of(
    reviews: Reviews, reviewer_error: float | None = None, inside: BoolArray | None = None
) -> tuple[Calibration, ...]:
    """Fit the sample; rows that reviewers chose by rank are left out of it, whatever their number.

    Args:
        reviews: with one row of a sample at least.
        reviewer_error: the share of wrong verdicts where it is known.
        inside: (m,) reviewed rows that may differ from the whole; none otherwise.
    """
    inside = np.zeros(len(reviews.rows), dtype=np.bool_) if inside is None else inside
    return calibrations(reviews.votes(reviews.drawn, inside), reviewer_error)


def counted_errors(
    reviews: Reviews, fits: Sequence[Calibration], among: BoolArray | None = None
) -> ReviewedCount:
    """Count the errors among some rows: those seen, and those that the fits expect of the others.

    The interval is that of the mixture of the fits, each with its normal distribution.

    Args:
        reviews: of the whole audit.
        fits: of the sample; with a shift inside where they were made for these rows.
        among: (N,) the rows of a class, a split or the top of the list; all by default.
    """
    decided = np.zeros(len(reviews.log_odds), dtype=np.bool_)
    decided[reviews.rows] = True
    inside = float(among is not None)
    among = np.ones(len(decided), dtype=np.bool_) if among is None else among
    here = among[reviews.rows]
    open_rows = reviews.log_odds[among & ~decided]
    votes = reviews.votes(here, np.full(len(here), inside))
    counts = [_count(fit, open_rows, votes, inside) for fit in fits]
    weights = [fit.weight for fit in fits]
    low, high = _interval(weights, counts)
    n_rows = int(among.sum())
    return ReviewedCount(
        rows=n_rows,
        decided=int(here.sum()),
        errors=round(sum(weight * count.mean for weight, count in zip(weights, counts, strict=True)), 3),
        low=round(max(0.0, low), 3),
        high=round(min(float(n_rows), high), 3),
    )


def _count(fit: Calibration, open_rows: FloatArray, votes: Votes, inside: float) -> NormalDist:
    """The number of errors by one fit.

    The variance is that of the parameters carried over to the count (delta method), and that of each row's
    own coin. What is decided adds hardly any, so that the interval shrinks as reviewers go on.
    """

    def count(parameters: FloatArray) -> float:
        seen = posterior(parameters, fit.reviewer_error, votes)
        return float(chances(parameters, open_rows, inside).sum() + seen.sum())

    at, step = fit.parameters, 1e-3
    slopes = np.array([(count(at + move) - count(at - move)) / (2 * step) for move in step * np.eye(len(at))])
    p, seen = chances(at, open_rows, inside), posterior(at, fit.reviewer_error, votes)
    variance = slopes @ fit.covariance @ slopes + (p * (1 - p)).sum() + (seen * (1 - seen)).sum()
    return NormalDist(count(at), max(float(np.sqrt(variance)), 1e-9))


def _interval(weights: Sequence[float], counts: Sequence[NormalDist]) -> tuple[float, float]:
    """The quantiles of a mixture between which `LEVEL` of it lies."""
    from scipy.optimize import brentq

    def quantile(share: float) -> float:
        ends = [count.inv_cdf(share) for count in counts]
        if len(ends) == 1:
            return ends[0]

        def over(at: float) -> float:
            below = sum(weight * count.cdf(at) for weight, count in zip(weights, counts, strict=True))
            return below - share

        return float(brentq(over, min(ends) - 1, max(ends) + 1))

    return quantile((1 - LEVEL) / 2), quantile((1 + LEVEL) / 2)


def part_errors(
    reviews: Reviews, among: BoolArray, whole: Sequence[Calibration], reviewer_error: float | None = None
) -> ReviewedCount:
    """Count the errors of a class, a split or the top of the list, which may differ from the whole.

    Args:
        reviews: of the whole audit.
        among: (N,) the rows of the part.
        whole: the fits of all.
        reviewer_error: as for the whole.
    """
    here = among[reviews.rows]
    if (here & reviews.drawn).any():
        whole = calibrations_of(reviews, reviewer_error, here)
    return counted_errors(reviews, whole, among)
