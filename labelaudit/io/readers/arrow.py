"""Arrow files (Feather version 2) and Arrow streams, memory-mapped.

The mapping costs no copy where the file is not compressed. Pages that were read count as memory
of the process until they are given back, so they are given back after each batch; the system
keeps them in its cache all the same.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from labelaudit.io.readers.faults import foreign_errors, require_columns
from labelaudit.io.readers.streams import sliced
from labelaudit.io.readers.table import Kind, Table, TablePart
from labelaudit.types import IntArray

PART_ROWS = 1 << 16
FILE_MAGIC = b"ARROW1"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrowTable:
    """An Arrow file or stream."""

    path: Path
    name: str
    format: str
    schema: pa.Schema
    batch_lengths: tuple[int, ...] | None
    """Rows of each record batch; None for a stream, which has no directory."""

    @property
    def n_rows(self) -> int | None:
        """All rows; None for a stream."""
        return None if self.batch_lengths is None else sum(self.batch_lengths)

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """Neighbouring record batches of a file, some 64 Ki rows a part; a stream is one part."""
        require_columns(self.schema, columns, self.name)
        names = tuple(columns)
        if self.batch_lengths is None:
            return [TablePart(start=0, n_rows=None, read=partial(_stream_batches, self, names))]
        parts = []
        start = first = rows = 0
        for number, length in enumerate(self.batch_lengths, 1):
            rows += length
            if rows >= PART_ROWS or number == len(self.batch_lengths):
                read = partial(_file_batches, self, range(first, number), names)
                parts.append(TablePart(start=start, n_rows=rows, read=read))
                start, first, rows = start + rows, number, 0
        return parts

    def lines(self, rows: IntArray) -> None:
        """Arrow has no lines."""
        return None


def open_table(path: Path, name: str, format: str) -> Table:
    """Read the schema and, of a file, the number of rows of each batch."""
    with foreign_errors(name, says="is damaged or no Arrow file"):
        pages = _mapped(path)
        lengths = None
        if pages[: len(FILE_MAGIC)] == FILE_MAGIC:
            reader = ipc.open_file(pa.py_buffer(pages))
            lengths = _batch_lengths(pages, reader.schema, reader.num_record_batches)
        else:
            reader = ipc.open_stream(pa.py_buffer(pages))
        return ArrowTable(path=path, name=name, format=format, schema=reader.schema, batch_lengths=lengths)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _batch_lengths(pages: mmap.mmap, schema: pa.Schema, n_batches: int) -> tuple[int, ...]:
    """Rows of each batch, for which the cheapest column is looked at; compressed, it is decoded."""
    if not schema.names:
        return (0,) * n_batches
    cheapest = min(range(len(schema)), key=lambda i: _cost(schema.field(i).type))
    reader = ipc.open_file(pa.py_buffer(pages), options=ipc.IpcReadOptions(included_fields=[cheapest]))
    return tuple(reader.get_batch(i).num_rows for i in range(n_batches))


def _cost(type: pa.DataType) -> int:
    try:
        return int(type.bit_width)
    except ValueError:  # no fixed width
        return 1 << (20 if pa.types.is_nested(type) else 10)


def _file_batches(
    table: ArrowTable, numbers: range, columns: tuple[str, ...], batch_rows: int
) -> Iterator[pa.RecordBatch]:
    with foreign_errors(table.name, says="is damaged"):
        pages = _mapped(table.path)
        reader = ipc.open_file(pa.py_buffer(pages), options=_only(table.schema, columns))
        for number in numbers:
            yield from _given_back(reader.get_batch(number), columns, batch_rows, pages)


def _stream_batches(table: ArrowTable, columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
    with foreign_errors(table.name, says="is damaged"):
        pages = _mapped(table.path)
        for batch in ipc.open_stream(pa.py_buffer(pages), options=_only(table.schema, columns)):
            yield from _given_back(batch, columns, batch_rows, pages)


def _only(schema: pa.Schema, columns: Sequence[str]) -> ipc.IpcReadOptions:
    # Without any column to read, one is read for its length: an empty list means all.
    return ipc.IpcReadOptions(included_fields=[schema.get_field_index(c) for c in columns] or [0])


def _given_back(
    batch: pa.RecordBatch, columns: Sequence[str], batch_rows: int, pages: mmap.mmap
) -> Iterator[pa.RecordBatch]:
    batch.validate()
    for part in sliced(batch.select(columns), batch_rows):
        part.validate(full=True)  # a damaged offset would crash whoever follows it
        yield part
        if hasattr(pages, "madvise"):
            pages.madvise(mmap.MADV_DONTNEED)  # read again from the cache if somebody still looks
