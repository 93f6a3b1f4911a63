"""What cells of a table mean when they are looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from labelaudit.io.labels import INTEGER
from labelaudit.io.text import as_text

BOOLEANS = {"false": "0", "true": "1"}


def class_of_cell(raw: str | None, classes: Sequence[str], schema: Sequence[str] | None) -> str | None:
    """The class that a label in a file means, as `labelaudit.io.classes` decides for all of them at once."""
    if raw is None:
        return None
    text = raw.removesuffix(".0")
    number = int(text) if INTEGER.fullmatch(text) else -1
    by_schema, by_position = (
        names[number] if 0 <= number < len(names) else None for names in (schema or (), classes)
    )
    folded = next((name for name in classes if name.lower() == raw), None) if raw in BOOLEANS else None
    meanings = (by_schema, raw, text, by_position, folded, BOOLEANS.get(raw))
    return next((name for name in meanings if name in classes), raw)


def cells_of(column: pa.Array) -> list[Any]:
    """The cells of a column as Python values; None where nothing is in them."""
    kind = column.type
    if pa.types.is_struct(kind):
        cells = column.to_pylist()
        return [cell if cell and (cell.get("bytes") or cell.get("path")) else None for cell in cells]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [cell or None for cell in column.to_pylist()]
    return list(as_text(column).to_pylist())


def is_plain(kind: pa.DataType) -> bool:
    """Whether cells of a type read well as text: not bytes, alone or inside."""
    types = pa.types
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return False
    return all(is_plain(kind.field(i).type) for i in range(kind.num_fields))
