"""The order of the classes, and the class number of every given label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.config import InputOptions
from labelaudit.errors import ClassOrderError, LabelError, OneClassError, ShapeError
from labelaudit.io.labels import LabelIndex, line_of
from labelaudit.io.probabilities import ProbColumns, by_position
from labelaudit.types import AnyArray, IntArray, Notice

MOST_CLASSES = 10_000
"""Beyond, a matrix of classes by classes takes over 800 MB, and there are several."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassOrder:
    """The classes in the order of the probability columns, and each distinct label's class."""

    names: tuple[str, ...]
    class_of_value: AnyArray  # (distinct labels + 1,) class number, -1 where unknown; the last for missing
    origin: str
    notices: tuple[Notice, ...] = ()

    def codes(self, labels: LabelIndex) -> AnyArray:
        """(N,) the class number of every row, -1 where the label is missing or unknown."""
        coded: AnyArray = self.class_of_value[labels.value_codes]
        return coded


def class_order(
    offers: Sequence[ProbColumns], width: int, labels: LabelIndex, options: InputOptions
) -> ClassOrder:
    """Decide which class each probability column is about, never by sorting.

    The names of the columns decide, else `--classes`, else the schema; whole-number labels go by position.

    Args:
        offers: the probability tables.
        width: columns of the matrix, 2 for a single positive-class column.
        labels: the given labels.
        options: `classes` and `positive_class`.

    Raises:
        ClassOrderError: text labels without any order, or names that do not fit.
        ShapeError: `--classes` or the schema have another count than the columns.
        OneClassError: fewer than two columns.
    """
    table = offers[0].roles.table.name
    schema = next((r.schema_classes for r in labels.roles if r.schema_classes), None)
    schema_origin = "schema"
    if offers[0].single:
        names, origin = _binary_names(labels, options, schema), "--positive-class"
    elif offers[0].names is not None:
        names, origin = offers[0].names, "column names"
        renamed = len(options.classes or ()) == len(names) and not set(options.classes or ()) & set(names)
        if options.classes and (renamed or set(options.classes) == set(names)):
            names, origin = options.classes, "--classes"
        elif options.classes:
            raise ClassOrderError(
                f"--classes names {_some(options.classes)}, the columns {_some(names)}",
                file=table,
                hint="leave --classes out: the columns are named",
            )
    elif options.classes or schema:
        names, origin = (options.classes, "--classes") if options.classes else (schema or (), schema_origin)
        if len(names) != width:
            raise ShapeError(
                f"{width} probabilities a row, but {len(names)} classes ({origin})",
                file=table,
                column=offers[0].columns[0],
                hint="the matrix needs one column a class, in the order of the classes"
                + ("; is it transposed?" if width == labels.n_rows else ""),
            )
    elif labels.integers:
        names, origin = tuple(str(i) for i in range(width)), "positions 0 to K-1"
    elif set(labels.values) <= {"true", "false"} and width == 2:
        names, origin = ("false", "true"), "false, true"
    else:
        raise ClassOrderError(
            f"labels are text ({_some(labels.values)}); nothing tells the order of the {width} probabilities",
            file=table,
            column=offers[0].columns[0],
            hint="give the order with --classes a,b,c or --classes @FILE",
        )
    if len(names) < 2:
        raise OneClassError(
            f"{len(names)} probability column: at least two classes are needed",
            file=table,
            hint="for one column with the probability of the positive class give --positive-class NAME",
        )
    return _order(names, origin, labels, schema, table)


def order_of_labels(labels: LabelIndex, options: InputOptions) -> ClassOrder:
    """The classes where no probabilities have to match them: `--classes`, the schema, or the labels, sorted.

    Raises:
        LabelError: no row has a label.
        OneClassError: all labels are one class.
        ClassOrderError, ShapeError: names that cannot be classes.
    """
    first = labels.roles[0]
    schema = next((r.schema_classes for r in labels.roles if r.schema_classes), None)
    names, origin = tuple(sorted(labels.values, key=natural)), "the labels, sorted"
    if options.classes or schema:
        names, origin = (options.classes, "--classes") if options.classes else (schema or (), "schema")
    if not labels.values:
        raise LabelError(
            "no row has a label",
            file=first.table.name,
            column=first.label,
            hint="a model is trained on the labels: label some rows, or name the column with --label-col",
        )
    if len(names) < 2:
        raise OneClassError(
            f"all labels are '{names[0]}'",
            file=first.table.name,
            column=first.label,
            hint="a label can only be judged against other classes: scan data with at least two",
        )
    return _order(names, origin, labels, schema, first.table.name)


