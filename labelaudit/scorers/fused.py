"""FUSE: the default where there are embeddings; five views of each label, their ranks added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.candidates import at_slots, odds_against
from labelaudit.kernels.estimates import (
    RANK_SLOPE,
    ErrorEstimate,
    chances_of_error,
    cut_below,
    error_estimate,
    more_likely_wrong,
    sure_disagreement,
)
from labelaudit.kernels.ranks import mean_ranks
from labelaudit.scorers.evidence import Evidence, margin_suspicion
from labelaudit.scorers.self_supervised import flip_log_odds
from labelaudit.types import FloatArray, Frozen

BALANCE = 0.25
"""POOL is divided by the class shares to this power: large classes are not always right."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused(Frozen):
    """The fused order of the labels, as probabilities, and how many of them it finds wrong."""

    p_error: FloatArray  # (N,)
    estimate: ErrorEstimate


class Fuse:
    """rank(POOL) + rank(MIX) + 2 rank(SELF) + rank and margin of the second look's POOL."""

    name = "fused"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) 1 - the probability of error."""
        return 1 - fuse(evidence, n_pruned=evidence.n_rows).p_error


def fuse(evidence: Evidence, n_pruned: int) -> Fused:
    """Rank labels by five views of them; docs/quality.md tells what each adds.

    Args:
        evidence: the rows and their neighbours.
        n_pruned: rows that prune-by-noise-rate flags, for data that look clean.

    Returns:
        Probabilities of error in the fused order: over 0.5 for as many rows as are estimated wrong.
    """
    slots = evidence.opinions.slots
    first, second = evidence.beliefs, evidence.second
    flipped = flip_log_odds(evidence)
    ranks = (
        mean_ranks(margin_suspicion(_balanced(evidence), slots))
        + mean_ranks(odds_against(first.belief, slots))
        + 2 * mean_ranks(flipped)
        + mean_ranks(margin_suspicion(second.opinion, slots))
        + mean_ranks(odds_against(second.opinion, slots))
    ) / 6
    doubted = more_likely_wrong(flipped > 0, evidence.trust < 0.5, second.opinion.argmax(axis=1) != slots)
    surest = first.opinion.argmax(axis=1)
    predicted = at_slots(evidence.opinions.candidates, surest).astype(np.int64)
    disagreement = sure_disagreement(predicted, at_slots(first.opinion, surest), evidence.given)
    estimate = error_estimate(disagreement, evidence.n_rows, doubted, n_pruned)
    return Fused(p_error=_chances(ranks, estimate), estimate=estimate)


def average(evidence: Evidence, n_pruned: int) -> Fused:
    """The plain mean of probabilities and votes: what is left where the probabilities know the labels."""
    found = evidence.opinions
    mean = (found.probs.astype(np.float64) + found.votes) / 2
    surest = found.votes.argmax(axis=1)
    predicted = at_slots(found.candidates, surest).astype(np.int64)
    disagreement = sure_disagreement(predicted, at_slots(found.votes, surest), evidence.given)
    doubted = int((surest != found.slots).sum())
    estimate = error_estimate(disagreement, evidence.n_rows, doubted, n_pruned)
    ranks = mean_ranks(margin_suspicion(mean, found.slots))
    return Fused(p_error=_chances(ranks, estimate), estimate=estimate)


def _chances(ranks: FloatArray, estimate: ErrorEstimate) -> FloatArray:
    kept = np.clip(ranks, 0.5 / len(ranks), 1 - 0.5 / len(ranks))
    log_odds = np.log(kept) - np.log1p(-kept)
    return chances_of_error(log_odds, cut_below(log_odds, estimate.count), slope=RANK_SLOPE)


def _balanced(evidence: Evidence) -> FloatArray:
    shares = np.bincount(evidence.given, minlength=evidence.n_classes) / evidence.n_rows
    lifted = evidence.beliefs.opinion / np.maximum(shares, 1e-9)[evidence.opinions.candidates] ** BALANCE
    balanced: FloatArray = lifted / lifted.sum(axis=1, keepdims=True)
    return balanced
