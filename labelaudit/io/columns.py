"""Columns of the label tables that describe the items: texts, numbers, categories, groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.batch import LARGEST_BATCH
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.io.text import as_text
from labelaudit.types import FloatArray

PEEKED_ROWS = 1000
PROSE_CHARACTERS = 20
PROSE_WORDS = 3
PROSE_DISTINCT = 0.5
"""Prose is longer than this, has more words (a path has one), and seldom repeats itself."""
MISSING = ("", "?", "-", "na", "n/a", "nan", "null", "none")
"""What text files write, in any case, where a number is missing."""


def read_texts(tables: Sequence[Roles], name: str) -> pa.ChunkedArray:
    """One column of the label tables as texts; null where it is missing or empty."""
    return pa.chunked_array(
        [as_text(records.column(name)) for records in _records(tables, [name])], pa.string()
    )


def looks_like_prose(role: Roles, name: str) -> float:
    """The mean length of the first texts of a column; 0 where they are no prose."""
    if not is_text(role.table.schema.field(name).type):
        return 0.0
    part = next(iter(role.table.parts({name: Kind.TEXT})), None)
    first = next(part.read(PEEKED_ROWS), None) if part else None
    texts = [] if first is None else as_text(first.column(name)).drop_null().slice(0, PEEKED_ROWS).to_pylist()
    if not texts or len(set(texts)) <= PROSE_DISTINCT * len(texts):
        return 0.0
    words = sum(len(text.split()) for text in texts) / len(texts)
    length = sum(map(len, texts)) / len(texts)
    return length if length > PROSE_CHARACTERS and words >= PROSE_WORDS else 0.0


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds texts, coded or not."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def may_be_feature(kind: pa.DataType) -> bool:
    """Whether a column can be read as numbers or categories: nested and binary ones cannot."""
    types = pa.types
    return (
        is_text(kind)
        or is_boolean(kind)
        or any(
            test(kind) for test in (types.is_integer, types.is_floating, types.is_decimal, types.is_temporal)
        )
    )


def is_boolean(kind: pa.DataType) -> bool:
    """Whether a column holds yes and no."""
    return bool(pa.types.is_boolean(kind))


def read_columns(tables: Sequence[Roles], names: Sequence[str]) -> Iterator[tuple[str, FloatArray, bool]]:
    """Some columns of the label tables as numbers; every table is read once.

    Text files do not tell their types: a column there is numbers if all its texts are, missing ones aside.

    Yields:
        Name, (N,) float64 with nan where missing, and whether these are categories: their names in order,
        numbered from 0.
    """
    kept: dict[str, list[pa.Array]] = {name: [] for name in names}
    for records in _records(tables, names):
        for name in names:
            kept[name].append(records.column(name))
    untyped = any(role.table.format in ("csv", "tsv") for role in tables)
    for name in names:
        arrays = kept.pop(name)
        if any(is_text(array.type) or is_boolean(array.type) for array in arrays):
            texts = pa.chunked_array([as_text(array) for array in arrays], pa.string())
            numbers = _numbers_in(texts) if untyped else None
            yield name, _numbered(texts) if numbers is None else numbers, numbers is None
        else:
            yield name, np.concatenate([_numbers(array) for array in arrays]), False


def _records(tables: Sequence[Roles], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for role in tables:
        for part in role.table.parts(dict.fromkeys(names, Kind.ANY)):
            yield from part.read(LARGEST_BATCH)


def _numbers(array: pa.Array) -> FloatArray:
    """Numbers and times as float64."""
    kind = array.type
    if pa.types.is_temporal(kind):
        array = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    found: FloatArray = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def _numbers_in(texts: pa.ChunkedArray) -> FloatArray | None:
    """The numbers that texts spell; None where one spells none, or all are missing."""
    trimmed = pc.utf8_trim_whitespace(texts)
    missing = pc.is_in(pc.utf8_lower(trimmed), pa.array(MISSING))
    told = pc.if_else(missing, pa.scalar(None, pa.string()), trimmed)
    if told.null_count == len(told):
        return None
    try:
        numbers: FloatArray = told.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers


def _numbered(texts: pa.ChunkedArray) -> FloatArray:
    """Each text's place among the distinct ones, in order, so that no row's place matters."""
    distinct = texts.unique().drop_null().sort()
    places = pc.index_in(texts, distinct)
    found: FloatArray = places.cast(pa.float64()).to_numpy()
    return found
