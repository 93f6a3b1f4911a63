"""Parquet, row group by row group, in the form that the file has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.table import Table
from labelaudit.io.rewriters.edits import Change, Edits, Rewritten
from labelaudit.io.rewriters.parquet_form import writer_options
from labelaudit.io.rewriters.table_file import writing
from labelaudit.io.rewriters.table_pass import TablePass


def rewrite(table: Table, target: Path, edits: Edits) -> Rewritten:
    """Write the file anew with its edits; one row group is in memory at a time."""
    done = TablePass(table.name, table.schema, edits)
    with foreign_errors(table.name), _opened(table) as file:
        options = writer_options(table.path, file)
    with (
        writing(table.name),
        target.open("wb") as stream,
        pq.ParquetWriter(stream, done.schema, **options) as writer,
    ):
        for group in done.tables(_groups(table, None)):
            if group.num_rows:
                writer.write_table(group, row_group_size=group.num_rows)
    return done.rewritten


def preview(table: Table, edits: Edits) -> Iterator[Change]:
    """The labels that the edits change; no other column is read."""
    done = TablePass(table.name, table.schema, edits)
    return done.changes(group.column(edits.column) for group in _groups(table, [edits.column]))


def _groups(table: Table, columns: list[str] | None) -> Iterator[pa.Table]:
    with foreign_errors(table.name, says="cannot be decoded"), _opened(table) as file:
        for number in range(file.metadata.num_row_groups):
            yield file.read_row_group(number, columns=columns)


def _opened(table: Table) -> pq.ParquetFile:
    return pq.ParquetFile(table.path, pre_buffer=False)
