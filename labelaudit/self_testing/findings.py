"""What a self-test found: how soon each scorer finds each noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from labelaudit.kernels.finding import average_precision, found_by_depth, reviews_needed
from labelaudit.types import BoolArray, FloatArray, Frozen, IntArray, Notice

FOUND_SHARE = 0.8
"""Reviews are counted until so many of the injected errors are found."""
DEPTHS = (10, 50, 100)
CURVE_POINTS = 60
CURVE_DEPTH = 2
"""Curves end at so many times the injected errors."""
ALL_NOISES = "all"
LEAST_TOLERANCE = 0.01
DRAW_NOISE = 0.85
"""Twice the standard deviation that the draw of the errors alone gives to a scorer's lead over the default,
times the root of the injected errors: 0.001 to 0.010 at 1,800 of them (2,000 rows of each of six sets)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean, lowest and highest over the repeats."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How soon a scorer finds a kind of noise; `noise` is "all" for the mean over the kinds."""

    scorer: str
    noise: str
    average_precision: Spread  # labels that were wrong before count as false finds: a lower bound
    settled_average_precision: (
        Spread  # without the rows that were doubted before: what scorers are compared by
    )
    precision: dict[int, Spread]  # by the number of reviews: 10, 50, 100 and the number injected
    recall_at_injected: Spread  # of as many reviews as there are injected errors; precision there is the same
    reviews_needed: Spread  # until 80 % of the injected errors are found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthCurve(Frozen):
    """The precision of a scorer by depth, doubted rows set aside, all noises taken together."""

    scorer: str
    depths: IntArray  # (D,) reviews made, ascending
    precision: FloatArray  # (D,) in [0, 1]
    low: FloatArray  # (D,) over the repeats
    high: FloatArray  # (D,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelfTest:
    """The answer of `self_test`.

    Injected errors stand in for real ones; `notices` tell what that costs.
    """

    n_rows: int  # of the data
    n_tested: int  # rows drawn for the test
    n_classes: int
    n_doubted: int  # rows that a scan finds more likely wrong than right before anything is injected
    n_injected: int
    rate: float
    repeats: int
    seed: int
    noises: tuple[str, ...]
    scorers: tuple[str, ...]
    refitted: bool  # whether a model was trained on the injected errors
    trained_on: str
    default: str  # the scorer that ranks where nobody says otherwise
    tolerance: float  # how much better another scorer must be to be recommended
    recommended: str
    findings: tuple[Finding, ...]  # a scorer and noise each
    overall: tuple[Finding, ...]  # a scorer each, over all noises, best first
    curves: tuple[DepthCurve, ...]  # as `overall`
    notices: tuple[Notice, ...]

    @property
    def best(self) -> Finding:
        """The recommended scorer over all noises."""
        return next(finding for finding in self.overall if finding.scorer == self.recommended)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial(Frozen):
    """One order of review of one noisy set of labels, measured."""

    average_precision: float
    settled_average_precision: float
    found: IntArray  # (n,) errors found by depth
    settled_found: IntArray  # (m,) the same without the rows that were doubted before


def trial_of(is_injected: BoolArray, doubted: BoolArray, suspicion: FloatArray) -> Trial:
    """Measure how soon an order of review finds what was injected.

    Args:
        is_injected: (n,) what is to be found.
        doubted: (n,) rows that were doubted before, of which many are real errors.
        suspicion: (n,) high comes first.
    """
    settled = is_injected | ~doubted
    return Trial(
        average_precision=average_precision(is_injected, suspicion),
        settled_average_precision=average_precision(is_injected[settled], suspicion[settled]),
        found=found_by_depth(is_injected, suspicion),
        settled_found=found_by_depth(is_injected[settled], suspicion[settled]),
    )


def finding_of(scorer: str, noise: str, repeats: Sequence[Sequence[Trial]]) -> Finding:
    """Sum up trials.

    Args:
        scorer: whose they are.
        noise: a kind of noise, or "all".
        repeats: the trials of each repeat, whose mean counts as one.
    """
    n_injected = int(repeats[0][0].found[-1])
    depths = sorted({depth for depth in (*DEPTHS, n_injected) if depth <= len(repeats[0][0].found)})
    return Finding(
        scorer=scorer,
        noise=noise,
        average_precision=_spread([[t.average_precision for t in trials] for trials in repeats]),
        settled_average_precision=_spread([[t.settled_average_precision for t in ts] for ts in repeats]),
        precision={
            depth: _spread([[t.found[depth - 1] / depth for t in trials] for trials in repeats])
            for depth in depths
        },
        recall_at_injected=_spread([[t.found[n_injected - 1] / n_injected for t in ts] for ts in repeats]),
        reviews_needed=_spread([[reviews_needed(t.found, FOUND_SHARE) for t in ts] for ts in repeats]),
    )


def curve_of(scorer: str, repeats: Sequence[Sequence[Trial]]) -> DepthCurve:
    """The precision by depth of some trials; arguments as for `finding_of`."""
    n_rows = min(len(trial.settled_found) for trials in repeats for trial in trials)
    n_injected = int(repeats[0][0].found[-1])
    last = min(n_rows, CURVE_DEPTH * n_injected)
    points = np.geomspace(min(10, last), last, CURVE_POINTS)
    depths = np.unique(np.append(np.rint(points).astype(np.int64), n_injected))
    shares = [np.mean([t.settled_found[depths - 1] / depths for t in ts], axis=0) for ts in repeats]
    return DepthCurve(
        scorer=scorer,
        depths=depths,
        precision=np.mean(shares, axis=0),
        low=np.min(shares, axis=0),
        high=np.max(shares, axis=0),
    )


def tolerance_of(n_injected: int) -> float:
    """By how much scorers may differ for no other reason than the draw of so many errors.

    Example:
        >>> round(tolerance_of(100), 3), tolerance_of(100_000)
        (0.085, 0.01)
    """
    return max(LEAST_TOLERANCE, DRAW_NOISE / sqrt(n_injected))


def recommended_scorer(overall: Mapping[str, float], default: str, tolerance: float) -> str:
    """The scorer with the best figure; the default where it is within the tolerance of that.

    Example:
        >>> recommended_scorer({"fused": 0.71, "knn": 0.715}, "fused", 0.02)
        'fused'
        >>> recommended_scorer({"fused": 0.71, "knn": 0.75}, "fused", 0.02)
        'knn'
    """
    best = max(overall, key=overall.__getitem__)
    return default if default in overall and overall[default] >= overall[best] - tolerance else best


def _spread(repeats: Sequence[Sequence[float]]) -> Spread:
    means = [float(np.mean(values)) for values in repeats]
    return Spread(mean=float(np.mean(means)), low=min(means), high=max(means))
