"""Which Arrow type a JSON column has, and whether a value is of that type."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

SCALARS: dict[type, pa.DataType] = {
    type(None): pa.null(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
}
INT_RANGE = range(-(2**63), 2**63)


class MisfitError(ValueError):
    """A value that is not of its column's type; the text says what it is and what was expected."""


def as_float(type: pa.DataType) -> pa.DataType:
    """The type under which a column is read as numbers.

    Example:
        >>> as_float(pa.list_(pa.int64())), as_float(pa.int64())
        (ListType(list<item: double>), DataType(double))
    """
    return pa.list_(as_float(type.value_type)) if pa.types.is_list(type) else pa.float64()


def settled(type: pa.DataType) -> pa.DataType:
    """What an inferred type is taken for.

    Text that looks like a time is text. Lists of whole numbers are lists of numbers, for the
    first lines of one-hot probabilities or small embeddings would tell the wrong type.
    """
    if pa.types.is_timestamp(type):
        return pa.string()
    if pa.types.is_list(type):
        value = settled(type.value_type)
        return pa.list_(pa.float64() if pa.types.is_integer(value) else value)
    return type


def is_open(type: pa.DataType) -> bool:
    """Whether nothing but null, or empty lists, was seen yet."""
    return pa.types.is_null(type) or (pa.types.is_list(type) and is_open(type.value_type))


def type_of(value: Any) -> pa.DataType:
    """The type of one value, as pyarrow's JSON reader would infer it."""
    if isinstance(value, list):
        return pa.list_(common_type(type_of(one) for one in value))
    if isinstance(value, dict):
        return pa.struct([(name, type_of(one)) for name, one in value.items()])
    if isinstance(value, int) and not isinstance(value, bool) and value not in INT_RANGE:
        return pa.float64()
    return SCALARS[type(value)]


def common_type(types: Iterable[pa.DataType]) -> pa.DataType:
    """The type of the first value, made wider where whole numbers become numbers.

    Types that do not go together are no error here: who reads the column meets the value.
    """
    found = pa.null()
    for type in types:
        if pa.types.is_list(found) and pa.types.is_list(type):
            found = pa.list_(common_type([found.value_type, type.value_type]))
        elif pa.types.is_null(found) or (pa.types.is_int64(found) and pa.types.is_float64(type)):
            found = type
    return found


def fitted(value: Any, type: pa.DataType) -> Any:
    """The value as pyarrow takes it for this type.

    pyarrow itself would cut 1.5 to 1 and take true for 1.0 when it builds an array.

    Raises:
        MisfitError: it is of another type.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or (pa.types.is_boolean(type) and isinstance(value, bool)):
        return value
    if pa.types.is_floating(type) and is_number:
        return _float(value)
    if pa.types.is_int64(type) and is_number and isinstance(value, int) and value in INT_RANGE:
        return value
    if pa.types.is_string(type) and isinstance(value, str):
        return _text(value)
    if pa.types.is_list(type) and isinstance(value, list):
        return [fitted(one, type.value_type) for one in value]
    if pa.types.is_struct(type) and isinstance(value, dict):
        return {field.name: fitted(value.get(field.name), field.type) for field in type}
    raise MisfitError(f"{_shown(value)} is {_kind(type_of(value))}; {_kind(type)} was expected")


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _text(value: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise MisfitError(f"{_shown(value)} holds half a character")
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 40 else text[:37] + "..."


def _kind(type: pa.DataType) -> str:
    names = {
        pa.types.is_null: "null",
        pa.types.is_boolean: "a truth value",
        pa.types.is_integer: "a whole number",
        pa.types.is_floating: "a number",
        pa.types.is_string: "text",
        pa.types.is_struct: "an object",
    }
    if pa.types.is_list(type):
        return "a list"
    return next((name for test, name in names.items() if test(type)), str(type))
