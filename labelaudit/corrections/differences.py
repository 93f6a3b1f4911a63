"""What corrections change in each file, before anything of the dataset is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labelaudit.corrections.hunks import Hunk, has_lines, hunks_of
from labelaudit.corrections.values import ChangedRow, FileEdits
from labelaudit.io.readers.faults import temporary_room
from labelaudit.io.rewriters import rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDifference:
    """What changes in one file: lines where it has some, else rows."""

    name: str
    hunks: Iterable[Hunk] | None
    rows: Sequence[ChangedRow]


@contextmanager
def difference_of(file: FileEdits, rows: Sequence[ChangedRow]) -> Iterator[FileDifference]:
    """The difference that the edits of a file make; a text file is written to a temporary place first.

    Args:
        file: the file and its edits.
        rows: the same for people.

    Raises:
        CorrectionError: the file is not as it was read.
        OutputError: there is no room for the temporary file.
    """
    if not has_lines(file):
        yield FileDifference(name=file.name, hunks=None, rows=rows)
        return
    with temporary_room():
        folder = tempfile.TemporaryDirectory(prefix="labelaudit-diff-")
    with folder:
        new = Path(folder.name, "new")
        with temporary_room():
            rewrite(file.path, new, file.edits, name=file.name, format=file.format)
        auto = frozenset(row.row for row in rows if row.source == "auto")
        yield FileDifference(name=file.name, hunks=hunks_of(file, new, auto), rows=rows)
