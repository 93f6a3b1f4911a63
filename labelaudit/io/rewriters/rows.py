"""Dropped rows of an Arrow table as text, and back into the table."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from labelaudit.io.rewriters.columns import one_chunk, with_entries
from labelaudit.io.rewriters.place import Place


def row_text(table: pa.Table, row: int) -> str:
    """One row as an Arrow stream in base64, without metadata."""
    one = table.slice(row, 1)
    columns = [_short(column) for column in one.columns]
    names = [pa.field(field.name, field.type, field.nullable) for field in one.schema]
    batch = pa.RecordBatch.from_arrays(columns, schema=pa.schema(names))
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode()


def row_table(text: str, schema: pa.Schema, place: Place) -> pa.Table:
    """A table of the row that `row_text` wrote.

    Raises:
        CorrectionError: it is no row of a table of this schema.
    """
    try:
        with ipc.open_stream(base64.b64decode(text, validate=True)) as stream:
            row = stream.read_all()
        row.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise place.misfit("the row that is to be put back is damaged") from error
    if row.num_rows != 1 or row.schema.names != schema.names or row.schema.types != schema.types:
        raise place.misfit(
            "the row that is to be put back has other columns than the file",
            hint="the file has been written anew since: put the row back by hand",
        )
    return pa.Table.from_arrays(row.columns, schema=schema)


def with_rows(table: pa.Table, positions: Sequence[int], rows: Sequence[pa.Table], place: Place) -> pa.Table:
    """The table with some rows put in.

    Args:
        table: the rows that are there.
        positions: (m,) ascending, how many of them stand before each new row.
        rows: m tables of one row and of the table's schema.
        place: for the errors.

    Raises:
        CorrectionError: a dictionary that has no room for the value of a row.
    """
    new = pa.concat_tables(rows)
    for number, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            values = one_chunk(new.column(number)).dictionary_decode()
            column = with_entries(one_chunk(table.column(number)), values, place)
            codes = pc.index_in(values, column.dictionary).cast(field.type.index_type)
            put_in = pa.DictionaryArray.from_arrays(codes, column.dictionary, ordered=field.type.ordered)
            table = table.set_column(number, field, column)
            new = new.set_column(number, field, put_in)
    pieces = []
    for number, (start, stop) in enumerate(pairwise([0, *positions, table.num_rows])):
        pieces += [table.slice(start, stop - start), new.slice(number, 1)]
    return pa.concat_tables(pieces)


def _short(column: pa.ChunkedArray) -> pa.Array:
    """One value in an array, with no more of a dictionary than it needs."""
    value = one_chunk(column)
    if not pa.types.is_dictionary(value.type):
        return value
    entry = value.dictionary.take(value.indices).drop_null()
    codes = pa.array([0] if len(entry) else [None], value.type.index_type)
    return pa.DictionaryArray.from_arrays(codes, entry, ordered=value.type.ordered)
