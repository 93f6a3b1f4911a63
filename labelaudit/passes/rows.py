"""Which rows take part, and how they are grouped into strata with a joint of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelaudit.batch import Batch
from labelaudit.kernels.clean import clean_rows
from labelaudit.types import AnyArray, BoolArray, Frozen, IntArray, RowView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptRows(Frozen):
    """The rows that take part. A kept row is named by its position among them."""

    rows: IntArray | None  # (kept,) row numbers, ascending; None when every row is kept
    n_rows: int
    stratum: AnyArray  # (kept,) int, 0 when all rows form one joint
    n_strata: int
    clean: bool = False
    """Whether all kept rows were fine as they were read, so that nobody needs to mend them again."""

    @classmethod
    def of(cls, usable: BoolArray, strata: AnyArray | None, *, clean: bool = False) -> KeptRows:
        """Keep the usable rows; `strata` numbers the joint of each row of the dataset."""
        rows = None if usable.all() else np.flatnonzero(usable)
        n_kept = len(usable) if rows is None else len(rows)
        if strata is None:
            stratum = np.broadcast_to(np.zeros(1, dtype=np.int32), (n_kept,))
            return cls(rows=rows, n_rows=len(usable), stratum=stratum, n_strata=1, clean=clean)
        stratum = strata if rows is None else strata[rows]
        n_strata = int(strata.max(initial=0)) + 1
        return cls(rows=rows, n_rows=len(usable), stratum=stratum, n_strata=n_strata, clean=clean)

    def __len__(self) -> int:
        return len(self.stratum)

    def row_numbers(self) -> IntArray:
        """(kept,) the row number of each kept row."""
        return np.arange(self.n_rows) if self.rows is None else self.rows

    def positions(self, batch: Batch) -> tuple[IntArray, IntArray]:
        """Which rows of a batch take part (indices into it), and their positions."""
        if self.rows is None:
            return np.arange(len(batch.rows)), batch.rows
        at = np.searchsorted(self.rows, batch.rows)
        here = np.flatnonzero(self.rows[np.minimum(at, len(self.rows) - 1)] == batch.rows)
        return here, at[here]

    def of_stratum(self, stratum: int) -> IntArray | slice:
        """The positions of a stratum's rows."""
        return slice(None) if self.n_strata == 1 else np.flatnonzero(self.stratum == stratum)

    def pred_probs(self, batch: Batch, here: IntArray) -> AnyArray:
        """The clean probabilities of some kept rows of a batch, as the first reading saw them."""
        rows = batch.pred_probs[here]
        return rows if self.clean else clean_rows(rows).pred_probs

    def strata(self, positions: IntArray) -> Iterator[tuple[int, IntArray]]:
        """Cut some positions by stratum: (stratum, indices into `positions`)."""
        if self.n_strata == 1:
            yield 0, np.arange(len(positions))
            return
        strata = self.stratum[positions]
        for number in np.unique(strata).tolist():
            yield number, np.flatnonzero(strata == number)


def subset(view: RowView, positions: IntArray | slice) -> RowView:
    """The view of some rows."""
    return RowView(
        given=view.given[positions],
        rival=view.rival[positions],
        runner_up=view.runner_up[positions],
        self_confidence=view.self_confidence[positions],
        rival_prob=view.rival_prob[positions],
    )
