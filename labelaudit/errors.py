"""Everything that can be wrong with what labelaudit is asked or given.

Each error has a stable `code` (an LA rule, or a few words with dashes) and says
where it is (`file`, `column`, `row`, `line`), how many more there are (`more`)
and the mend (`hint`). `str(error)` is the whole message; the command line prints
it as it is:

    >>> print(NonFiniteError("is nan", file="train.parquet", column="pred_probs",
    ...                      row=4711, more=12, hint="repair or drop these rows"))
    error[LA901]: train.parquet, column 'pred_probs', row 4711: is nan (and 12 more rows)
    hint: repair or drop these rows
"""

from __future__ import annotations

from typing import ClassVar


class LabelAuditError(Exception):
    """The root of all errors that labelaudit raises on purpose.

    Args:
        message: what is wrong, without the place.
        file: the file as the user named it.
        column: the column's name.
        row: row in its file, counted from 0.
        line: 1-based line of a text file.
        more: how many further rows have the same fault.
        hint: the mend, one or two sentences.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        column: str | None = None,
        row: int | None = None,
        line: int | None = None,
        more: int = 0,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.column = column
        self.row = row
        self.line = line
        self.more = more
        self.hint = hint

    def __str__(self) -> str:
        text = f"error[{self.code}]: {place(self.file, self.column, self.row, self.line)}{self.message}"
        if self.more:
            text += f" (and {self.more} more row{'s' if self.more > 1 else ''})"
        if self.hint:
            text += f"\nhint: {self.hint}"
        return text


def place(file: str | None, column: str | None, row: int | None, line: int | None) -> str:
    """The address of a fault as text, empty or ending in a colon and a space."""
    parts = []
    if file is not None:
        parts.append(file)
    if column is not None:
        parts.append(f"column '{column}'")
    if row is not None:
        parts.append(f"row {row} (line {line})" if line is not None else f"row {row}")
    return ", ".join(parts) + ": " if parts else ""


# --- asked wrongly -----------------------------------------------------------------------------


class UsageError(LabelAuditError):
    """The call itself is wrong: an option, a path, a configuration."""

    code = "usage"


class ConfigError(UsageError):
    """A setting is unknown or has an impossible value."""

    code = "config"


class InputNotFoundError(UsageError):
    """A path that does not exist."""

    code = "file-not-found"


class OutputError(UsageError):
    """A place that cannot be written, or must not be overwritten."""

    code = "output"


class AuditNotFoundError(UsageError):
    """A folder that holds no audit, or an unreadable one."""

    code = "audit-not-found"


class RowNotFoundError(UsageError):
    """An id that the audit does not have."""

    code = "row-not-found"


class AmbiguousRowError(UsageError):
    """An id that stands in several splits."""

    code = "ambiguous-row"


class GitError(UsageError):
    """An old version that git does not give."""

    code = "git"


# --- data not as promised ----------------------------------------------------------------------


class DataError(LabelAuditError):
    """The data cannot be audited as it is."""

    code = "data"


class UnreadableFileError(DataError):
    """A file that is damaged, or not of the format its name tells."""

    code = "unreadable-file"


class EmptyDatasetError(DataError):
    """No rows."""

    code = "empty-dataset"


class ColumnNotFoundError(DataError):
    """A column that an option names, or a role needs, is in no table."""

    code = "column-not-found"


class AmbiguousInputError(DataError):
    """Tables or folders that claim the same role and disagree."""

    code = "ambiguous-input"


class ClassOrderError(DataError):
    """Nothing tells which probability belongs to which class, or the names do not fit."""

    code = "class-order"


class ShapeError(DataError):
    """Counts or widths that do not agree."""

    code = "shape"


class NonFiniteError(DataError):
    """A probability or an embedding that is nan, infinite or missing."""

    code = "LA901"


class ProbabilityError(DataError):
    """Probabilities outside 0-1, or rows that do not sum to 1."""

    code = "LA902"


class InSampleError(DataError):
    """Probabilities that saw the labels which they are to judge."""

    code = "LA903"


class ColumnOrderError(DataError):
    """Another assignment of columns to classes fits far better."""

    code = "LA904"


class LabelError(DataError):
    """A given label that is missing or unknown."""

    code = "LA905"


class IdError(DataError):
    """Ids that are missing, duplicated or unmatched."""

    code = "LA906"


class NoInformationError(DataError):
    """Probabilities that are the same for every row, or all tied."""

    code = "LA909"


class OneClassError(DataError):
    """Fewer than two classes: there is nothing to confuse a label with."""

    code = "one-class"


class PredictionError(DataError):
    """Nothing to predict classes from, or too few labelled rows to learn them."""

    code = "prediction"


# --- corrections and installation --------------------------------------------------------------


class CorrectionError(LabelAuditError):
    """A correction that does not fit the file any more."""

    code = "correction"


class MissingExtraError(LabelAuditError):
    """A package that this command needs is not installed."""

    code = "missing-extra"


ALL_ERRORS: tuple[type[LabelAuditError], ...] = (
    UsageError,
    ConfigError,
    InputNotFoundError,
    OutputError,
    AuditNotFoundError,
    RowNotFoundError,
    AmbiguousRowError,
    GitError,
    DataError,
    UnreadableFileError,
    EmptyDatasetError,
    ColumnNotFoundError,
    AmbiguousInputError,
    ClassOrderError,
    ShapeError,
    NonFiniteError,
    ProbabilityError,
    InSampleError,
    ColumnOrderError,
    LabelError,
    IdError,
    NoInformationError,
    OneClassError,
    PredictionError,
    CorrectionError,
    MissingExtraError,
)
"""Every error with a code of its own, in the order of the manual."""
