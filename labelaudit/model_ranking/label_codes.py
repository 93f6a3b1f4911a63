"""Which class a predicted label means: its name, or its number in the order of the classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa

from labelaudit.errors import LabelError
from labelaudit.io.labels import line_of
from labelaudit.io.roles import Roles
from labelaudit.io.text import as_text, hugging_face_classes
from labelaudit.types import AnyArray

ClassesBy = Literal["name", "position", "number"]
"""How classes are known: by name, by position, or by a number that is a name, and not a position."""

SHOWN = 4
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.0")


class LabelCodes(NamedTuple):
    """The classes of some rows."""

    numbers: AnyArray  # (n,)
    classes_by: ClassesBy


def label_codes(
    records: pa.RecordBatch, start: int, *, label: str, roles: Roles, classes: tuple[str, ...]
) -> LabelCodes:
    """The class of each predicted label of a batch.

    Args:
        records: the batch.
        start: its first row in the table.
        label: the column.
        roles: of the table.
        classes: of the audit, in order.

    Raises:
        LabelError: a label of no class, or none.
    """
    column = records.column(label)
    # A one-dimensional array comes as lists of one number.
    texts = as_text(column.flatten() if roles.table.format == "npy" else column)
    coded = texts.dictionary_encode()
    schema = hugging_face_classes(roles.table.schema, label)
    names, positions = _names(classes), _positions(classes, schema)
    values = [_whole(value, names) for value in coded.dictionary.to_pylist()]
    found = [names.get(value, positions.get(value, -1)) for value in values]
    numbers = np.array([*found, -1], dtype=np.int64)
    codes: AnyArray = numbers[coded.indices.fill_null(len(values)).to_numpy()]
    bad = np.flatnonzero(codes < 0)
    if len(bad):
        value = texts[int(bad[0])].as_py()
        raise _no_class(value, start + int(bad[0]), len(bad) - 1, label=label, roles=roles, classes=classes)
    is_position = schema is None and any(value not in names for value in values)
    return LabelCodes(codes, "position" if is_position else _numbers_or_names(classes))


def _names(classes: Sequence[str]) -> dict[str, int]:
    number_of = {name: i for i, name in enumerate(classes)}
    if {"true", "false"} <= {name.lower() for name in classes}:
        number_of |= {name.lower(): i for i, name in enumerate(classes)}
    return number_of


def _positions(classes: Sequence[str], schema: Sequence[str] | None) -> dict[str, int]:
    """The numbers that stand for classes: of a schema, or in their order where no name is a number."""
    number_of = {name: i for i, name in enumerate(classes)}
    if schema and not {str(i) for i in range(len(schema))} & set(number_of):
        return {str(i): number_of[name] for i, name in enumerate(schema) if name in number_of}
    if not schema and not any(name.isdecimal() for name in classes):
        return {str(i): i for i in range(len(classes))}
    return {}


def _numbers_or_names(classes: Sequence[str]) -> ClassesBy:
    are_numbers = all(name.isdecimal() for name in classes)
    return "number" if are_numbers and {*classes} != {str(i) for i in range(len(classes))} else "name"


def _whole(value: str, names: dict[str, int]) -> str:
    """A label that a text format has as 1.0, as the whole number that it is."""
    return value[:-2] if value not in names and _DECIMAL.fullmatch(value) else value


def _no_class(
    value: str | None, row: int, more: int, *, label: str, roles: Roles, classes: Sequence[str]
) -> LabelError:
    some = ", ".join(f"'{name}'" for name in classes[:SHOWN]) + (", ..." if len(classes) > SHOWN else "")
    what = "the prediction is missing" if value is None else f"'{value}' is no class of the audit ({some})"
    return LabelError(
        what,
        file=roles.table.name,
        column=label,
        row=row,
        line=line_of(roles, row),
        more=more,
        hint="write the classes as the audit names them, or name another column with --pred-col",
    )
