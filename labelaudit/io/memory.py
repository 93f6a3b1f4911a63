"""Probabilities that were made here: a matrix in memory, as a table like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from labelaudit.io.readers.faults import require_columns
from labelaudit.io.readers.table import Kind, TablePart
from labelaudit.types import AnyArray, Frozen, IntArray

COLUMN = "pred_probs"
PART_CELLS = 1 << 20
"""Values of a part: small enough that several workers have some, and the same whatever they are."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemoryTable(Frozen):
    """A matrix as one column of fixed-size lists; there is no file behind it."""

    name: str
    matrix: AnyArray  # (N, K) float32, C order
    path: Path = Path()
    format: str = "memory"

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self.matrix)

    @property
    def schema(self) -> pa.Schema:
        """One column, `pred_probs`."""
        return pa.schema([(COLUMN, pa.list_(pa.float32(), self.matrix.shape[1]))])

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """Stretches of about a million numbers."""
        require_columns(self.schema, columns, self.name)
        n_rows = max(1, PART_CELLS // self.matrix.shape[1])
        return [
            TablePart(start=start, n_rows=stop - start, read=partial(_batches, self, start, stop))
            for start in range(0, self.n_rows, n_rows)
            for stop in [min(start + n_rows, self.n_rows)]
        ]

    def lines(self, rows: IntArray) -> None:
        """A matrix has no lines."""
        return None


def _batches(table: MemoryTable, start: int, stop: int, batch_rows: int) -> Iterator[pa.RecordBatch]:
    for first in range(start, stop, batch_rows):
        values = table.matrix[first : min(first + batch_rows, stop)]
        lists = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
        yield pa.RecordBatch.from_arrays([lists], names=[COLUMN])
