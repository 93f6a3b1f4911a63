"""Whether a file still is as a run of `apply --write` left it: nothing else may be taken back."""

from __future__ import annotations

import numpy as np

from labelaudit.auditing import Audit
from labelaudit.corrections.file_edits import texts_in
from labelaudit.corrections.provenance import ChangeRecord
from labelaudit.corrections.scanned_inputs import scan_options
from labelaudit.corrections.written_changes import Written
from labelaudit.errors import CorrectionError
from labelaudit.io.labels import INTEGER, ids_at
from labelaudit.io.roles import roles_of
from labelaudit.io.tables import Table


def check_cells(table: Table, written: Written) -> list[int]:
    """Raise CorrectionError unless the cells hold what was written; an added column, and nothing else.

    Returns:
        The rows that hold what stood there before.
    """
    if not written.cells and written.added_column is None:
        return []
    rows = None if written.added_column is not None else np.array(list(written.cells), dtype=np.int64)
    there = texts_in(table, written.column, rows)
    wrong = [
        row for row in sorted({*written.cells, *there}) if not _holds(there.get(row), written.cells.get(row))
    ]
    old = [row for row in wrong if written.is_only_labels and _is_old(there.get(row), written.cells[row])]
    wrong = sorted({*wrong}.difference(old))
    if wrong:
        found, record = there.get(wrong[0]), written.cells.get(wrong[0])
        expected = f"{record.new_cell!r} was written" if record else "nothing was written"
        raise CorrectionError(
            f"{'is empty' if found is None else f'is {found!r}'}, {expected} there",
            file=table.name,
            column=written.column,
            row=wrong[0],
            more=len(wrong) - 1,
            hint=written.mend,
        )
    return old


def _is_old(found: str | None, record: ChangeRecord) -> bool:
    """Whether a cell was never changed; its source may have quotes around the label."""
    return found in {record.old_label, record.old_cell, record.old_cell.strip('"')}


def _holds(found: str | None, record: ChangeRecord | None) -> bool:
    if record is None or found is None:
        return record is None and found is None
    # Labels that are all written 1.0, 0.0 are read as 1, 0.
    is_decimal = found == record.new_cell + ".0" and INTEGER.fullmatch(record.new_cell) is not None
    return found == record.new_cell or is_decimal


def check_ids(table: Table, written: Written, audit: Audit) -> None:
    """Raise CorrectionError where other rows now stand in these places, and have the same labels."""
    role = roles_of(table, scan_options(audit.summary))
    if role.id is None or not audit.summary.has_ids:
        return
    rows = np.array(list(written.cells), dtype=np.int64)
    pairs = zip(written.cells.items(), ids_at(role, rows), strict=True)
    wrong = [(row, record.id, id) for (row, record), id in pairs if id != record.id]
    if wrong:
        row, expected, found = wrong[0]
        raise CorrectionError(
            f"is '{found}', the changes are of '{expected}'",
            file=table.name,
            column=role.id,
            row=row,
            more=len(wrong) - 1,
            hint=written.mend,
        )
