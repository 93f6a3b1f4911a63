"""64-bit hashes of texts and of whole rows, the same on every machine."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from labelaudit.types import AnyArray, BoolArray, HashArray

_ODD = np.uint64(0x9E3779B97F4A7C15)  # splitmix64's constants
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
NULL_HASH = np.uint64(0x6E756C6C)


def text_hashes(texts: pa.Array, seed: int = 0) -> HashArray:
    """xxh3 of each text's UTF-8 bytes; nulls have a hash of their own.

    Args:
        texts: strings or binaries.
        seed: another seed gives an independent hash.

    Returns:
        (n,) uint64.
    """
    kind = pa.large_binary() if pa.types.is_large_string(texts.type) else pa.binary()
    values = (
        texts if pa.types.is_binary(texts.type) or pa.types.is_large_binary(texts.type) else texts.cast(kind)
    ).to_pylist()
    hashed = xxhash.xxh3_64_intdigest
    if texts.null_count == 0 and seed == 0:
        return np.fromiter(map(hashed, values), np.uint64, len(values))
    return np.fromiter(
        (int(NULL_HASH) if v is None else hashed(v, seed) for v in values), np.uint64, len(values)
    )


def mixed(*hashes: HashArray | np.uint64) -> HashArray:
    """Combine hashes into one; the order of the arguments matters.

    Each step adds a constant and applies the finaliser of splitmix64 (Steele, Lea, Flood 2014).
    """
    with np.errstate(over="ignore"):
        state: HashArray = np.zeros(1, dtype=np.uint64)
        for part in hashes:
            state = (state ^ part) + _ODD
            state = (state ^ (state >> np.uint64(30))) * _MIX_1
            state = (state ^ (state >> np.uint64(27))) * _MIX_2
            state = state ^ (state >> np.uint64(31))
    return state


def column_hashes(column: pa.Array) -> HashArray:
    """One hash a row of a column of any type; equal values have equal hashes.

    Numbers are hashed by value within their kind (int32 7 is int64 7), texts by their bytes, structs and
    lists by their parts.
    """
    return _where_null(column, _value_hashes(column, column.type))


def is_empty(column: pa.Array) -> BoolArray:
    """(n,) nulls and texts without a letter.

    Example:
        >>> is_empty(pa.array(["", None, "a"]))
        array([ True,  True, False])
    """
    empty: BoolArray = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        empty |= pc.equal(pc.binary_length(column), 0).fill_null(True).to_numpy(zero_copy_only=False)
    return empty


def _value_hashes(column: pa.Array, kind: pa.DataType) -> HashArray:
    """The hashes of the values; those of nulls mean nothing."""
    types = pa.types
    if types.is_dictionary(kind):
        hashes = column_hashes(pa.concat_arrays([column.dictionary, pa.nulls(1, kind.value_type)]))
        found: HashArray = hashes[column.indices.fill_null(len(column.dictionary)).to_numpy()]
    elif types.is_struct(kind):
        parts = [column_hashes(column.field(i)) for i in range(kind.num_fields)]
        found = mixed(np.zeros(len(column), dtype=np.uint64), *parts)
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        found = _list_hashes(column)
    elif types.is_integer(kind) or types.is_boolean(kind):
        wide = column.cast(pa.uint64() if types.is_uint64(kind) else pa.int64()).fill_null(0)
        found = mixed(wide.to_numpy().view(np.uint64))
    elif types.is_floating(kind):
        values = column.cast(pa.float64()).fill_null(0.0).to_numpy()
        found = mixed((values + 0.0).view(np.uint64))  # + 0.0 makes -0.0 positive
    elif types.is_null(kind):
        found = np.full(len(column), NULL_HASH)
    elif types.is_binary(kind) or types.is_large_binary(kind):
        found = text_hashes(column)
    else:
        found = text_hashes(column.cast(pa.string()))
    return found


def _where_null(column: pa.Array, hashes: HashArray) -> HashArray:
    if column.null_count == 0:
        return hashes
    return np.where(column.is_null().to_numpy(zero_copy_only=False), NULL_HASH, hashes)


def _list_hashes(column: pa.Array) -> HashArray:
    inner = column_hashes(column.flatten())
    lengths = pc.list_value_length(column).fill_null(0).to_numpy().astype(np.int64)
    ends = np.cumsum(lengths)
    data = inner.astype("<u8").tobytes()
    hashed = xxhash.xxh3_64_intdigest
    return np.fromiter(
        (
            hashed(data[8 * (end - n) : 8 * end])
            for end, n in zip(ends.tolist(), lengths.tolist(), strict=True)
        ),
        np.uint64,
        len(column),
    )


def row_hashes(matrix: AnyArray) -> HashArray:
    """One hash a row of a matrix of numbers, by their bytes.

    Example:
        >>> hashes = row_hashes(np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 2.0]]))
        >>> bool(hashes[0] == hashes[2]), bool(hashes[0] == hashes[1])
        (True, False)
    """
    hashed = xxhash.xxh3_64_intdigest
    rows = (np.ascontiguousarray(row).data for row in matrix)
    return np.fromiter(map(hashed, rows), np.uint64, len(matrix))


def as_hex(hashes: HashArray) -> pa.Array:
    """Hashes as strings of 16 hexadecimal digits, without a Python object a row.

    Example:
        >>> as_hex(np.array([255], dtype=np.uint64)).to_pylist()
        ['00000000000000ff']
    """
    digits = hashes.astype(">u8").tobytes().hex().encode()
    offsets = np.arange(len(hashes) + 1, dtype=np.int32) * 16
    return pa.StringArray.from_buffers(len(hashes), pa.py_buffer(offsets), pa.py_buffer(digits))
