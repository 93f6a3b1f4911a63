"""Corrections taken back: from `changes.csv` to edits that undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labelaudit.auditing import Audit
from labelaudit.corrections.file_edits import count_rows
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
from labelaudit.corrections.scanned_inputs import require_file, stamp
from labelaudit.corrections.still_written import check_cells, check_ids
from labelaudit.corrections.values import ChangedRow, FileEdits
from labelaudit.corrections.writing import Target, write_targets
from labelaudit.corrections.written_changes import Written
from labelaudit.io.tables import open_table

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
    written = Written(records, mend)
    old = check_cells(table, written)
    check_ids(table, written, audit)
    edits = FileEdits(
        path=table.path,
        name=name,
        format=table.format,
        n_rows=count_rows(table),
        edits=written.reverse(table.schema.names[0], set(old)),
        stamp=was,
    )
    return edits, [written.cells[row] for row in old]


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