def natural(name: str) -> tuple[list[str | int], str]:
    """A sort key by which 2 comes before 10, also inside a text.

    Example:
        >>> sorted(["10", "-1", "2", "b10", "b9"], key=natural)
        ['-1', '2', '10', 'b9', 'b10']
    """
    parts: list[str | int] = [
        int(part) if i % 2 else part for i, part in enumerate(re.split(r"(^-?[0-9]{1,18}|[0-9]{1,18})", name))
    ]
    return parts, name


def _order(
    names: Sequence[str], origin: str, labels: LabelIndex, schema: Sequence[str] | None, table: str
) -> ClassOrder:
    if len(names) > MOST_CLASSES:
        raise ShapeError(
            f"{len(names):,} classes: at most {MOST_CLASSES:,} can be audited at once",
            file=table,
            hint="matrices of classes by classes are held in memory: audit groups of classes",
        )
    if len(set(names)) < len(names):
        raise ClassOrderError(
            f"a class is named twice in {_some(names)}", hint="every class needs a name of its own"
        )
    class_of_value, notices = _numbered(names, labels, schema)
    return ClassOrder(names=tuple(names), class_of_value=class_of_value, origin=origin, notices=notices)


def _binary_names(
    labels: LabelIndex, options: InputOptions, schema: tuple[str, ...] | None
) -> tuple[str, ...]:
    positive = options.positive_class or ""
    known = options.classes or schema or labels.values
    others = [name for name in known if name != positive]
    if len(others) != 1:
        raise ClassOrderError(
            f"--positive-class '{positive}' needs one other class, not {len(others)} ({_some(others)})",
            hint="the single column serves binary labels; check the spelling, or name both with --classes",
        )
    return (others[0], positive)


def _numbered(
    names: Sequence[str], labels: LabelIndex, schema: Sequence[str] | None
) -> tuple[AnyArray, tuple[Notice, ...]]:
    number_of = {name: i for i, name in enumerate(names)}
    notices: list[Notice] = []
    values = list(labels.values)
    if schema and labels.integers:
        # Hugging Face stores the number and keeps the name in the schema.
        named = dict(enumerate(schema))
        values = [named.get(int(v), v) for v in values]
        if not set(values) & set(number_of):
            values = list(labels.values)
    if not any(v in number_of for v in values):
        if labels.integers and by_position(values, len(names)):
            number_of = {str(i): i for i in range(len(names))}
            notices.append(
                Notice(
                    code="labels-by-position",
                    message=f"whole-number labels are taken as positions: 0 is '{names[0]}', "
                    f"{len(names) - 1} is '{names[-1]}'",
                )
            )
        else:
            number_of = (
                {name.lower(): i for name, i in number_of.items()}
                if set(values) <= {"true", "false"}
                else number_of
            )
            if set(number_of) == {"0", "1"} and set(values) <= {"true", "false"}:
                number_of = {"false": number_of["0"], "true": number_of["1"]}
    classes = np.array([*(number_of.get(v, -1) for v in values), -1], dtype=np.int32)
    return classes, tuple(notices)


def label_fault(labels: LabelIndex, order: ClassOrder, codes: AnyArray) -> LabelError | None:
    """The error for missing or unknown labels (LA905), naming the first; None when all are known."""
    bad: IntArray = np.flatnonzero(codes < 0)
    if not len(bad):
        return None
    unknown = bad[labels.value_codes[bad] >= 0]
    first = int(unknown[0] if len(unknown) else bad[0])
    role, row = labels.place(first)
    if len(unknown):
        value = labels.values[labels.value_codes[first]]
        message = f"'{value}' is none of the {len(order.names)} classes ({_some(order.names)})"
        hint = _unknown_hint(labels, order)
        more = len(unknown) - 1
        if len(bad) > len(unknown):
            hint += f"; {len(bad) - len(unknown):,} more rows have no label at all"
    else:
        message, more = "the label is missing", len(bad) - 1
        hint = "label these rows, or leave them out with --on-missing-label skip"
    return LabelError(
        message,
        file=role.table.name,
        column=role.label,
        row=row,
        line=line_of(role, row),
        more=more,
        hint=hint,
    )


def _unknown_hint(labels: LabelIndex, order: ClassOrder) -> str:
    n_classes = len(order.names)
    numbers = [int(v) for v in labels.values] if labels.integers else []
    if (
        numbers
        and order.names == tuple(map(str, range(n_classes)))
        and min(numbers) >= 1
        and max(numbers) == n_classes
    ):
        return (
            f"the labels run from 1 to {n_classes}: give --classes 1,2,...,{n_classes} if column 0 is class 1"
        )
    return (
        "correct the label, name the classes with --classes, or leave such rows out "
        "with --on-missing-label skip"
    )


def _some(values: Sequence[str], most: int = 4) -> str:
    return ", ".join(f"'{v}'" for v in list(values)[:most]) + (", ..." if len(values) > most else "")
