"""Corrections taken back: from `changes.csv` to edits that undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelaudit.auditing import Audit
from labelaudit.corrections.file_edits import count_rows, texts_in
from labelaudit.corrections.provenance import REVERTED, ChangeRecord, next_free, read_changes
from labelaudit.corrections.replacing import replaced_together
from labelaudit.corrections.scanned_inputs import require_file, scan_options, stamp
from labelaudit.corrections.values import ChangedRow, FileEdits
from labelaudit.corrections.writing import Target, write_targets
from labelaudit.errors import CorrectionError
from labelaudit.io.labels import INTEGER, ids_at
from labelaudit.io.rewriters import CellEdit, Edits
from labelaudit.io.roles import roles_of
from labelaudit.io.tables import Table, open_table

CHANGED_SINCE = "the file was changed since: take later changes back first, or mend these rows by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversion:
    """What takes back the changes that a file tells of."""

    changes: Path
    records: tuple[ChangeRecord, ...]
    files: tuple[FileEdits, ...]

    def rows(self, file: FileEdits) -> list[ChangedRow]:
        """The changes of a file, as people read them."""
        changed = (_changed_row(record) for record in self.records if record.file == file.name)
        return [row for row in changed if row is not None]


def reversion_of(changes: Path, audit: Audit) -> Reversion:
    """What takes back a run of `apply --write`.

    `file` in `changes.csv` is the file that was written: the dataset's own, or the copy of `--out`. Each
    cell must still hold the new label.

    Args:
        changes: the file of changes.
        audit: what names the columns of these files.

    Raises:
        CorrectionError: a file is not as it was written.
        InputNotFoundError: a file is not there.
    """
    records = read_changes(changes)
    names = dict.fromkeys(record.file for record in records)
    return Reversion(
        changes=changes,
        records=tuple(records),
        files=tuple(_file_edits(name, [r for r in records if r.file == name], audit) for name in names),
    )


def _file_edits(name: str, records: Sequence[ChangeRecord], audit: Audit) -> FileEdits:
    require_file(name)
    was = stamp(Path(name))
    table = open_table(Path(name), name=name)
    written = _Written(records)
    _check_cells(table, written)
    _check_ids(table, written, audit)
    return FileEdits(
        path=table.path,
        name=name,
        format=table.format,
        n_rows=count_rows(table),
        edits=written.reverse(table.schema.names[0]),
        stamp=was,
    )


class _Written:
    """What a run wrote into one file, by the rows that the file has now."""

    def __init__(self, records: Sequence[ChangeRecord]) -> None:
        in_order = sorted((r for r in records if r.row is not None), key=lambda record: record.row or 0)
        self.added_column = next((r.column for r in records if r.action == "add-column"), None)
        self.column = self.added_column or (in_order[0].column if in_order else "")
        self.dropped = [(r.row or 0, r.old_cell) for r in in_order if r.action == "drop"]
        drops = np.array([row for row, _ in self.dropped], dtype=np.int64)
        self.cells = {
            (r.row or 0) - int(np.searchsorted(drops, r.row or 0)): r for r in in_order if r.action != "drop"
        }

    def reverse(self, some_column: str) -> Edits:
        """What takes it back."""
        if self.added_column is not None:
            return Edits(column=some_column, removed_column=self.added_column)
        cells = (
            CellEdit(row=row, old=r.new_cell, new=r.old_label, new_cell=r.old_cell)
            for row, r in self.cells.items()
        )
        return Edits(column=self.column, cells=tuple(cells), restored=tuple(self.dropped))


def write_reversion(reversion: Reversion, targets: Sequence[Target]) -> Path | None:
    """Write the files as they were; in place, the changes are then told no more under their old name.

    Args:
        reversion: what is taken back.
        targets: where each file goes.

    Returns:
        What the file of changes is called now; None where copies were written.

    Raises:
        CorrectionError: a file is not as it was read.
        OutputError: a file cannot be written.
    """
    changes, kept = reversion.changes, None
    with replaced_together(str(changes)) as replacing:
        written = write_targets(targets, replacing)
        if written and all(target.in_place for target in targets):
            kept = next_free(changes.parent, REVERTED)
            replacing.fresh(kept).write_bytes(changes.read_bytes())
            replacing.remove(changes)
    return kept


def find_changes(named: str, folder: Path) -> Path:
    """The file that `--revert` means: as named, else of that name in the audit's folder."""
    path = Path(named)
    return folder / named if not path.exists() and (folder / named).exists() else path


def _changed_row(record: ChangeRecord) -> ChangedRow | None:
    if record.row is None:
        return None
    return ChangedRow(
        row=record.row,
        id=record.id,
        column=record.column,
        old=None if record.action == "drop" else record.new_label or record.new_cell,
        new=None if record.action == "flag" else record.old_label,
        source=record.source,
    )


def _check_cells(table: Table, written: _Written) -> None:
    """Raise CorrectionError unless the cells hold what was written; an added column, and nothing else."""
    if not written.cells and written.added_column is None:
        return
    rows = None if written.added_column is not None else np.array(list(written.cells), dtype=np.int64)
    there = texts_in(table, written.column, rows)
    wrong = [
        row for row in sorted({*written.cells, *there}) if not _holds(there.get(row), written.cells.get(row))
    ]
    if wrong:
        found, record = there.get(wrong[0]), written.cells.get(wrong[0])
        expected = f"{record.new_cell!r} was written" if record else "nothing was written"
        raise CorrectionError(
            f"{'is empty' if found is None else f'is {found!r}'}, {expected} there",
            file=table.name,
            column=written.column,
            row=wrong[0],
            more=len(wrong) - 1,
            hint=CHANGED_SINCE,
        )


def _holds(found: str | None, record: ChangeRecord | None) -> bool:
    if record is None or found is None:
        return record is None and found is None
    # Labels that are all written 1.0, 0.0 are read as 1, 0.
    is_decimal = found == record.new_cell + ".0" and INTEGER.fullmatch(record.new_cell) is not None
    return found == record.new_cell or is_decimal


def _check_ids(table: Table, written: _Written, audit: Audit) -> None:
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
            hint=CHANGED_SINCE,
        )
