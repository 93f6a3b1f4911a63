"""What a table on disk looks like from inside: the seam that every reader fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from labelaudit.types import IntArray


class Kind(Enum):
    """How a column of a text format is to be parsed; typed formats keep their types."""

    TEXT = "text"
    """As written: `01` stays `01`, `NA` is text, only an empty field is missing."""
    FLOAT = "float"
    """Numbers (in JSONL also lists of numbers); `nan` and `inf` are read, other text is an error."""
    ANY = "any"
    """Whatever the format makes of it; text in CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePart:
    """A stretch of rows that one worker can decode by itself.

    Parts of a table are in row order and share nothing while they are read, so
    that they can be read in any order and at the same time.
    """

    start: int
    """First row of the part in its file, from 0."""
    n_rows: int | None
    """None when only reading tells, as in text formats."""
    read: Callable[[int], Iterator[pa.RecordBatch]]
    """batch_rows -> record batches of at most so many rows, in order.

    They hold the columns in the order they were asked for. Wide rows come in
    smaller batches, which keeps memory bounded whatever `batch_rows` says.
    """


class Table(Protocol):
    """Rows of one file, whatever its format."""

    @property
    def path(self) -> Path:
        """The file itself."""
        ...

    @property
    def name(self) -> str:
        """The file as the user named it, `<stdin>` for a spooled stdin; errors say it."""
        ...

    @property
    def format(self) -> str:
        """A key of `labelaudit.io.tables.FORMATS`."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Names and types; CSV is all text, JSONL has the types of its first block."""
        ...

    @property
    def n_rows(self) -> int | None:
        """None when only reading tells."""
        ...

    def parts(self, columns: Mapping[str, Kind]) -> Sequence[TablePart]:
        """Cut the table into stretches of which only these columns are read.

        Raises:
            ColumnNotFoundError: a column is not in the file.
        """
        ...

    def lines(self, rows: IntArray) -> IntArray | None:
        """The 1-based line on which each of these rows starts; `rows` ascend.

        None for formats without lines. The file is read once more, in blocks,
        so ask for all rows at once.
        """
        ...
