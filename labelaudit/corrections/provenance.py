"""`changes.csv`: every cell that was changed, by whom and why, and what stood there before.

The file of the last run is `changes.csv`; earlier ones are `changes-1.csv`, `changes-2.csv`, ... in the
order in which they were written. What was taken back in place is `reverted-1.csv`, ...
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast, get_args

from labelaudit.corrections.values import Action, Source
from labelaudit.decisions.records import long_fields
from labelaudit.errors import InputNotFoundError, UnreadableFileError
from labelaudit.io.writers.csv import quoted

CHANGES = "changes.csv"
LATER = re.compile(r"changes-([0-9]+)\.csv")
REVERTED = re.compile(r"reverted-([0-9]+)\.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """One line of `changes.csv`."""

    id: str
    file: str  # that was written
    row: int | None  # in the file as it was; None for a whole file
    column: str
    old_label: str  # class names
    new_label: str  # empty for a dropped row
    source: Source
    reviewers: tuple[str, ...]
    rules: tuple[str, ...]
    fingerprint: str
    old_cell: str  # the exact former source of the cell, of a dropped row that of the whole record
    action: Action
    new_cell: str  # the new label as it is read from the file


COLUMNS = tuple(field.name for field in fields(ChangeRecord))


def changes_text(records: Iterable[ChangeRecord]) -> bytes:
    """The content of `changes.csv`; bytes that were no UTF-8 are written as they were."""
    # Python's csv module leaves a lone carriage return without quotes, and then reads it as a line end.
    rows = [COLUMNS, *(map(_cell, map(record.__getattribute__, COLUMNS)) for record in records)]
    return "".join(",".join(map(quoted, row)) + "\n" for row in rows).encode("utf-8", "surrogateescape")


def _cell(value: str | int | tuple[str, ...] | None) -> str:
    return ";".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def read_changes(path: Path) -> list[ChangeRecord]:
    """Read what an earlier run wrote.

    Raises:
        InputNotFoundError: there is no such file.
        UnreadableFileError: it is no `changes.csv`.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        with long_fields():
            lines = list(csv.reader(io.StringIO(text, newline="")))
        if not lines or tuple(lines[0]) != COLUMNS:
            raise UnreadableFileError(
                "is no file of changes", file=str(path), hint=f"name a {CHANGES} that `apply --write` wrote"
            )
        return [_record(values) for values in lines[1:] if values]
    except FileNotFoundError as error:
        raise InputNotFoundError("does not exist", file=str(path), hint="check the path") from error
    except (OSError, ValueError, csv.Error) as error:
        raise UnreadableFileError(f"cannot be read: {error}", file=str(path)) from error


def _record(values: list[str]) -> ChangeRecord:
    named = dict(zip(COLUMNS, values, strict=True))
    action, source = named["action"], named["source"]
    if action not in get_args(Action) or source not in get_args(Source):
        raise ValueError(f"'{action}' by '{source}' is no change")
    return ChangeRecord(
        id=named["id"],
        file=named["file"],
        row=int(named["row"]) if named["row"] else None,
        column=named["column"],
        old_label=named["old_label"],
        new_label=named["new_label"],
        source=cast(Source, source),
        reviewers=tuple(filter(None, named["reviewers"].split(";"))),
        rules=tuple(filter(None, named["rules"].split(";"))),
        fingerprint=named["fingerprint"],
        old_cell=named["old_cell"],
        action=cast(Action, action),
        new_cell=named["new_cell"],
    )


def history(folder: Path) -> list[ChangeRecord]:
    """All changes that an audit's folder tells of and that were not taken back, the latest last."""
    earlier = sorted(_numbered(folder, LATER))
    paths = [*(path for _, path in earlier), folder / CHANGES]
    return [record for path in paths if path.exists() for record in read_changes(path)]


def latest_changes(folder: Path) -> Path | None:
    """The file of the last run that was not taken back."""
    earlier = [path for _, path in sorted(_numbered(folder, LATER))]
    return next((path for path in (folder / CHANGES, *earlier[::-1]) if path.exists()), None)


def next_free(folder: Path, pattern: re.Pattern[str]) -> Path:
    """A name for the file that is to give way: one more than the highest number."""
    number = max((number for number, _ in _numbered(folder, pattern)), default=0) + 1
    return folder / f"{'changes' if pattern is LATER else 'reverted'}-{number}.csv"


def _numbered(folder: Path, pattern: re.Pattern[str]) -> Iterator[tuple[int, Path]]:
    for path in folder.iterdir():
        if found := pattern.fullmatch(path.name):
            yield int(found[1]), path
