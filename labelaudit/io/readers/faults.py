"""The seam where errors of pyarrow, numpy, zlib and the system become ours."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pyarrow as pa

from labelaudit.errors import (
    ColumnNotFoundError,
    InputNotFoundError,
    LabelAuditError,
    OutputError,
    UnreadableFileError,
)

DAMAGED = "is the file whole, and of the format its name tells?"


@contextmanager
def foreign_errors(file: str, *, says: str = "cannot be read", hint: str = DAMAGED) -> Iterator[None]:
    """Turn what other libraries raise inside the block into errors that name `file`.

    Args:
        file: the file as the user named it.
        says: what is wrong, in front of the foreign error's first line.
        hint: the mend.

    Raises:
        InputNotFoundError: the file is gone.
        UnreadableFileError: anything else that is the file's fault.
    """
    try:
        yield
    except LabelAuditError:
        raise
    except FileNotFoundError as error:
        raise InputNotFoundError("does not exist", file=file, hint="check the path") from error
    except PermissionError as error:
        raise UnreadableFileError(
            "may not be read (permission denied)", file=file, hint="ask for the right to read it"
        ) from error
    except pa.ArrowMemoryError as error:
        raise UnreadableFileError("asks for more memory than there is", file=file, hint=hint) from error
    except (OSError, EOFError, UnicodeError, pa.ArrowException) as error:
        raise UnreadableFileError(f"{says}: {first_line(error)}", file=file, hint=hint) from error


@contextmanager
def temporary_room() -> Iterator[None]:
    """Turn a temporary folder that is full, or missing, into an error that names it.

    Raises:
        OutputError: whatever the system says about it.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot keep a temporary file: {first_line(error)}",
            file=tempfile.tempdir or os.environ.get("TMPDIR"),
            hint="set TMPDIR to a folder with more room",
        ) from error


def first_line(error: BaseException) -> str:
    """What a foreign error says, short enough for one line."""
    text = str(error).strip() or type(error).__name__
    line = text.splitlines()[0]
    return line if len(line) <= 160 else line[:157] + "..."


def require_columns(schema: pa.Schema, columns: Collection[str], file: str) -> None:
    """Raise unless each of these columns is in the schema once."""
    for column in columns:
        count = len(schema.get_all_field_indices(column))
        if count == 0:
            names = ", ".join(schema.names[:12]) + (", ..." if len(schema.names) > 12 else "")
            raise ColumnNotFoundError(
                "is not in the file", file=file, column=column, hint=f"it has the columns {names}"
            )
        if count > 1:
            raise UnreadableFileError(
                f"is there {count} times", file=file, column=column, hint="give each column its own name"
            )
