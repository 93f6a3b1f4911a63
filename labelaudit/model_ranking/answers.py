"""Which column of a file of predictions holds them, and which class each value means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labelaudit.batch import float_matrix
from labelaudit.config import InputOptions
from labelaudit.errors import ClassOrderError, ColumnNotFoundError, LabelError, NonFiniteError, ShapeError
from labelaudit.io.labels import LabelIndex, line_of
from labelaudit.io.probabilities import ProbColumns, all_offers
from labelaudit.io.readers.npy import NpyTable
from labelaudit.io.roles import NPY_COLUMN, Roles
from labelaudit.io.tables import Kind
from labelaudit.io.text import as_text, hugging_face_classes
from labelaudit.types import AnyArray

ANSWER_NAMES = (
    "predicted_label",
    "prediction",
    "predicted",
    "pred_label",
    "predicted_class",
    "pred",
    "y_pred",
)
"""Columns of predicted labels; the first that exists wins, before probabilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What of one table tells the predictions: a column of labels, or probabilities."""

    roles: Roles
    label: str | None
    offer: ProbColumns | None
    classes: tuple[str, ...]

    @property
    def kinds(self) -> dict[str, Kind]:
        """The columns to read, and how."""
        if self.offer is not None:
            return self.offer.kinds
        assert self.label is not None
        return {self.label: Kind.TEXT}

    @property
    def found_by(self) -> str:
        """The columns, for people."""
        return f"column {self.label}" if self.offer is None else self.offer.found_by

    def codes(self, records: pa.RecordBatch, start: int) -> AnyArray:
        """The class number of each row of a batch whose first row is `start`."""
        if self.offer is None:
            return self._label_codes(records, start)
        width = None if self.offer.single or self.offer.names else len(self.classes)
        columns = self.offer.columns
        matrix = float_matrix(records, columns, file=self.roles.table.name, start=start, width=width)
        bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
        if len(bad):
            raise NonFiniteError(
                "is nan, infinite or missing",
                file=self.roles.table.name,
                column=columns[0] if len(columns) == 1 else None,
                row=start + int(bad[0]),
                line=line_of(self.roles, start + int(bad[0])),
                more=len(bad) - 1,
                hint="repair these rows, or predict them again",
            )
        if self.offer.single:
            return (matrix[:, 0] > 0.5).astype(np.int64)
        numbers = self.class_numbers
        # Columns in class order, so that of equal probabilities the first class wins.
        order = np.argsort(numbers)
        found: AnyArray = numbers[order][matrix[:, order].argmax(axis=1)]
        return found

    @property
    def class_numbers(self) -> AnyArray:
        """The class of each probability column."""
        assert self.offer is not None
        if self.offer.names is None:
            return np.arange(len(self.classes))
        return numbers_of_names(self.offer.names, self.classes, self.roles.table.name)

    def _label_codes(self, records: pa.RecordBatch, start: int) -> AnyArray:
        """Numbers of labels as texts: of classes, else positions."""
        column = records.column(self.label)
        texts = _numbers_as_texts(column) if self.roles.table.format == "npy" else as_text(column)
        coded = texts.dictionary_encode()
        table = self.roles.table
        schema = hugging_face_classes(table.schema, self.label) if self.label else None
        number_of = {name: i for i, name in enumerate(self.classes)}
        if schema and not {str(i) for i in range(len(schema))} & set(number_of):
            number_of |= {str(i): number_of[name] for i, name in enumerate(schema) if name in number_of}
        elif not schema and not any(name.isdecimal() for name in self.classes):
            number_of |= {str(i): i for i in range(len(self.classes))}
        if {"true", "false"} <= {name.lower() for name in self.classes}:
            number_of |= {name.lower(): i for i, name in enumerate(self.classes)}
        values = coded.dictionary.to_pylist()
        numbers = np.array([*(number_of.get(value, -1) for value in values), -1], dtype=np.int64)
        codes: AnyArray = numbers[coded.indices.fill_null(len(values)).to_numpy()]
        bad = np.flatnonzero(codes < 0)
        if len(bad):
            row = start + int(bad[0])
            raise _no_class(self, texts[int(bad[0])].as_py(), row, len(bad) - 1)
        return codes


def _numbers_as_texts(column: pa.Array) -> pa.Array:
    """A one-dimensional array, which its reader gives as lists of one number."""
    return as_text(column.flatten())


def _no_class(answer: Answer, value: str | None, row: int, more: int) -> LabelError:
    some = ", ".join(f"'{name}'" for name in answer.classes[:4]) + (
        ", ..." if len(answer.classes) > 4 else ""
    )
    what = "the prediction is missing" if value is None else f"'{value}' is no class of the audit ({some})"
    return LabelError(
        what,
        file=answer.roles.table.name,
        column=answer.label,
        row=row,
        line=line_of(answer.roles, row),
        more=more,
        hint="write the classes as the audit names them, or name another column with --pred-col",
    )


def numbers_of_names(names: Sequence[str], classes: Sequence[str], file: str) -> AnyArray:
    """The class numbers of probability columns that are named for classes, or else numbered from 0.

    Raises:
        ClassOrderError: names that are no classes, or two columns for one class.
    """
    number_of = {name: i for i, name in enumerate(classes)}
    positions = {str(i): i for i in range(len(classes))}
    if not set(names) & set(classes) and set(names) == set(positions):
        number_of = positions
    strange = [name for name in names if name not in number_of]
    if strange or len(set(names)) < len(names):
        raise ClassOrderError(
            f"a probability column is named for '{strange[0]}', which is no class of the audit"
            if strange
            else "two probability columns are named for the same class",
            file=file,
            hint=f"name the columns after the classes: {', '.join(classes[:6])}",
        )
    return np.array([number_of[name] for name in names])


def answer_of(
    role: Roles, classes: tuple[str, ...], options: InputOptions, pred_col: str | None = None
) -> Answer | None:
    """What of a table tells the predictions; None where nothing does.

    Args:
        role: of the table.
        classes: of the audit, in order.
        options: names of probability columns.
        pred_col: the column of predicted labels.

    Raises:
        ShapeError: an array whose width is not that of the classes.
    """
    table = role.table
    names = table.schema.names
    asked_probs = options.probs_col or options.probs_prefix or options.positive_class
    if isinstance(table, NpyTable):
        if len(table.array_shape) == 1:
            return Answer(roles=role, label=NPY_COLUMN, offer=None, classes=classes)
        if table.width != len(classes):
            raise ShapeError(
                f"{table.width} probabilities a row, but the audit has {len(classes)} classes",
                file=table.name,
                hint="the array needs one column a class, in the order of the audit's classes.csv",
            )
    wanted = [pred_col] if pred_col else [] if asked_probs else ANSWER_NAMES
    label = next((name for name in wanted if name in names and not _is_nested(table.schema, name)), None)
    if label is not None or pred_col:
        return None if label is None else Answer(roles=role, label=label, offer=None, classes=classes)
    offers = all_offers([role], _labels(classes), options)
    return Answer(roles=role, label=None, offer=offers[0], classes=classes) if offers else None


def _is_nested(schema: pa.Schema, name: str) -> bool:
    return bool(pa.types.is_nested(schema.field(name).type))


def _labels(classes: tuple[str, ...]) -> LabelIndex:
    """The audit's classes as if they had been read from labels, for the finding of probability columns."""
    none = np.zeros(0, dtype=np.int64)
    return LabelIndex(
        roles=(),
        offsets=np.zeros(1, dtype=np.int64),
        values=classes,
        value_codes=none,
        id_hashes=None,
        splits=(),
        split_codes=none,
    )


def nothing_found(file: str, names: Sequence[str], pred_col: str | None) -> ColumnNotFoundError:
    """The error for a file without predictions."""
    found = ", ".join(names[:8])
    return ColumnNotFoundError(
        f"no column '{pred_col}' of predicted labels" if pred_col else "no predictions found",
        file=file,
        hint=f"there are {found}; name the predicted labels with --pred-col, or give probabilities: a list "
        "column pred_probs, columns prob_CLASS, or --probs-col, --probs-prefix",
    )
