"""What scorers that look at all rows together are given, and what they share of what they make of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelaudit.kernels.candidates import (
    at_slots,
    best_candidates,
    doubt,
    rivals,
    row_blocks,
    scattered,
    with_given,
)
from labelaudit.kernels.draws import uniforms
from labelaudit.kernels.mixing import Mixture, believed, fit_mixture, true_classes
from labelaudit.kernels.pooling import Pool, fit_pool, pooled
from labelaudit.kernels.ridge import KernelFeatures, best_penalty, kernel_features, left_out_shares
from labelaudit.kernels.votes import vote_shares, vote_weights
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, Frozen, HashArray, IntArray

FITTED_ROWS = 30_000
"""Rows that pools and mixtures are fitted to, at most; all rows are scored."""
NEAREST = 10
SMOOTHING = 1 / 25
"""Weight of the class shares against votes and predictions: one pseudo-vote in 25."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opinions(Frozen):
    """What each source thinks of the candidates of each row, its own label left out."""

    candidates: AnyArray  # (N, m) class numbers
    slots: IntArray  # (N,) column of the given label
    probs: AnyArray  # (N, m) the model's probabilities
    votes: AnyArray  # (N, m) of up to 50 neighbours, the nearest weigh most
    near_votes: AnyArray  # (N, m) of the ten nearest, one vote each
    left_out: AnyArray  # (N, m) kernel ridge regression on all other rows

    @property
    def pooled(self) -> tuple[AnyArray, AnyArray, AnyArray]:
        """The three that are weighed into one."""
        return self.probs, self.votes, self.left_out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beliefs(Frozen):
    """One opinion made of all, and what it says of the true classes."""

    opinion: AnyArray  # (N, m) the pool: probability of each label that might be given
    before: AnyArray  # (N, m) probability of each true class, the given label not looked at
    belief: AnyArray  # (N, m) the same, the given label counted in


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Compact columns of all rows and their neighbour graph; shared results are made when first asked for.

    Arrays of rows by candidates are float32; sums over them are float64.
    """

    given: AnyArray  # (N,) class numbers
    n_classes: int
    top_classes: AnyArray  # (N, t) the most probable classes, t = min(K, 24)
    top_probs: AnyArray  # (N, t) float32, their probabilities
    neighbors: AnyArray  # (N, k) row numbers, nearest first
    distances: AnyArray  # (N, k) float32
    metric: str
    vectors: AnyArray  # (N, p) float32, between which the distances are
    keys: HashArray  # (N,) what random draws are keyed by
    seed: int = 0
    class_shares: FloatArray | None = None  # (K,) known true shares

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self.given)

    @cached_property
    def best(self) -> AnyArray:
        """(N, m) the candidates: the classes with most probability and votes."""
        weights = vote_weights(self.neighbors, self.distances, self.given, metric=self.metric)

        def evidence(rows: slice) -> FloatMatrix:
            dense = scattered(rows, self.top_classes, self.top_probs, self.n_classes)
            voted = scattered(slice(None), self.given[self.neighbors[rows]], weights[rows], self.n_classes)
            dense += voted / np.maximum(voted.sum(axis=1, keepdims=True), 1e-12)
            return dense

        return best_candidates(evidence, self.n_rows, self.n_classes)

    @cached_property
    def sample(self) -> IntArray:
        """Rows that models are fitted to."""
        return np.sort(self.shuffled[:FITTED_ROWS])

    @cached_property
    def shuffled(self) -> IntArray:
        """All rows in a random order that is theirs."""
        return np.argsort(uniforms(self.keys, self.seed, 0), kind="stable")

    @cached_property
    def features(self) -> KernelFeatures:
        """The rows as similarities to landmarks."""
        return kernel_features(self.vectors, self.shuffled)

    @cached_property
    def penalty(self) -> float:
        """The ridge penalty that foretells the given labels best."""
        return best_penalty(self.features, self.given, self.n_classes)

    @cached_property
    def opinions(self) -> Opinions:
        """What the sources think, all labels trusted."""
        return self.opinions_on(self.given)

    @cached_property
    def pool(self) -> Pool:
        """The weights of the sources."""
        found = self.opinions
        return fit_pool(found.pooled, found.candidates, found.slots, self.n_classes, self.sample)

    @cached_property
    def mixture(self) -> Mixture:
        """The noise matrix of all labels."""
        found = self.opinions
        return self.mixture_of(self.opinion_of(found), found, self.given)

    @cached_property
    def beliefs(self) -> Beliefs:
        """First look: all labels trusted."""
        return self.beliefs_on(self.opinions, self.given, self.mixture)

    @cached_property
    def trust(self) -> FloatArray:
        """(N,) how far the first look believes each given label."""
        return at_slots(self.beliefs.belief, self.opinions.slots)

    @cached_property
    def second(self) -> Beliefs:
        """Second look: each label counts as far as the first look believes it."""
        found = self.opinions_on(self.given, self.trust)
        return self.beliefs_on(found, self.given)

    def opinions_on(self, labels: AnyArray, trust: FloatArray | None = None) -> Opinions:
        """What the sources would think were these the labels, each trusted so far."""
        candidates, slots = with_given(self.best, labels)
        counts = np.bincount(labels, weights=trust, minlength=self.n_classes)
        if trust is not None:
            counts = counts + 1  # a class that nobody believes in keeps a share
        shares = counts / counts.sum()
        weights = vote_weights(self.neighbors, self.distances, labels, metric=self.metric)
        near = self.neighbors[:, :NEAREST], self.distances[:, :NEAREST]
        return Opinions(
            candidates=candidates,
            slots=slots,
            probs=self._probs_of(candidates),
            votes=vote_shares(
                self.neighbors, weights, labels, shares, candidates, trust=trust, smoothing=SMOOTHING
            ),
            near_votes=vote_shares(
                near[0],
                vote_weights(*near, labels, metric=self.metric, scale=0),
                labels,
                shares,
                candidates,
                trust=trust,
                smoothing=1 / NEAREST,
            ),
            left_out=left_out_shares(
                self.features, labels, shares, candidates, self.penalty, trust=trust, smoothing=SMOOTHING
            ),
        )

    def opinion_of(self, found: Opinions) -> AnyArray:
        """(N, m) the pool of some opinions, at the known class shares where there are any."""
        opinion = pooled(self.pool, found.pooled, found.candidates)
        if self.class_shares is None:
            return opinion
        given_shares = np.bincount(self.given, minlength=self.n_classes) / self.n_rows
        lift = self.class_shares / np.maximum(given_shares, 1 / self.n_rows)
        opinion *= lift[found.candidates].astype(np.float32)
        opinion /= np.maximum(opinion.sum(axis=1, keepdims=True), np.float32(1e-30))
        return opinion

    def mixture_of(self, opinion: AnyArray, found: Opinions, labels: AnyArray) -> Mixture:
        """The mixture that explains some labels."""
        if self.n_rows <= FITTED_ROWS:
            return fit_mixture(opinion, found.candidates, labels, self.n_classes)
        rows = self.sample
        candidates = found.candidates
        at = candidates[: len(rows)] if candidates.strides[0] == 0 else candidates[rows]
        return fit_mixture(opinion[rows], at, labels[rows], self.n_classes)

    def beliefs_on(self, found: Opinions, labels: AnyArray, mixture: Mixture | None = None) -> Beliefs:
        """What some opinions and labels say of the true classes."""
        opinion = self.opinion_of(found)
        mixture = mixture or self.mixture_of(opinion, found, labels)
        before = np.empty(opinion.shape, dtype=np.float32)
        belief = np.empty(opinion.shape, dtype=np.float32)
        for rows in row_blocks(*opinion.shape):
            classes = found.candidates[rows]
            before[rows] = true_classes(mixture, opinion[rows], classes)
            belief[rows] = believed(mixture, before[rows], classes, labels[rows])
        return Beliefs(opinion=opinion, before=before, belief=belief)

    def _probs_of(self, candidates: AnyArray) -> AnyArray:
        """(N, m) the model's probabilities; classes beyond the kept ones share the rest."""
        if self.top_classes.shape[1] == self.n_classes and candidates.strides[0] == 0:
            return np.take_along_axis(self.top_probs, np.argsort(self.top_classes, axis=1), axis=1)
        found = np.empty(candidates.shape, dtype=np.float32)
        others = max(1, self.n_classes - self.top_classes.shape[1])
        for rows in row_blocks(self.n_rows, self.n_classes):
            dense = scattered(rows, self.top_classes, self.top_probs, self.n_classes)
            rest = np.maximum(1 - dense.sum(axis=1, keepdims=True), 0) / others
            found[rows] = np.take_along_axis(np.where(dense > 0, dense, rest), candidates[rows], axis=1)
        return found


def margin_suspicion(matrix: AnyArray, slots: IntArray) -> FloatArray:
    """(N,) in [0, 1], high is suspicious: (1 - p[given] + max p[other]) / 2."""
    return (doubt(matrix, slots) + rivals(matrix, slots)) / 2
