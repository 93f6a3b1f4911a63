"""From corrections of rows to edits of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from labelaudit.batch import LARGEST_BATCH
from labelaudit.corrections.label_files import LabelFiles
from labelaudit.corrections.values import FLAG_COLUMN, NEITHER, ChangedRow, Correction, Corrections, FileEdits
from labelaudit.errors import CorrectionError
from labelaudit.io.rewriters import CellEdit, Edits
from labelaudit.io.tables import Kind, Table
from labelaudit.io.text import as_text
from labelaudit.types import IntArray


def file_edits(files: LabelFiles, corrections: Sequence[Correction], *, flag: bool) -> tuple[FileEdits, ...]:
    """What changes in each label file; shards keep the same columns.

    Args:
        files: the labels as they are now.
        corrections: by file and row.
        flag: whether a column tells them, and the labels stay.

    Raises:
        CorrectionError: a label that cannot be written in these files.
    """
    flags = _flags(files, corrections) if flag and corrections else None
    return tuple(
        FileEdits(
            path=role.table.path,
            name=role.table.name,
            format=role.table.format,
            n_rows=files.n_rows(number),
            edits=_edits(files, number, [c for c in corrections if c.file == number])
            if flags is None
            else Edits(column=role.label or "", added_column=FLAG_COLUMN, added=flags[number]),
            stamp=files.stamps[number],
        )
        for number, role in enumerate(files.roles)
    )


def flag_of(correction: Correction) -> str:
    """What the column of flags says of a row."""
    return correction.new or NEITHER


def are_flagged(files: LabelFiles, corrections: Sequence[Correction]) -> bool:
    """Whether the files have these flags, and no others, already.

    Raises:
        CorrectionError: they have other flags.
    """
    present = [FLAG_COLUMN in role.table.schema.names for role in files.roles]
    if not any(present):
        return False
    wanted = _flags(files, corrections)
    for role, there, flags in zip(files.roles, present, wanted, strict=True):
        if not there or texts_in(role.table, FLAG_COLUMN) != flags:
            raise CorrectionError(
                "the file has a column of flags already, and other ones",
                file=role.table.name,
                column=FLAG_COLUMN,
                hint="take the old flags back first (--revert), or remove the column",
            )
    return True


def texts_in(table: Table, column: str, rows: IntArray | None = None) -> dict[int, str]:
    """The cells of a column that are not empty, as text, by row.

    Args:
        table: the file.
        column: its name.
        rows: those to look at, ascending; all when left out.
    """
    found: dict[int, str] = {}
    for part in table.parts({column: Kind.TEXT}):
        start = part.start
        for records in part.read(LARGEST_BATCH):
            stop = start + records.num_rows
            here = np.arange(start, stop) if rows is None else rows[(rows >= start) & (rows < stop)]
            texts = as_text(records.column(column)).take(here - start).to_pylist()
            found |= {row: text for row, text in zip(here.tolist(), texts, strict=True) if text is not None}
            start = stop
    return found


def count_rows(table: Table) -> int:
    """Rows of a file."""
    if table.n_rows is not None:
        return table.n_rows
    parts = table.parts({table.schema.names[0]: Kind.TEXT})
    return sum(records.num_rows for part in parts for records in part.read(LARGEST_BATCH))


def changed_rows(corrections: Corrections, file: FileEdits) -> list[ChangedRow]:
    """The corrections of one file as people read them."""
    number, edits = corrections.files.index(file), file.edits
    return [
        ChangedRow(
            row=c.row,
            id=c.id,
            column=edits.added_column or edits.column,
            old=None if c.action == "flag" else c.old,
            new=flag_of(c) if c.action == "flag" else c.new,
            source=c.source,
        )
        for c in corrections.rows
        if c.file == number
    ]


def _flags(files: LabelFiles, corrections: Sequence[Correction]) -> list[Mapping[int, str]]:
    flags: list[dict[int, str]] = [{} for _ in files.roles]
    for correction in corrections:
        flags[correction.file][correction.row] = flag_of(correction)
    return [*flags]


def _edits(files: LabelFiles, file: int, corrections: Sequence[Correction]) -> Edits:
    start = int(files.index.offsets[file])
    dropped = tuple(c.row for c in corrections if c.action == "drop")
    if dropped and len(dropped) == files.n_rows(file):
        raise CorrectionError(
            "every row would be dropped: a file without rows is no dataset",
            file=files.roles[file].table.name,
            hint="remove the file yourself, or --flag its rows",
        )
    return Edits(
        column=files.roles[file].label or "",
        cells=tuple(
            CellEdit(row=c.row, old=files.label_at(start + c.row), new=files.spelling(c.new))
            for c in corrections
            if c.action == "relabel" and c.new is not None
        ),
        dropped=dropped,
    )
