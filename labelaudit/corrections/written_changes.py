"""What a run of `apply --write` wrote into one file, and the edits that undo it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from labelaudit.corrections.provenance import ChangeRecord
from labelaudit.io.rewriters import CellEdit, Edits


class Written:
    """What a run wrote into one file, by the rows that the file has now."""

    def __init__(self, records: Sequence[ChangeRecord], mend: str) -> None:
        self.mend = mend  # where a file has changed since
        in_order = sorted((r for r in records if r.row is not None), key=lambda record: record.row or 0)
        self.added_column = next((r.column for r in records if r.action == "add-column"), None)
        self.column = self.added_column or (in_order[0].column if in_order else "")
        self.dropped = [(r.row or 0, r.old_cell) for r in in_order if r.action == "drop"]
        drops = np.array([row for row, _ in self.dropped], dtype=np.int64)
        self.cells = {
            (r.row or 0) - int(np.searchsorted(drops, r.row or 0)): r for r in in_order if r.action != "drop"
        }

    @property
    def is_only_labels(self) -> bool:
        """Whether every row is where it was."""
        return self.added_column is None and not self.dropped

    def reverse(self, some_column: str, old: Collection[int]) -> Edits:
        """What takes it back, but in the rows that are as they were."""
        if self.added_column is not None:
            return Edits(column=some_column, removed_column=self.added_column)
        cells = (
            CellEdit(row=row, old=r.new_cell, new=r.old_label, new_cell=r.old_cell)
            for row, r in self.cells.items()
            if row not in old
        )
        return Edits(column=self.column, cells=tuple(cells), restored=tuple(self.dropped))
