"""Corrections taken back: from `changes.csv` to edits that undo it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelaudit.auditing import Audit
from labelaudit.corrections.file_edits import count_rows, texts_in
from labelaudit.corrections.leftovers import remove_leftovers
from labelaudit.corrections.provenance import (
    LATER,
    REVERTED,
    ChangeRecord,
    latest_changes,
    next_free,
    read_changes,
)
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
LATER_FIRST = "the file was changed since: take the later changes back first, --revert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversion:
    """What takes back the changes that a file tells of."""

    changes: Path
    records: tuple[ChangeRecord, ...]  # of what is taken back
    files: tuple[FileEdits, ...]
    n_old: int = 0  # rows that hold their old label already, as a run that was killed leaves them

    def rows(self, file: FileEdits) -> list[ChangedRow]:
        """The changes of a file, as people read them."""
        changed = (_changed_row(record) for record in self.records if record.file == file.name)
        return [row for row in changed if row is not None]


def reversion_of(changes: Path, audit: Audit) -> Reversion:
    """What takes back a run of `apply --write`.

    `file` in `changes.csv` is the file that was written: the dataset's own, or the copy of `--out`. Each
    cell must still hold the new label; or the old one, where nothing but labels was changed.

    Args:
        changes: the file of changes.
        audit: what names the columns of these files.

    Raises:
        CorrectionError: a file is not as it was written.
        InputNotFoundError: a file is not there.
    """
    told = read_changes(changes)
    names = dict.fromkeys(record.file for record in told)
    mend = _mend(changes)
    found = [_file_edits(name, [r for r in told if r.file == name], audit, mend) for name in names]
    old = {record for _, there in found for record in there}
    return Reversion(
        changes=changes,
        records=tuple(record for record in told if record not in old),
        files=tuple(edits for edits, _ in found),
        n_old=len(old),
    )


def _mend(changes: Path) -> str:
    latest = latest_changes(changes.parent)
    is_later = latest is not None and latest.name != changes.name and LATER.fullmatch(changes.name)
    return f"{LATER_FIRST} {latest}" if is_later else CHANGED_SINCE


def _file_edits(
    name: str, records: Sequence[ChangeRecord], audit: Audit, mend: str
) -> tuple[FileEdits, list[ChangeRecord]]:
    """What takes the changes of a file back, and those that it does not have."""
    require_file(name)
    was = stamp(Path(name))
    table = open_table(Path(name), name=name)
    written = _Written(records, mend)
    old = _check_cells(table, written)
    _check_ids(table, written, audit)
    edits = FileEdits(
        path=table.path,
        name=name,
        format=table.format,
        n_rows=count_rows(table),
        edits=written.reverse(table.schema.names[0], set(old)),
        stamp=was,
    )
    return edits, [written.cells[row] for row in old]


class _Written:
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
        write_targets(targets, replacing)
        if all(target.in_place for target in targets):
            kept = next_free(changes.parent, REVERTED)
            replacing.fresh(kept).write_bytes(changes.read_bytes())
            replacing.remove(changes)
    remove_leftovers([changes, *(file.path for file in reversion.files), *(t.path for t in targets)])
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


def _check_cells(table: Table, written: _Written) -> list[int]:
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
            hint=written.mend,
        )
