"""What is to be changed in a file, and what stood there before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEdit:
    """One cell of the label column that is to hold something else."""

    row: int
    """In its file, from 0."""
    old: str
    """The label in the file, as the label reader reads it; checked."""
    new: str
    """What is to stand there, as text."""
    new_cell: str | None = None
    """The exact former source text of the cell, for a revert; wins over `new`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """All that is to be changed in one file; rows are the file's own unless it says otherwise."""

    column: str
    """The label column."""
    cells: tuple[CellEdit, ...] = ()
    """Ascending rows, each once."""
    dropped: tuple[int, ...] = ()
    """Ascending rows to leave out."""
    restored: tuple[tuple[int, str], ...] = ()
    """(row in the new file, source text) of rows to put back, ascending: a drop that is reverted."""
    added_column: str | None = None
    """A text column to add at the end."""
    added: Mapping[int, str] = field(default_factory=dict)
    """What the added column holds, by row; nothing elsewhere."""
    removed_column: str | None = None
    """The last column, by name, to take away: an added column that is reverted."""

    def __post_init__(self) -> None:
        edited, restored = (cell.row for cell in self.cells), (row for row, _ in self.restored)
        for rows in (tuple(edited), self.dropped, tuple(restored)):
            if any(left >= right for left, right in zip((-1, *rows), rows, strict=False)):
                raise ValueError("rows count from 0 and ascend, each is there once")
        if not {cell.row for cell in self.cells}.isdisjoint(self.dropped):
            raise ValueError("a row is changed or dropped, not both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """What stood where something was changed: all that a revert needs."""

    cells: tuple[str, ...]
    """The exact source text of each edited cell.

    CSV: the field with its quotes. JSONL: the value as JSON. Parquet and Arrow: the value as text.
    Bytes of CSV that are no UTF-8 are kept as lone surrogates (`surrogateescape`).
    """
    dropped: tuple[str, ...]
    """The source of each dropped row.

    CSV and JSONL: the record with its line end and the blank lines behind it. Parquet and Arrow: an Arrow
    stream of one row in base64.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row before and after.

    CSV and JSONL show the whole record without its line end, Parquet and Arrow the label. A row that is
    put back has an empty `before`, no line, and its number in the new file; the header of a CSV file
    that gets or loses a column is row -1.
    """

    row: int
    line: int | None
    before: str
    after: str | None
    """None for a row that is dropped."""
