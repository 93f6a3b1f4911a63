"""SELF: learn what a wrong label looks like from labels that were flipped on purpose."""

from __future__ import annotations

import warnings

import numpy as np

from labelaudit.kernels.candidates import at_slots, rivals
from labelaudit.kernels.flips import flipped_labels
from labelaudit.scorers.evidence import Beliefs, Evidence, Opinions
from labelaudit.types import AnyArray, FloatArray

ROWS_WANTED = 60_000
MOST_REPEATS = 4
STRENGTH = 0.1
"""C of the logistic regression."""
TENTH = 9


class SelfSupervised:
    """A logistic regression that tells flipped labels from untouched ones, applied to the untouched.

    15 % of the labels believed clean are flipped (half to any class, a quarter by the probabilities, a
    quarter by the learned noise matrix), all opinions on them are made anew, and the regression weighs
    log-odds and margins of every source. Fitted on flips alone, it needs no truth.
    """

    name = "self"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) 1 - the probability of having been flipped, at 15 % flips."""
        odds = np.clip(flip_log_odds(evidence).astype(np.float64), -700, 700)
        return 1 / (1 + np.exp(odds))


def flip_log_odds(evidence: Evidence) -> FloatArray:
    """(N,) log-odds that a given label was flipped, as learned from 15 % flips; high is suspicious."""
    from sklearn.linear_model import LogisticRegression

    clean = evidence.trust > 0.5
    examples, answers = [], []
    for repeat in range(min(MOST_REPEATS, max(1, ROWS_WANTED // max(1, evidence.n_rows)))):
        labels, flipped = flipped_labels(
            evidence.given,
            clean,
            evidence.opinions.candidates,
            evidence.opinions.probs,
            evidence.mixture.noise,
            evidence.keys,
            evidence.seed + 1 + repeat,
        )
        examples.append(_features_on(evidence, labels)[clean])
        answers.append(flipped[clean])
    table, target = np.concatenate(examples), np.concatenate(answers)
    if not target.any() or target.all():  # a handful of rows: nothing to learn from
        return _logit(1 - evidence.trust)
    centre, spread = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=STRENGTH, max_iter=300).fit((table - centre) / spread, target)
    untouched = _features(evidence, evidence.given, evidence.opinions, evidence.beliefs, evidence.second)
    odds: FloatArray = model.decision_function((untouched - centre) / spread)
    return odds


def _features_on(evidence: Evidence, labels: AnyArray) -> AnyArray:
    """The features of all rows in a world in which these are the labels."""
    opinions = evidence.opinions_on(labels)
    first = evidence.beliefs_on(opinions, labels)
    trust = at_slots(first.belief, opinions.slots)
    second = evidence.beliefs_on(evidence.opinions_on(labels, trust), labels)
    return _features(evidence, labels, opinions, first, second)


def _features(
    evidence: Evidence, labels: AnyArray, opinions: Opinions, first: Beliefs, second: Beliefs
) -> AnyArray:
    """(N, f) float32: how each source and both looks see the label, and where the row lies."""
    slots = opinions.slots
    sources = (opinions.probs, opinions.votes, opinions.near_votes, opinions.left_out)
    columns: list[FloatArray] = []
    for source, floor in (*((s, 1e-3) for s in sources), (first.opinion, 1e-4), (second.opinion, 1e-4)):
        own, rival = at_slots(source, slots), rivals(source, slots)
        columns += [_logit(own, floor), np.log(np.maximum(own, floor) / np.maximum(rival, floor))]
    columns += [_logit(at_slots(beliefs.belief, slots), 1e-4) for beliefs in (first, second)]
    columns += [_entropy(opinions.probs), _entropy(first.opinion)]
    columns += [(source.argmax(axis=1) == slots).astype(np.float64) for source in sources]
    columns.append((opinions.probs.argmax(axis=1) == opinions.votes.argmax(axis=1)).astype(np.float64))
    if evidence.distances.shape[1] > TENTH:
        columns.append(np.log(np.maximum(evidence.distances[:, TENTH], 1e-6)))
    shares = np.bincount(labels, minlength=evidence.n_classes) / evidence.n_rows
    columns.append(np.log(shares[labels]))
    return np.stack(columns, axis=1).astype(np.float32)


def _logit(values: FloatArray, floor: float = 1e-3) -> FloatArray:
    kept = np.clip(values, floor, 1 - floor)
    return np.log(kept) - np.log1p(-kept)


def _entropy(matrix: AnyArray) -> FloatArray:
    wide = np.maximum(matrix, 1e-9, dtype=np.float64)
    entropy: FloatArray = -(wide * np.log(wide)).sum(axis=1) / np.log(max(2, matrix.shape[1]))
    return entropy
