"""JSONL, one object a line, parsed by pyarrow in blocks of whole lines.

The types come from the start of the file and hold to its end. A block that pyarrow refuses, or
of which it makes more or fewer rows than there are lines, is read again line by line with the
standard library: that finds the place of a fault, or reads what pyarrow is too strict for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.csv_lines import lines_of_rows
from labelaudit.io.readers.faults import foreign_errors, require_columns
from labelaudit.io.readers.jsonl_lines import numbered_blocks
from labelaudit.io.readers.jsonl_parse import inferred_schema, parsed
from labelaudit.io.readers.jsonl_types import as_float
from labelaudit.io.readers.streams import sliced
from labelaudit.io.readers.table import Kind, Table, TablePart
from labelaudit.types import IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JsonlTable:
    """A JSONL file."""

    path: Path
    name: str
    format: str
    schema: pa.Schema
    n_rows: None = None

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """One part: the rows before a line are known only to who has read them."""
        require_columns(self.schema, columns, self.name)
        schema = pa.schema([self._field(column, kind) for column, kind in columns.items()])
        return [TablePart(start=0, n_rows=None, read=partial(_batches, self, schema))]

    def _field(self, column: str, kind: Kind) -> pa.Field:
        field = self.schema.field(column)
        return field.with_type(as_float(field.type)) if kind is Kind.FLOAT else field

    def lines(self, rows: IntArray) -> IntArray:
        """The 1-based line of each of these ascending rows."""
        with foreign_errors(self.name):
            blocks = numbered_blocks(self.path, self.name)
            return lines_of_rows(((block.row, block.lines) for block in blocks), rows)


def open_table(path: Path, name: str, format: str) -> Table:
    """Read the first lines and infer the types of all columns."""
    with foreign_errors(name):
        schema = inferred_schema(numbered_blocks(path, name))
    if not schema.names:
        raise UnreadableFileError("holds no rows", file=name, hint="write one object a line")
    return JsonlTable(path=path, name=name, format=format, schema=schema)


def _batches(table: JsonlTable, schema: pa.Schema, batch_rows: int) -> Iterator[pa.RecordBatch]:
    with foreign_errors(table.name):
        for block in numbered_blocks(table.path, table.name):
            for batch in parsed(block, schema):
                yield from sliced(batch, batch_rows)
