"""JSON lines: one object a row, with the columns' names as keys."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.io.writers.lines import ROWS, each_text, joined_lines, number_texts

_encode = json.JSONEncoder(ensure_ascii=False).encode


def write_json_lines(table: pa.Table, file: Path) -> None:
    """Write a table of texts, numbers and lists of texts."""
    with open(file, "wb") as stream:
        for batch in table.to_batches(max_chunksize=ROWS):
            pieces: list[pa.Array | str] = []
            for name, column in zip(table.column_names, batch.columns, strict=True):
                pieces += [f"{', ' if pieces else '{'}{_encode(name)}: ", _values(column)]
            stream.write(joined_lines([*pieces, "}\n"]))


def _values(column: pa.Array) -> pa.Array:
    """The JSON text of each value."""
    if pa.types.is_string(column.type):
        values = each_text(column, _encode)
    elif pa.types.is_list(column.type):
        lists = pa.ListArray.from_arrays(column.offsets, each_text(column.values, _encode))
        values = pc.binary_join_element_wise("[", pc.binary_join(lists, ", "), "]", "")
    else:
        values = number_texts(column)
    return values.fill_null("null")
