"""Rows of tables that were audited, or that lie beside those: opened again, found by id, picked."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.batch import LARGEST_BATCH
from labelaudit.config import InputOptions
from labelaudit.errors import LabelAuditError, UnreadableFileError
from labelaudit.io.discover import is_audit
from labelaudit.io.roles import Roles, roles_of
from labelaudit.io.spool import NAME as STDIN
from labelaudit.io.tables import Kind, Table, is_table, open_table
from labelaudit.io.text import as_text
from labelaudit.types import IntArray, Suspect

AGAIN = "scan again: labelaudit scan audits the rows as they are now"


def opened_again(file: str) -> Table:
    """A file of the audit.

    Raises:
        UnreadableFileError: it is gone.
    """
    if file == STDIN:
        raise UnreadableFileError(
            "was standard input, which is gone", file=file, hint="keep the data in a file and scan that"
        )
    if not Path(file).exists():
        raise UnreadableFileError(
            "is not there any more",
            file=file,
            hint="paths count from the folder of the scan: go there, or scan again",
        )
    return open_table(Path(file), name=file)


def other_tables(label_files: Collection[str], scanned: Sequence[str], options: InputOptions) -> list[Roles]:
    """Tables with ids that are no label tables: in what was scanned, then beside the label files."""
    paths = [path for place in scanned for path in _tables_in(Path(place), deep=True)]
    for folder in sorted({Path(file).parent for file in label_files}):
        paths += _tables_in(folder, deep=False)
    found: list[Roles] = []
    seen = {Path(file).resolve() for file in label_files}
    for path in paths:
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        try:
            role = roles_of(open_table(path, name=path.as_posix()), options)
        except LabelAuditError:  # a damaged file that nobody asked for
            continue
        if role.id is not None and role.label is None:
            found.append(role)
    return found


def _tables_in(place: Path, *, deep: bool) -> list[Path]:
    """A file, or the tables of a folder; hidden ones and earlier audits are left out, as a scan does."""
    if place.is_file():
        return [place] if is_table(place) else []
    found: list[Path] = []
    for here, folders, names in os.walk(place):
        visible = (f for f in folders if not f.startswith((".", "__")) and not is_audit(Path(here, f)))
        folders[:] = sorted(visible) if deep else []
        found += [Path(here, n) for n in sorted(names) if not n.startswith(".") and is_table(Path(n))]
    return found


def joined_rows(role: Roles, by_id: Mapping[str, Sequence[Suspect]]) -> Iterator[tuple[int, Suspect]]:
    """The rows of a table whose id, and split where both sides tell one, is that of a suspect."""
    assert role.id is not None
    columns = [name for name in (role.id, role.split_column) if name]
    ids = pa.array(list(by_id), pa.string())
    for part in role.table.parts(dict.fromkeys(columns, Kind.TEXT)):
        start = part.start
        for records in part.read(LARGEST_BATCH):
            here = pc.indices_nonzero(pc.is_in(as_text(records.column(role.id)), value_set=ids))
            picked = records.take(here)
            names = as_text(picked.column(role.id)).to_pylist()
            splits = [role.split_name] * len(names)
            if role.split_column:
                splits = as_text(picked.column(role.split_column)).to_pylist()
            for row, name, split in zip(here.to_pylist(), names, splits, strict=True):
                for suspect in by_id[name]:
                    if split is None or suspect.split is None or split == suspect.split:
                        yield start + row, suspect
            start += records.num_rows


def picked_rows(
    table: Table, kinds: Mapping[str, Kind], rows: IntArray
) -> Iterator[tuple[IntArray, pa.RecordBatch]]:
    """Some rows of a table, ascending; stretches without any are not decoded."""
    for part in table.parts(kinds):
        start = part.start
        end = None if part.n_rows is None else start + part.n_rows
        if not len(rows) or start > rows[-1] or (end is not None and not _between(rows, start, end).size):
            continue
        for records in part.read(LARGEST_BATCH):
            here = _between(rows, start, start + records.num_rows)
            if len(here):
                yield here, records.take(pa.array(here - start))
            start += records.num_rows
            if start > rows[-1]:
                break


def _between(rows: IntArray, start: int, end: int) -> IntArray:
    first, last = np.searchsorted(rows, [start, end])
    return rows[first:last]
