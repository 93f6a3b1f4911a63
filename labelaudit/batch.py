"""A batch of rows, and how Arrow columns become arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit import pandas_free  # noqa: F401  # before the first conversion
from labelaudit.errors import ShapeError
from labelaudit.types import AnyArray, Frozen, IntArray

BATCH_PROBABILITIES = 1 << 21
FLOATS = (np.float32, np.float64)
SMALLEST_BATCH, LARGEST_BATCH = 256, 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch(Frozen):
    """Some rows with their given labels and probabilities, as read.

    `rows` are positions in the dataset's order; `file` and `first_row` tell where the
    probabilities were read: the batch is a contiguous stretch of that file.
    """

    rows: IntArray  # (n,)
    labels: AnyArray  # (n,) class numbers, -1 where missing
    pred_probs: AnyArray  # (n, K) float32 or float64, columns in class order, not yet checked
    file: int
    first_row: int


Part = Callable[[], Iterator[Batch]]
"""A stretch of the data that one worker can read by itself."""


def default_batch_rows(n_columns: int) -> int:
    """Rows a batch, so that its probabilities take about 8 MB.

    Example:
        >>> default_batch_rows(10), default_batch_rows(1000)
        (65536, 2097)
    """
    return min(LARGEST_BATCH, max(SMALLEST_BATCH, BATCH_PROBABILITIES // max(1, n_columns)))


def float_matrix(
    records: pa.RecordBatch, columns: Sequence[str], *, file: str, start: int, width: int | None = None
) -> AnyArray:
    """One list column, or several number columns, as a matrix.

    Args:
        records: a record batch that has the columns.
        columns: the name of one list column, or of the columns in order.
        file: the file's name, for the error.
        start: the first row's number in the file, for the error.
        width: the numbers a list must have; those of the first list when left out.

    Returns:
        (n, K) float32 or float64; nulls are nan.

    Raises:
        ShapeError: lists of different lengths.
    """
    first = records.column(columns[0])
    if len(columns) == 1 and _is_list(first.type):
        return _list_matrix(first, columns[0], file, start, width)
    if any(pa.types.is_float16(records.column(name).type) for name in columns):
        # to_tensor cannot join half precision with others.
        return np.column_stack([_numbers(records.column(name)) for name in columns])
    wide: AnyArray = records.select(list(columns)).to_tensor(null_to_nan=True, row_major=True).to_numpy()
    return wide if wide.dtype in FLOATS else wide.astype(np.float64)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _list_matrix(column: pa.Array, name: str, file: str, start: int, width: int | None) -> AnyArray:
    lengths = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    present = np.flatnonzero(~np.isnan(lengths))
    if width is None:
        width = int(lengths[present[0]]) if len(present) else 0
    odd = present[lengths[present] != width]
    if len(odd):
        raise ShapeError(
            f"the list has {int(lengths[odd[0]])} numbers, the first row's has {width}",
            file=file,
            column=name,
            row=start + int(odd[0]),
            more=len(odd) - 1,
            hint="all rows need lists of one length",
        )
    values = _numbers(column.flatten()).reshape(len(present), width)
    if len(present) == len(column):
        return values
    # A missing list is a row of nan: the door says so.
    matrix = np.full((len(column), width), np.nan, dtype=values.dtype)
    matrix[present] = values
    return matrix


def _numbers(column: pa.Array) -> AnyArray:
    """A number column as float32 or float64; nulls become nan."""
    values: AnyArray = column.to_numpy(zero_copy_only=False)
    return values if values.dtype in FLOATS else values.astype(np.float64)
