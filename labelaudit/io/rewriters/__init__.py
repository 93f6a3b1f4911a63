"""Files written anew with other labels, everything else as it was: one format a file.

Text files are the same bytes but for the cells that change; Parquet and Arrow files the same values, types,
metadata, row groups or batches, and compression. A rewriter is one module here with functions `rewrite` and
`preview`, and one entry in `REWRITERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from labelaudit.errors import CorrectionError, UsageError
from labelaudit.io.readers.faults import require_columns
from labelaudit.io.rewriters.edits import CellEdit, Change, Edits, Rewritten
from labelaudit.io.tables import Table, open_table

__all__ = ["CellEdit", "Change", "Edits", "Rewritten", "preview", "rewrite"]

REWRITERS = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "parquet": "parquet", "arrow": "arrow"}


class _Rewriter(Protocol):
    def rewrite(self, table: Table, target: Path, edits: Edits) -> Rewritten: ...

    def preview(self, table: Table, edits: Edits) -> Iterator[Change]: ...


def rewrite(
    source: Path, target: Path, edits: Edits, *, name: str | None = None, format: str | None = None
) -> Rewritten:
    r"""Write a file anew with its edits.

    Every label is compared with the one that was scanned before another takes its place. An error leaves
    `target` half written: give a temporary sibling, and rename it afterwards.

    Args:
        source: the file; it is only read.
        target: the new file.
        edits: what changes.
        name: how errors call the file; the path when left out.
        format: a key of `labelaudit.io.tables.FORMATS`; found by the suffix when left out.

    Returns:
        What stood where something changed.

    Raises:
        CorrectionError: the file is not as it was scanned, or a label does not fit its column.
        ColumnNotFoundError: the label column is not there.
        UsageError: a format that holds no labels, or is unknown.
        UnreadableFileError: the file is damaged.
        OSError: whatever the system says about the target.

    Example:
        >>> import tempfile
        >>> edits = Edits(column="label", cells=(CellEdit(row=1, old="dog", new="cat"),))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     source, target = Path(folder, "a.csv"), Path(folder, "b.csv")
        ...     n_bytes = source.write_bytes(b'id,label\r\n1, cat\r\n2,"dog"\r\n')
        ...     rewrite(source, target, edits)
        ...     target.read_bytes()
        Rewritten(cells=('"dog"',), dropped=())
        b'id,label\r\n1, cat\r\n2,"cat"\r\n'
    """
    table = _checked(source, edits, name, format)
    return _rewriter(table).rewrite(table, target, edits)


def preview(
    source: Path, edits: Edits, *, name: str | None = None, format: str | None = None
) -> Iterator[Change]:
    """The rows that `rewrite` would change, in order, with the same checks; nothing is written.

    Where a column of a text file is added or removed these are all rows.

    Args:
        source: the file.
        edits: what would change.
        name: how errors call the file; the path when left out.
        format: a key of `labelaudit.io.tables.FORMATS`; found by the suffix when left out.

    Raises:
        LabelAuditError: as `rewrite`.
    """
    table = _checked(source, edits, name, format)
    return _rewriter(table).preview(table, edits)


def _checked(source: Path, edits: Edits, name: str | None, format: str | None) -> Table:
    table = open_table(source, name=name, format=format)
    if table.format not in REWRITERS:
        raise UsageError(
            f"{table.format} holds no labels", file=table.name, hint="name the table of the labels"
        )
    names = table.schema.names
    require_columns(table.schema, [edits.column], table.name)
    if edits.added_column in names:
        raise CorrectionError(
            "is there already",
            file=table.name,
            column=edits.added_column,
            hint="choose another name for the new column",
        )
    removed = edits.removed_column
    # The lines of a JSONL file have an order each: its rewriter looks at every one.
    may_be_last = names if table.format == "jsonl" else names[-1:]
    if removed is not None and (removed == edits.column or removed not in may_be_last):
        raise CorrectionError(
            "is not an added column at the end",
            file=table.name,
            column=removed,
            hint="take the column away by hand, if it is still there",
        )
    return table


def _rewriter(table: Table) -> _Rewriter:
    return cast(_Rewriter, import_module(f"labelaudit.io.rewriters.{REWRITERS[table.format]}"))
