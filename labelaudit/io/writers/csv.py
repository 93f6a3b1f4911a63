"""CSV: lists are joined by semicolons, fields are quoted where they must be, nulls are empty."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.io.writers.lines import ROWS, each_text, joined_lines, number_texts

_SPECIAL = re.compile(r'[",\r\n]')


def write_csv(table: pa.Table, file: Path) -> None:
    """Write a table of texts, numbers and lists of texts."""
    with open(file, "wb") as stream:
        stream.write((",".join(map(quoted, table.column_names)) + "\n").encode())
        for batch in table.to_batches(max_chunksize=ROWS):
            pieces: list[pa.Array | str] = []
            for column in batch.columns:
                pieces += ["," if pieces else "", _cells(column)]
            stream.write(joined_lines([*pieces, "\n"]))


def quoted(text: str) -> str:
    """A field as it stands in CSV.

    Example:
        >>> quoted("a,b"), quoted("a b")
        ('"a,b"', 'a b')
    """
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _cells(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, ";")
    cells = each_text(column, quoted) if pa.types.is_string(column.type) else number_texts(column)
    return cells.fill_null("")
