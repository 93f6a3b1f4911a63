"""How a Parquet file was written, as far as its footer and its first page tell."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA_KEY = b"ARROW:schema"
VERSIONS = ("2.6", "2.4", "1.0")
SPECIAL_ENCODINGS = frozenset(
    {"BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"}
)
PAGE_V2 = b"\x15\x06"
"""A page header starts with its type: field 1, a 32-bit integer, in Thrift's compact protocol."""


def writer_options(path: Path, file: pq.ParquetFile) -> dict[str, Any]:
    """Options under which pyarrow writes a file of this form.

    Args:
        path: the file.
        file: the same, open.

    Returns:
        Arguments of `pq.ParquetWriter`.
    """
    metadata = file.metadata
    options: dict[str, Any] = {
        **_schema_options(file),
        "store_schema": SCHEMA_KEY in (metadata.metadata or {}),
    }
    numbers = range(metadata.num_row_groups)
    filled = next((number for number in numbers if metadata.row_group(number).num_rows), None)
    if filled is None:
        return options
    group = metadata.row_group(filled)
    columns = [group.column(number) for number in range(group.num_columns)]
    encodings = {
        column.path_in_schema: SPECIAL_ENCODINGS.intersection(column.encodings) for column in columns
    }
    return {
        **options,
        "compression": {column.path_in_schema: _codec(column.compression) for column in columns},
        "use_dictionary": [column.path_in_schema for column in columns if column.has_dictionary_page],
        "write_statistics": [column.path_in_schema for column in columns if column.is_stats_set],
        "column_encoding": {name: min(found) for name, found in encodings.items() if found},
        "write_page_index": any(column.has_offset_index for column in columns),
        "data_page_version": _page_version(path, columns[0].data_page_offset),
    }


def _schema_options(file: pq.ParquetFile) -> dict[str, Any]:
    """The options under which the columns' stored types are those of the file; its version first."""
    told = file.metadata.format_version
    versions = [told, *(version for version in VERSIONS if version != told)]
    names = (
        "version",
        "use_compliant_nested_type",
        "use_deprecated_int96_timestamps",
        "store_decimal_as_integer",
    )
    found = [
        dict(zip(names, values, strict=True))
        for values in product(versions, (True, False), (False, True), (False, True))
    ]
    return next(
        (options for options in found if _stored(file.schema_arrow, options).equals(file.schema)), found[0]
    )


def _stored(schema: pa.Schema, options: dict[str, Any]) -> pq.ParquetSchema:
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, **options):
        pass
    with pq.ParquetFile(pa.BufferReader(sink.getvalue())) as written:
        return written.schema


def _codec(name: str) -> str:
    return "none" if name == "UNCOMPRESSED" else name.lower()


def _page_version(path: Path, offset: int) -> str:
    with path.open("rb") as stream:
        stream.seek(offset)
        return "2.0" if stream.read(len(PAGE_V2)) == PAGE_V2 else "1.0"
