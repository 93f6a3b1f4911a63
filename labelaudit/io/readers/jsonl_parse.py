"""JSONL text to record batches and to a schema: by pyarrow, and with a second look where it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from pyarrow import json as pa_json

from labelaudit.io.readers.jsonl_lines import LineBlock
from labelaudit.io.readers.jsonl_types import MisfitError, common_type, fitted, is_open, settled, type_of

THREAD_BYTES = 2 << 20
"""A block is parsed in pieces of this size, side by side."""
INFERENCE_BYTES = 64 << 20
"""How far columns that start with nulls are followed."""


def parsed(block: LineBlock, schema: pa.Schema) -> Sequence[pa.RecordBatch]:
    """The rows of a block, only these columns, in exactly these types.

    Raises:
        UnreadableFileError: a line that is no object, or holds a value of another type.
    """
    if len(schema) == 0:
        empty = pa.RecordBatch.from_arrays([pa.nulls(len(block.lines))], names=["rows"])
        return [empty.select([])]
    table = _by_pyarrow(block, schema)
    return [_by_line(block, schema)] if table is None else table.to_batches()


def _by_pyarrow(block: LineBlock, schema: pa.Schema | None) -> pa.Table | None:
    """None when pyarrow refuses the block, or miscounts: two objects on a line are two rows to it."""
    if not _is_utf8(block.text):  # which pyarrow does not check
        return None
    try:
        table = pa_json.read_json(
            pa.BufferReader(block.text),
            read_options=pa_json.ReadOptions(block_size=THREAD_BYTES),
            parse_options=pa_json.ParseOptions(
                explicit_schema=schema,
                unexpected_field_behavior="infer" if schema is None else "ignore",
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == len(block.lines) else None


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _by_line(block: LineBlock, schema: pa.Schema) -> pa.RecordBatch:
    columns: dict[str, list[object]] = {name: [] for name in schema.names}
    for place, row in enumerate(block.objects()):
        for field in schema:
            try:
                columns[field.name].append(fitted(row.get(field.name), field.type))
            except MisfitError as error:
                raise block.fault(
                    place,
                    str(error),
                    column=field.name,
                    hint="write a column in one type on every line",
                ) from error
    arrays = [pa.array(values, field.type) for values, field in zip(columns.values(), schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def inferred_schema(blocks: Iterable[LineBlock]) -> pa.Schema:
    """The types of the columns in the first block, or in the first that has more than nulls of them.

    Raises:
        UnreadableFileError: a line that is no object.
    """
    types: dict[str, pa.DataType] = {}
    n_bytes = 0
    for block in blocks:
        for name, type in _block_types(block).items():
            if is_open(types.get(name, pa.null())):
                types[name] = common_type([types.get(name, pa.null()), settled(type)])
        n_bytes += len(block.text)
        if n_bytes > INFERENCE_BYTES or not any(map(is_open, types.values())):
            break
    return pa.schema(list(types.items()))


def _block_types(block: LineBlock) -> dict[str, pa.DataType]:
    table = _by_pyarrow(block, None)
    if table is not None:
        return {field.name: field.type for field in table.schema}
    types: dict[str, pa.DataType] = {}
    for row in block.objects():
        for name, value in row.items():
            types[name] = common_type([types.get(name, pa.null()), type_of(value)])
    return types
