"""How pyarrow is told to parse CSV."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import pyarrow as pa
from pyarrow import csv

from labelaudit.io.readers import streams
from labelaudit.io.readers.csv_lines import CsvSource, RecordLines

UNCLOSED = "a quoted field is not closed"


class WatchedLines(io.RawIOBase):
    r"""A CSV file as pyarrow reads it, which mends two silences of pyarrow's (26 still).

    It drops a line feed that starts a block after a carriage return, also inside a quoted field:
    here no read ends between the two. And it takes the end of the file for the end of a quoted
    last field, with all the rows that went into it: here `is_open` tells.
    """

    def __init__(self, source: CsvSource) -> None:
        super().__init__()
        self._blocks = source.blocks()
        self._scan = RecordLines(source.delimiter)
        self._rest = b""

    @property
    def is_open(self) -> bool:
        """Whether a quote is open behind what was read."""
        return self._scan.is_open

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next block; `size` bytes of it where it is longer."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
            if self.is_open or b'"' in self._rest:
                self._scan.feed(self._rest)
        chunk = self._rest[:size]
        if len(chunk) < len(self._rest) and chunk.endswith(b"\r"):
            chunk = chunk[:-1] or chunk
        self._rest = self._rest[len(chunk) :]
        return chunk


def parsed(source: CsvSource, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    """Stream some columns of a CSV file, block by block.

    Text is kept to the letter and only an empty field, quoted or not, is null. Blocks of 4 MiB
    are as fast as larger ones, and quoted line ends cost nothing measurable.

    Args:
        source: the file.
        types: the columns to read, at least one.

    Raises:
        pa.ArrowInvalid: a fault in the text.
    """
    stream = WatchedLines(source)
    yield from csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        # A block of whole lines is one read; it may be longer than what is read from the disk at once.
        read_options=csv.ReadOptions(block_size=2 * streams.BLOCK_BYTES, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            include_columns=list(types),
            column_types=dict(types),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    if stream.is_open:
        raise pa.ArrowInvalid(UNCLOSED)
