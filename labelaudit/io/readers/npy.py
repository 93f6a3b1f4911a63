"""NumPy's `.npy`: probabilities or embeddings, a row of the array a row of the table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from os import SEEK_END
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numpy.lib import format as npy_format

from labelaudit.errors import ShapeError, UnreadableFileError
from labelaudit.io.readers.faults import first_line, foreign_errors, require_columns
from labelaudit.io.readers.table import Kind, Table, TablePart
from labelaudit.types import IntArray

COLUMN = "npy"
PART_ROWS = 1 << 16
BATCH_CELLS = 1 << 22
LARGEST_VALUE = 8
"""Bytes; Arrow has no long double."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NpyTable:
    """An array on disk, as one column `npy` of fixed-size lists."""

    path: Path
    name: str
    format: str
    array_shape: tuple[int, ...]
    """As saved; a one-dimensional array has lists of one value."""
    dtype: np.dtype[np.generic]
    is_fortran: bool
    offset: int
    """Bytes of the header."""

    @property
    def n_rows(self) -> int:
        """The first dimension."""
        return self.array_shape[0]

    @property
    def width(self) -> int:
        """Values of a row."""
        return self.array_shape[1] if len(self.array_shape) == 2 else 1

    @property
    def schema(self) -> pa.Schema:
        """One column, `npy`."""
        value = pa.from_numpy_dtype(self.dtype.newbyteorder("="))
        return pa.schema([(COLUMN, pa.list_(value, self.width))])

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """Stretches of 64 Ki rows."""
        require_columns(self.schema, columns, self.name)
        return [
            TablePart(
                start=start, n_rows=stop - start, read=partial(_batches, self, start, stop, tuple(columns))
            )
            for start in range(0, self.n_rows, PART_ROWS)
            for stop in [min(start + PART_ROWS, self.n_rows)]
        ]

    def lines(self, rows: IntArray) -> None:
        """An array has no lines."""
        return None

    def rows(self, start: int, stop: int) -> npt.NDArray[np.generic]:
        """Rows start..stop as an (n, width) array over a mapping of its own.

        A mapping for each slice, because pages that were read count as memory of the process
        until their mapping goes.
        """
        if self.is_fortran:
            whole = np.memmap(self.path, self.dtype, "r", self.offset, (self.n_rows, self.width), order="F")
            return np.ascontiguousarray(whole[start:stop])
        row_bytes = self.width * self.dtype.itemsize
        return np.memmap(
            self.path, self.dtype, "r", self.offset + start * row_bytes, (stop - start, self.width)
        )


def open_table(path: Path, name: str, format: str) -> Table:
    """Read the header.

    Raises:
        UnreadableFileError: no `.npy`, cut short, or values that are no numbers.
        ShapeError: neither one nor two dimensions.
    """
    with foreign_errors(name), path.open("rb") as stream:
        shape, is_fortran, dtype = _header(stream, name)
        offset = stream.tell()
        n_bytes = stream.seek(0, SEEK_END) - offset
    if dtype.kind not in "fiu" or dtype.itemsize > LARGEST_VALUE:
        what = (
            "pickled objects, which are not read from files" if dtype.hasobject else f"values of type {dtype}"
        )
        raise UnreadableFileError(
            f"holds {what}", file=name, hint="save a plain array: numpy.save(file, array.astype('float64'))"
        )
    if len(shape) not in (1, 2) or shape[-1:] == (0,) != shape:
        raise ShapeError(
            f"has the shape {shape}",
            file=name,
            hint="save one row an item: (rows, classes) or (rows, dimensions)",
        )
    expected = dtype.itemsize * math.prod(shape)
    if n_bytes < expected:
        raise UnreadableFileError(
            f"is cut short: {n_bytes} of {expected} bytes",
            file=name,
            hint="was it written to the end? Copy or save it again",
        )
    return NpyTable(
        path=path,
        name=name,
        format=format,
        array_shape=shape,
        dtype=dtype,
        is_fortran=is_fortran,
        offset=offset,
    )


def _header(stream: BinaryIO, name: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    try:
        version = npy_format.read_magic(stream)
        if version not in readers:
            raise ValueError(f"version {version} is for structured arrays")
        shape, is_fortran, dtype = readers[version](stream)
    except (ValueError, TypeError, SyntaxError, TokenError) as error:
        raise UnreadableFileError(
            f"is no .npy file: {first_line(error)}", file=name, hint="write it with numpy.save"
        ) from error
    return shape, is_fortran, dtype


def _batches(
    table: NpyTable, start: int, stop: int, columns: tuple[str, ...], batch_rows: int
) -> Iterator[pa.RecordBatch]:
    rows = max(1, min(batch_rows, BATCH_CELLS // table.width))
    native = table.dtype.newbyteorder("=")
    for first in range(start, stop, rows):
        with foreign_errors(table.name):
            values = table.rows(first, min(first + rows, stop)).astype(native, copy=False)
        lists = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), table.width)
        yield pa.RecordBatch.from_arrays([lists], names=[COLUMN]).select(columns)
