"""How many labels are wrong: a model's estimate, with a range, and a doubt where the data look clean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.types import AnyArray, BoolArray, FloatArray

SUREST = (0.1, 0.25)
"""Shares of each predicted class, the most confident rows first, among which disagreement is counted."""
CLEAN_BELOW = (0.02, 0.05)
"""Disagreement below both of these looks like hard but rightly labelled data. Chosen on half of the sets of
docs/quality.md: above, counts are 0.8 to 1.7 times the errors; below, up to 300 times."""
SHRINKAGE = 0.95
"""Scorers that judge each row alone flag a little too many."""
CEILING = 0.95
"""Nobody is surer than this without a review: of the rows ranked highest, 87 % were wrong on average."""
RANK_SLOPE = 1.3
"""Of the log-odds of mean ranks; the least log loss on half of the sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEstimate:
    """A model's estimate of the number of wrong labels, never more than that."""

    count: int
    low: int
    high: int
    looks_clean: bool


def sure_disagreement(predicted: AnyArray, confidence: FloatArray, given: AnyArray) -> FloatArray:
    """(2,) share of labels that differ from the prediction among its surest 10 and 25 %, class by class.

    Labels given by a noisy process are wrong among easy rows too; where classes merely overlap, the surest
    rows agree.

    Args:
        predicted: (N,) class numbers.
        confidence: (N,) probability of the predicted class.
        given: (N,) class numbers.

    Example:
        >>> sure_disagreement(np.zeros(8), np.linspace(1, 0.5, 8), np.array([0, 1, 0, 0, 0, 0, 0, 1]))
        array([0. , 0.5])
    """
    order = np.lexsort((np.arange(len(given)), -confidence, predicted))
    ordered = predicted[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.append(starts, len(ordered)))
    place = np.arange(len(ordered)) - np.repeat(starts, sizes)
    differs = (predicted != given)[order]
    found = [
        differs[place < np.repeat(np.maximum(1, (share * sizes).astype(int)), sizes)] for share in SUREST
    ]
    return np.array([part.mean() for part in found])


def error_estimate(disagreement: FloatArray, n_rows: int, n_doubted: int, n_pruned: int) -> ErrorEstimate:
    """A count of wrong labels and the range in which 80 % of true counts lay when it was measured.

    Args:
        disagreement: from `sure_disagreement`.
        n_rows: N.
        n_doubted: rows that the scorers find more likely wrong than right.
        n_pruned: rows that prune-by-noise-rate flags.
    """
    at_surest, at_sure = float(disagreement[0]), float(disagreement[1])
    clean = at_surest < CLEAN_BELOW[0] and at_sure < CLEAN_BELOW[1]
    if clean:
        count = min(max(n_pruned // 2, min(n_pruned, 1)), n_doubted)  # a single blatant error is told
        high = max(0.01 * n_rows, 3 * at_sure * n_rows, float(count))
    else:
        count = round(SHRINKAGE * n_doubted)
        high = max(1.25 * n_doubted, 0.01 * n_rows)
    low = min(0.5 * max(0.0, at_sure - CLEAN_BELOW[1]) * n_rows, float(count))
    return ErrorEstimate(count=count, low=int(low), high=min(n_rows, int(np.ceil(high))), looks_clean=clean)


def chances_of_error(log_odds: FloatArray, cut: float, *, slope: float = 1.0) -> FloatArray:
    """Turn log-odds into probabilities of error: over 0.5 above the cut, 0.95 at most.

    Args:
        log_odds: (N,) on any scale, high is suspicious.
        cut: from `cut_below`, or 0 where the log-odds mean what they say.
        slope: how fast certainty grows.

    Returns:
        (N,) float64 in (0, 0.95), in the order of `log_odds`.

    Example:
        >>> chances_of_error(np.array([-2.0, 0.0, 9.0]), 0.0).round(2)
        array([0.12, 0.5 , 0.95])
    """
    scaled = np.clip(slope * (log_odds - cut), -34, 34) + np.log(0.5 / (CEILING - 0.5))
    chances: FloatArray = CEILING / (1 + np.exp(-scaled))
    return chances


def cut_below(log_odds: FloatArray, n_suspects: int) -> float:
    """The middle between the `n_suspects` highest and the rest.

    Example:
        >>> cut_below(np.array([1.0, 4.0, 2.0]), 1)
        3.0
    """
    ordered = np.sort(log_odds)[::-1]
    if n_suspects <= 0:
        return float(ordered[0]) + 0.1
    if n_suspects >= len(ordered):
        return float(ordered[-1]) - 0.1
    return float(ordered[n_suspects - 1] + ordered[n_suspects]) / 2


def more_likely_wrong(*votes: BoolArray) -> int:
    """How many rows most of the votes doubt."""
    total = np.sum(votes, axis=0)
    return int((2 * total > len(votes)).sum())
