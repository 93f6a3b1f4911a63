"""The third reading: the largest margins of each (given, true) pair, for the choice by noise rate."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labelaudit.batch import Batch
from labelaudit.kernels.prune import Margins, keep_largest, margin_candidates
from labelaudit.kernels.row_view import blocks_of
from labelaudit.kernels.stretches import stretches
from labelaudit.passes.rows import KeptRows
from labelaudit.types import AnyArray, IntArray, RowView

SLACK = 1 << 16
"""Candidates held beyond what will be chosen, before they are cut back."""


@dataclass(slots=True)
class Candidates:
    """Margins that may be among the largest of their pair."""

    found: list[Margins] = field(default_factory=list)
    n_found: int = 0


class MarginsPass:
    """Collects the `counts` largest margins of each pair.

    Args:
        kept: the rows that take part.
        view: their view.
        counts: (strata * K, K) how many rows each pair wants.
        floors: (strata * K, K) lower bounds on the margins wanted.
    """

    name = "choosing suspects"

    def __init__(self, kept: KeptRows, view: RowView, counts: IntArray, floors: AnyArray) -> None:
        self.kept, self.view, self.counts, self.floors = kept, view, counts, floors
        n_classes = counts.shape[1]
        # The given classes of every stratum are numbered on.
        self.given: AnyArray = view.given
        if kept.n_strata > 1:
            self.given = view.given + kept.stratum.astype(np.int64) * n_classes
        self.n_wanted = int(counts[np.isfinite(floors)].sum())
        # A row whose best margin is below every floor of its class cannot be chosen.
        lowest = floors.min(axis=1)
        self.open = np.zeros(len(kept), dtype=bool)
        for rows in stretches(len(kept)):
            lead = view.rival_prob[rows] - view.self_confidence[rows]
            self.open[rows] = lead >= lowest[self.given[rows]]

    def start(self) -> Candidates:
        """No candidates."""
        return Candidates()

    def fold(self, state: Candidates, batch: Batch) -> Candidates:
        """Add the candidates of a batch."""
        here, positions = self.kept.positions(batch)
        wanted = self.open[positions]
        here, positions = here[wanted], positions[wanted]
        for block in blocks_of(len(here), batch.pred_probs.shape[1]):
            at = positions[block]
            clean = self.kept.pred_probs(batch, here[block])
            found = margin_candidates(at, self.given[at], self.view.self_confidence[at], clean, self.floors)
            self._add(state, found)
        return state

    def merge(self, left: Candidates, right: Candidates) -> Candidates:
        """The candidates of both."""
        for found in right.found:
            self._add(left, found)
        return left

    def chosen(self, state: Candidates) -> Margins:
        """The margins that are chosen in the end."""
        return keep_largest(state.found, self.counts)

    def _add(self, state: Candidates, found: Margins) -> None:
        if len(found.rows):
            state.found.append(found)
            state.n_found += len(found.rows)
        if state.n_found > 2 * self.n_wanted + SLACK:
            state.found = [keep_largest(state.found, self.counts)]
            state.n_found = len(state.found[0].rows)
