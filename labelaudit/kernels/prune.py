"""Which rows confident learning flags: cleanlab 2.9's filters, with ties broken by row.

Everything but the choice by noise rate needs only the row view and the joint. That choice takes, for
each given class i and true class j, the `counts[i, j]` rows of class i with the largest margin
p[j] - p[i]; these margins are folded batch by batch (`margin_candidates`, `keep_largest`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.joint import NOT_CONFIDENT
from labelaudit.kernels.stretches import stretches
from labelaudit.types import AnyArray, BoolArray, FloatArray, Frozen, IntArray, RowView

GIVEN_LABEL_HEAD_START = 1e-6
FEWEST_ROWS = 1
"""A class with no more rows than this is never pruned."""


def prune_counts(calibrated: IntArray) -> IntArray:
    """How many rows to prune for each (given, true) pair; the diagonal says how many to keep.

    At least one row of every class is kept: what the diagonal gains is taken evenly from the class's
    other non-zero counts (cleanlab.filter, _keep_at_least_n_per_class).

    Args:
        calibrated: (K, K) the calibrated confident joint.

    Returns:
        (K, K) int64, given labels by rows.
    """
    by_true = calibrated.T
    diagonal = by_true.diagonal()
    new_diagonal = np.maximum(diagonal, FEWEST_ROWS)
    n_noise_rates = np.maximum(np.count_nonzero(by_true, axis=0) - 1.0, 1.0)
    kept = by_true - (new_diagonal - diagonal) / n_noise_rates
    kept[kept < 0] = 0
    np.fill_diagonal(kept, new_diagonal)
    counts: IntArray = kept.astype(np.int64).T  # truncated, as cleanlab does
    return counts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Margins(Frozen):
    """Some cells of the matrix of margins p[j] - p[given]."""

    pairs: IntArray  # (m,) given * K + j
    rows: IntArray  # (m,)
    values: FloatArray  # (m,) in [-1, 1]


FLOOR_SLACK = 1e-6
"""Floors are kept in single precision; the slack makes up for the rounding."""
NEAR, UNSURE = -0.1, 0.25
"""Lower leads and higher self-confidences are rarely among those wanted: a looser bound does."""


def margin_floors(view: RowView, counts: IntArray) -> AnyArray:
    """A lower bound on the smallest margin that the choice by noise rate will take, pair by pair.

    Two bounds are known without the probabilities: p[j] >= 0 gives -p[i], and where j is the rival
    the margin itself. With it a batch needs to hand on only a few cells.

    Returns:
        (K, K) float32; infinity where nothing is to be pruned.
    """
    n_classes = len(counts)
    wanted = counts.copy()
    np.fill_diagonal(wanted, 0)
    wanted[np.bincount(view.given, minlength=n_classes) <= FEWEST_ROWS] = 0
    given, true = np.nonzero(wanted)
    n_wanted = wanted[given, true]
    unsure, near = np.flatnonzero(view.self_confidence <= UNSURE), _near_rows(view)
    by_class = view.given[unsure].astype(np.int64)
    bounds = _nth_largest(by_class, -view.self_confidence[unsure], given, n_wanted)
    lead = view.rival_prob[near] - view.self_confidence[near]
    by_pair = view.given[near].astype(np.int64) * n_classes + view.rival[near]
    bounds = np.maximum(bounds, _nth_largest(by_pair, lead, given * n_classes + true, n_wanted))
    floors = np.full((n_classes, n_classes), np.inf, dtype=np.float32)
    floors[given, true] = bounds - FLOOR_SLACK
    return floors


def _near_rows(view: RowView) -> IntArray:
    found = [
        rows.start + np.flatnonzero(view.rival_prob[rows] - view.self_confidence[rows] >= NEAR)
        for rows in stretches(len(view.given))
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _nth_largest(groups: IntArray, values: FloatArray, asked: IntArray, n: IntArray) -> FloatArray:
    """The n-th largest value of each group asked for; -1 where the group has fewer."""
    order = np.lexsort((-values, groups))
    sorted_groups = groups[order]
    at = np.searchsorted(sorted_groups, asked) + n - 1
    ends = np.searchsorted(sorted_groups, asked, side="right")
    found = np.full(len(asked), -1.0)
    found[at < ends] = values[order[at[at < ends]]]
    return found


def margin_candidates(
    rows: IntArray, labels: AnyArray, given_probs: FloatArray, pred_probs: AnyArray, floors: AnyArray
) -> Margins:
    """The cells of a block whose margin reaches the floor of their pair.

    Args:
        rows: (n,) row numbers.
        labels: (n,) given classes: rows of `floors`.
        given_probs: (n,) self-confidences.
        pred_probs: (n, K) clean probabilities.
        floors: (..., K) from `margin_floors`.
    """
    reached = pred_probs >= floors[labels] + given_probs[:, None].astype(pred_probs.dtype)
    at, true = np.divmod(np.flatnonzero(reached), floors.shape[1])  # faster than nonzero() in two dimensions
    pairs = labels[at].astype(np.int64) * floors.shape[1] + true
    values = pred_probs[at, true].astype(np.float64) - given_probs[at]
    return Margins(pairs=pairs, rows=rows[at], values=values)


def keep_largest(margins: list[Margins], counts: IntArray) -> Margins:
    """For each pair the `counts` largest margins; of equal ones those of the first rows."""
    pairs = np.concatenate([m.pairs for m in margins] or [np.zeros(0, np.int64)])
    rows = np.concatenate([m.rows for m in margins] or [np.zeros(0, np.int64)])
    values = np.concatenate([m.values for m in margins] or [np.zeros(0)])
    order = np.lexsort((rows, -values, pairs))
    sorted_pairs = pairs[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_pairs, sorted_pairs)
    best = order[rank < counts.ravel()[sorted_pairs]]
    return Margins(pairs=pairs[best], rows=rows[best], values=values[best])


def flag_by_noise_rate(view: RowView, chosen: Margins) -> BoolArray:
    """(N,) the rows chosen for some pair whose given label is not the most probable anyway."""
    flagged = np.zeros(len(view.given), dtype=bool)
    flagged[chosen.rows] = True
    return flagged & ~given_label_stands(view)


def flag_by_class(view: RowView, counts: IntArray) -> BoolArray:
    """(N,) the least self-confident rows of each class, as many as the joint calls wrong."""
    n_rows = np.bincount(view.given, minlength=len(counts))
    n_wrong = np.where(n_rows > FEWEST_ROWS, n_rows - counts.diagonal(), 0)
    order = np.lexsort((view.self_confidence, view.given))
    given = view.given[order]
    rank = np.arange(len(order)) - np.searchsorted(given, given)
    flagged = np.zeros(len(view.given), dtype=bool)
    flagged[order[rank < n_wrong[given]]] = True
    return flagged & ~given_label_stands(view)


def flag_confident(view: RowView, confident: AnyArray) -> BoolArray:
    """(N,) the rows in which the model is confident of another class: the joint's off-diagonal."""
    elsewhere: BoolArray = (confident != NOT_CONFIDENT) & (confident != view.given)
    return elsewhere & ~given_label_stands(view)


def flag_predicted(view: RowView) -> BoolArray:
    """(N,) the rows whose most probable class is not the given one."""
    differs: BoolArray = view.predicted != view.given
    return differs & ~given_label_stands(view)


def flag_lowest(scores: FloatArray, n_flagged: int) -> BoolArray:
    """(N,) the rows with the lowest scores; of equal scores the first rows."""
    flagged = np.zeros(len(scores), dtype=bool)
    flagged[np.argsort(scores, kind="stable")[:n_flagged]] = True
    return flagged


def given_label_stands(view: RowView) -> BoolArray:
    """(N,) whether the given label is within 1e-6 of the most probable one: such a row is never flagged."""
    raised = view.self_confidence + GIVEN_LABEL_HEAD_START
    stands: BoolArray = (raised > view.rival_prob) | ((raised == view.rival_prob) & (view.given < view.rival))
    return stands
