"""Parquet, streamed with bounded memory however large a row group is.

pyarrow's defaults keep a whole row group. Without prefetch and with a small read buffer
`iter_batches` holds a few pages of every column instead. That is enough for a few columns, list
columns included, but not for a thousand wide ones: see `parquet_spill`.

Measured on float32 in one row group, 2 cores, peak memory of the process (60 MB are its imports):

| rows x values | column | pyarrow's defaults | here |
|---|---|---|---|
| 200,000 x 1000 | one list | 1.3 s, 1180 MB | 1.0 s, 190 MB |
| 200,000 x 1000 | 1000 wide | 2.5 s, 3370 MB | 1.7 s, 220 MB |
| 500,000 x 1000 | one list | | 2.5 s, 190 MB |
| 500,000 x 1000 | 1000 wide | | 4.0 s, 280 MB and 2 GB of disk |
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.faults import foreign_errors, require_columns
from labelaudit.io.readers.parquet_spill import BLOCK_ROWS, Spill, spill, wants_spill
from labelaudit.io.readers.streams import sliced
from labelaudit.io.readers.table import Kind, Table, TablePart
from labelaudit.types import IntArray

PART_ROWS = 1 << 16
PART_BYTES = 32 << 20
BATCH_BYTES = 16 << 20
"""Decoding a list column takes about five times the bytes of a batch."""
PEEKED_ROWS = 64
FEW_COLUMNS = 16
SPILLED_BLOCKS = 8
"""Blocks of a part of spilled columns."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParquetTable:
    """A Parquet file; the footer is parsed once and shared by all parts."""

    path: Path
    name: str
    format: str
    schema: pa.Schema
    metadata: pq.FileMetaData
    spills: dict[tuple[tuple[int, ...], tuple[str, ...]], Spill] = field(default_factory=dict)
    """Wide columns by row groups and names, once they were decoded."""
    spilling: threading.Lock = field(default_factory=threading.Lock)

    @property
    def n_rows(self) -> int:
        """As the footer counts them."""
        return int(self.metadata.num_rows)

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """One part a row group; small neighbours share one, as a part costs an open file."""
        require_columns(self.schema, columns, self.name)
        parts: list[TablePart] = []
        start = 0
        for groups, n_rows in _grouped(self.metadata):
            if wants_spill(self.metadata, groups, self.schema, list(columns)):
                parts += _spilled_parts(self, groups, tuple(columns), start, n_rows)
            else:
                read = partial(_batches, self, groups, tuple(columns))
                parts.append(TablePart(start=start, n_rows=n_rows, read=read))
            start += n_rows
        return parts

    def lines(self, rows: IntArray) -> None:
        """Parquet has no lines."""
        return None


def open_table(path: Path, name: str, format: str) -> Table:
    """Read the footer of a Parquet file."""
    with foreign_errors(name):
        with path.open("rb") as stream:
            start = stream.read(4)
        if start == b"PARE":
            raise UnreadableFileError("is encrypted", file=name, hint="write it without encryption")
        if start != b"PAR1":
            raise UnreadableFileError(
                "is no Parquet file: it does not start with PAR1", file=name, hint="check the suffix"
            )
    hint = "was it written to the end? Copy or download it again"
    with foreign_errors(name, says="is damaged", hint=hint), pq.ParquetFile(path, pre_buffer=False) as file:
        return ParquetTable(
            path=path, name=name, format=format, schema=file.schema_arrow, metadata=file.metadata
        )


def _grouped(metadata: pq.FileMetaData) -> list[tuple[list[int], int]]:
    """Row groups in order, (numbers, rows); neighbours are together while they stay small."""
    parts: list[tuple[list[int], int]] = []
    rows = n_bytes = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        fits = rows + group.num_rows <= PART_ROWS and n_bytes + group.total_byte_size <= PART_BYTES
        if parts and fits:
            numbers, _ = parts[-1]
            rows, n_bytes = rows + group.num_rows, n_bytes + group.total_byte_size
            parts[-1] = ([*numbers, number], rows)
        else:
            rows, n_bytes = group.num_rows, group.total_byte_size
            parts.append(([number], rows))
    return parts


def _batches(
    table: ParquetTable, groups: list[int], columns: tuple[str, ...], batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Decode some row groups with a file handle of their own."""
    says = f"cannot be decoded (row groups {groups[0]}-{groups[-1]})"
    hint = "the file is damaged: copy, download or write it again"
    many = len(columns) > FEW_COLUMNS
    with foreign_errors(table.name, says=says, hint=hint), _opened(table, many=many) as file:
        row_bytes = _row_bytes(file, table.schema, groups, columns)
        rows = max(1, BATCH_BYTES // max(1, row_bytes))
        # Threads decode columns side by side; a list column is one column and gains nothing.
        options = {"row_groups": groups, "use_threads": many}
        batches = file.iter_batches(columns=list(columns), batch_size=min(rows, batch_rows), **options)
        for batch in batches:
            chosen = batch.select(columns)  # 'a' may bring a column named 'a.b' too
            chosen.validate(full=True)  # text may not be UTF-8, which Parquet does not look at
            yield from sliced(chosen, batch_rows)


def _spilled_parts(
    table: ParquetTable, groups: list[int], columns: tuple[str, ...], start: int, n_rows: int
) -> Iterator[TablePart]:
    """Stretches of the rows of wide columns; the first that is read decodes them all."""
    for first in range(0, n_rows, SPILLED_BLOCKS * BLOCK_ROWS):
        n_here = min(SPILLED_BLOCKS * BLOCK_ROWS, n_rows - first)
        blocks = range(first // BLOCK_ROWS, -(-(first + n_here) // BLOCK_ROWS))
        read = partial(_spilled_batches, table, groups, columns, blocks)
        yield TablePart(start=start + first, n_rows=n_here, read=read)


def _spilled_batches(
    table: ParquetTable, groups: list[int], columns: tuple[str, ...], blocks: range, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    with foreign_errors(table.name, says=f"cannot be decoded (row groups {groups[0]}-{groups[-1]})"):
        with table.spilling:
            key = (tuple(groups), columns)
            if key not in table.spills:
                opened = partial(_opened, table, many=True)
                table.spills[key] = spill(opened, groups, columns)
        for block in blocks:
            yield from sliced(table.spills[key].read(block), batch_rows)


def _opened(table: ParquetTable, *, many: bool) -> pq.ParquetFile:
    # A buffer a column: 1 MiB is fast for few columns and 1 GB for a thousand.
    buffer_size = 1 << (16 if many else 20)
    return pq.ParquetFile(table.path, metadata=table.metadata, pre_buffer=False, buffer_size=buffer_size)


def _row_bytes(file: pq.ParquetFile, schema: pa.Schema, groups: list[int], columns: tuple[str, ...]) -> int:
    """Decoded bytes of a row; for texts and lists the first rows of the part are asked."""
    fixed, varying = 0, []
    for column in columns:
        try:
            fixed += schema.field(column).type.bit_width
        except ValueError:  # no fixed width
            varying.append(column)
    if not varying:
        return fixed // 8
    first = file.iter_batches(columns=varying, row_groups=groups, batch_size=PEEKED_ROWS, use_threads=False)
    batch = next(iter(first), None)
    return fixed // 8 + (batch.nbytes // max(1, batch.num_rows) if batch is not None else 0)
