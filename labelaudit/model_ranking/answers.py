"""Which column of a file of predictions holds them, and which class each value means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labelaudit.batch import float_matrix
from labelaudit.config import InputOptions
from labelaudit.errors import (
    ClassOrderError,
    ColumnNotFoundError,
    NonFiniteError,
    ProbabilityError,
    ShapeError,
)
from labelaudit.io.labels import LabelIndex, line_of
from labelaudit.io.probabilities import ProbColumns, all_offers
from labelaudit.io.readers.npy import NpyTable
from labelaudit.io.roles import NPY_COLUMN, Roles
from labelaudit.io.tables import Kind
from labelaudit.model_ranking.label_codes import LabelCodes, label_codes
from labelaudit.types import AnyArray, FloatArray

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

    def codes(self, records: pa.RecordBatch, start: int) -> LabelCodes:
        """The class of each row of a batch whose first row is `start`."""
        if self.offer is not None:
            named = self.offer.single or self.offer.names is not None
            return LabelCodes(self._likeliest(records, start), "name" if named else "position")
        assert self.label is not None
        return label_codes(records, start, label=self.label, roles=self.roles, classes=self.classes)

    def _likeliest(self, records: pa.RecordBatch, start: int) -> AnyArray:
        """The class of the largest probability."""
        assert self.offer is not None
        columns = self.offer.columns
        matrix = float_matrix(records, columns, file=self.roles.table.name, start=start)
        listed = self.offer.names is None and not self.offer.single
        if listed and len(matrix) and matrix.shape[1] != len(self.classes):
            raise wrong_width(self.roles.table.name, columns[0], matrix.shape[1], len(self.classes))
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
            self._refuse_beyond(matrix[:, 0], start)
            return (matrix[:, 0] > 0.5).astype(np.int64)
        numbers = self.class_numbers
        # Columns in class order, so that of equal probabilities the first class wins.
        order = np.argsort(numbers)
        found: AnyArray = numbers[order][matrix[:, order].argmax(axis=1)]
        return found

    def _refuse_beyond(self, values: FloatArray, start: int) -> None:
        """Raise ProbabilityError unless values lie in [0, 1]: of a logit, 0.5 is not the middle."""
        assert self.offer is not None
        bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
        if len(bad):
            row = start + int(bad[0])
            raise ProbabilityError(
                f"{values[bad[0]]:g} is no probability",
                file=self.roles.table.name,
                column=self.offer.columns[0],
                row=row,
                line=line_of(self.roles, row),
                more=len(bad) - 1,
                hint="give the probability of the positive class, not a logit or a score",
            )

    @property
    def class_numbers(self) -> AnyArray:
        """The class of each probability column."""
        assert self.offer is not None
        if self.offer.names is None:
            return np.arange(len(self.classes))
        return numbers_of_names(self.offer.names, self.classes, self.roles.table.name)


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
            raise wrong_width(table.name, None, table.width, len(classes))
    wanted = [pred_col] if pred_col else [] if asked_probs else ANSWER_NAMES
    label = next((name for name in wanted if name in names and not _is_nested(table.schema, name)), None)
    if label is not None or pred_col:
        return None if label is None else Answer(roles=role, label=label, offer=None, classes=classes)
    offers = all_offers([role], _labels(classes), options)
    return Answer(roles=role, label=None, offer=offers[0], classes=classes) if offers else None


def wrong_width(file: str, column: str | None, width: int, n_classes: int) -> ShapeError:
    """The error for probabilities without names of classes that are not as many as classes."""
    return ShapeError(
        f"{width} probabilities a row, but the audit has {n_classes} classes",
        file=file,
        column=column,
        hint="give one a class, in the order of the audit's classes.csv",
    )


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
