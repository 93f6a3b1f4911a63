"""From a calibration to counts: how many labels of some rows are wrong, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

from labelaudit.review_stats.calibration import Calibration, Votes, calibrate, chances, posterior
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


def calibration_of(
    reviews: Reviews, reviewer_error: float | None = None, inside: BoolArray | None = None
) -> Calibration:
    """Fit the sample; rows that reviewers chose by rank are left out of it, whatever their number.

    Args:
        reviews: with one row of a sample at least.
        reviewer_error: the share of wrong verdicts where it is known.
        inside: (m,) reviewed rows that may differ from the whole; none otherwise.
    """
    inside = np.zeros(len(reviews.rows), dtype=np.bool_) if inside is None else inside
    return calibrate(reviews.votes(reviews.drawn, inside), reviewer_error)


def counted_errors(
    reviews: Reviews, calibration: Calibration, among: BoolArray | None = None
) -> ReviewedCount:
    """Count the errors among some rows: those seen, and those that the fit expects of the others.

    The variance is that of the parameters carried over to the count (delta method), and that of each row's
    own coin. What is decided adds hardly any, so that the interval shrinks as reviewers go on.

    Args:
        reviews: of the whole audit.
        calibration: of the sample; with a shift inside where it was made for these rows.
        among: (N,) the rows of a class, a split or the top of the list; all by default.
    """
    decided = np.zeros(len(reviews.log_odds), dtype=np.bool_)
    decided[reviews.rows] = True
    inside = float(among is not None)
    among = np.ones(len(decided), dtype=np.bool_) if among is None else among
    here = among[reviews.rows]
    open_rows = reviews.log_odds[among & ~decided]
    votes = reviews.votes(here, np.full(len(here), inside))

    def count(parameters: FloatArray) -> float:
        return float(chances(parameters, open_rows, inside).sum() + posterior(parameters, votes).sum())

    at = calibration.parameters
    errors = count(at)
    step = 1e-3
    slopes = np.array([(count(at + move) - count(at - move)) / (2 * step) for move in step * np.eye(len(at))])
    p, seen = chances(at, open_rows, inside), posterior(at, votes)
    variance = slopes @ calibration.covariance @ slopes + (p * (1 - p)).sum() + (seen * (1 - seen)).sum()
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * float(np.sqrt(variance))
    n_rows = int(among.sum())
    return ReviewedCount(
        rows=n_rows,
        decided=int(here.sum()),
        errors=round(errors, 3),
        low=round(max(0.0, errors - half), 3),
        high=round(min(float(n_rows), errors + half), 3),
    )


def part_errors(
    reviews: Reviews, among: BoolArray, whole: Calibration, reviewer_error: float | None = None
) -> ReviewedCount:
    """Count the errors of a class, a split or the top of the list, which may differ from the whole.

    Args:
        reviews: of the whole audit.
        among: (N,) the rows of the part.
        whole: the calibration of all.
        reviewer_error: as for the whole.
    """
    here = among[reviews.rows]
    if (here & reviews.drawn).any():
        whole = calibration_of(reviews, reviewer_error, here)
    return counted_errors(reviews, whole, among)
