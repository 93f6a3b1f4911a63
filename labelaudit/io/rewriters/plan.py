"""Edits by the row of the file at which they happen."""

from __future__ import annotations

import numpy as np

from labelaudit.errors import CorrectionError
from labelaudit.io.rewriters.edits import Edits
from labelaudit.io.rewriters.place import SCAN_AGAIN
from labelaudit.types import IntArray


class Plan:
    """What happens at which row of a file.

    Example:
        >>> plan = Plan(Edits(column="label", dropped=(1,), restored=((0, "a"), (3, "b"))), "a.csv")
        >>> plan.rows.tolist(), {row: texts for row, texts in plan.inserted.items()}
        ([0, 1, 3], {0: [(0, 'a')], 3: [(3, 'b')]})
    """

    def __init__(self, edits: Edits, file: str) -> None:
        self.file = file
        self.cells = {cell.row: cell for cell in edits.cells}
        self.dropped = frozenset(edits.dropped)
        self._drops = np.array(edits.dropped, np.int64)
        self.inserted = _inserted(edits.restored, self._drops)
        """(row in the new file, source text) of the rows that stand before a row of this one."""
        header = [] if edits.added_column is None else [-1]
        rows = [*header, *self.cells, *self.dropped, *self.inserted, *edits.added]
        self.rows: IntArray = np.unique(np.array(rows, np.int64))
        """(m,) rows at which something happens, ascending; one behind the last for rows put at the end.

        An added column happens to the header of a CSV file, row -1, and where it has a value.
        """
        self._last = max([*self.cells, *self.dropped, *edits.added], default=-1)

    def between(self, start: int, stop: int) -> list[int]:
        """The rows in start..stop-1 at which something happens."""
        first, last = np.searchsorted(self.rows, [start, stop])
        return [int(row) for row in self.rows[first:last]]

    def n_dropped(self, start: int, stop: int) -> int:
        """How many of the rows in start..stop-1 are dropped."""
        first, last = np.searchsorted(self._drops, [start, stop])
        return int(last - first)

    def require_rows(self, n_rows: int) -> None:
        """Raise CorrectionError when the file, now read to its end, lacks a row of the plan."""
        beyond = self._last if self._last >= n_rows else None
        late = [entries[0][0] for row, entries in self.inserted.items() if row > n_rows]
        if beyond is None and not late:
            return
        raise CorrectionError(
            f"is not there: the file has {n_rows} row{'s' if n_rows != 1 else ''}",
            file=self.file,
            row=min(late) if beyond is None else beyond,
            hint=SCAN_AGAIN,
        )


def _inserted(restored: tuple[tuple[int, str], ...], drops: IntArray) -> dict[int, list[tuple[int, str]]]:
    """The restored rows by the row that follows them.

    Of the rows that stay, `row - number` stand before the restored one of this number; and each drop
    before them moves the row that follows by one.
    """
    inserted: dict[int, list[tuple[int, str]]] = {}
    stay_before_drop = drops - np.arange(len(drops))
    for number, (row, text) in enumerate(restored):
        kept = row - number
        following = kept + int(np.searchsorted(stay_before_drop, kept, side="right"))
        inserted.setdefault(following, []).append((row, text))
    return inserted
