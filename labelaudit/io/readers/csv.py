"""CSV and TSV, streamed by pyarrow; ids and labels stay as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from labelaudit.io.readers.csv_faults import csv_fault
from labelaudit.io.readers.csv_header import read_header
from labelaudit.io.readers.csv_lines import CsvSource
from labelaudit.io.readers.csv_parse import parsed
from labelaudit.io.readers.faults import foreign_errors, require_columns
from labelaudit.io.readers.streams import sliced
from labelaudit.io.readers.table import Kind, Table, TablePart
from labelaudit.types import IntArray

TYPES = {Kind.TEXT: pa.string(), Kind.ANY: pa.string(), Kind.FLOAT: pa.float64()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CsvTable:
    """A CSV or TSV file; its schema says text for every column."""

    path: Path
    name: str
    format: str
    schema: pa.Schema
    delimiter: str
    has_rows: bool
    n_rows: None = None

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """One part: where a record starts is known only to who has read all before it."""
        require_columns(self.schema, columns, self.name)
        types = {column: TYPES[kind] for column, kind in columns.items()}
        return [TablePart(start=0, n_rows=None, read=partial(_batches, self, types))]

    def lines(self, rows: IntArray) -> IntArray:
        """The 1-based line on which each of these ascending rows starts."""
        with foreign_errors(self.name):
            return self.source.lines(rows)

    @property
    def source(self) -> CsvSource:
        """The file for those who count its lines."""
        return CsvSource(self.path, self.name, self.delimiter)


def open_table(path: Path, name: str, format: str) -> Table:
    """Read the header line."""
    header = read_header(path, name, format)
    return CsvTable(
        path=path,
        name=name,
        format=format,
        schema=pa.schema([(column, pa.string()) for column in header.names]),
        delimiter=header.delimiter,
        has_rows=header.has_rows,
    )


def _batches(table: CsvTable, types: dict[str, pa.DataType], batch_rows: int) -> Iterator[pa.RecordBatch]:
    if not table.has_rows:
        return
    # Counting rows takes a column too; as bytes it needs no check.
    wanted = types or {table.schema.names[0]: pa.binary()}
    with foreign_errors(table.name):
        try:
            for batch in parsed(table.source, wanted):
                yield from sliced(batch.select(list(types)), batch_rows)
        except pa.ArrowInvalid as error:
            raise csv_fault(table.source, types, error) from error
