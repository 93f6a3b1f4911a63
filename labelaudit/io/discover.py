"""From paths to tables: files, folders walked recursively, standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from labelaudit.errors import EmptyDatasetError, InputNotFoundError, UnreadableFileError
from labelaudit.io.tables import Table, is_table, open_table

AUDIT_FILES = ("summary.json", "scores.parquet")
DECISIONS = "decisions.jsonl"
TABLE_HINT = (
    "tables end in .parquet, .csv, .tsv, .jsonl, .ndjson, .arrow, .feather or .npy (text also .gz or .zst)"
)


def tables_under(paths: Sequence[Path]) -> list[Table]:
    """Open the header of every table file that the paths name or hold, in the order of their names.

    Hidden files and folders and earlier audits are left out.

    Raises:
        InputNotFoundError: a path that does not exist.
        UnreadableFileError: a file that was named and is no table, or a damaged one.
        EmptyDatasetError: a folder without any table.
    """
    tables: list[Table] = []
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise InputNotFoundError("no such file or folder", file=str(path), hint=_neighbours_hint(path))
        found = table_files(path) if path.is_dir() else [path]
        if path.is_dir() and not found:
            raise EmptyDatasetError(
                "the folder holds no table",
                file=str(path),
                hint=TABLE_HINT,
            )
        for file in found:
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            if not is_table(file):
                raise UnreadableFileError(
                    f"'{file.suffix or file.name}' is no table format that labelaudit reads",
                    file=str(file),
                    hint=TABLE_HINT,
                )
            tables.append(open_table(file, name=file.as_posix()))
    return tables


def table_files(folder: Path) -> list[Path]:
    """The table files below a folder, naturally sorted; hidden files, audits and decisions are left out."""
    files: list[Path] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(
            (f for f in folders if not f.startswith((".", "__")) and not is_audit(Path(here, f))),
            key=natural_key,
        )
        kept = [name for name in names if not name.startswith(".") and is_table(Path(name))]
        if DECISIONS in kept:  # of an audit, of which nothing else is committed
            kept.remove(DECISIONS)
        files += [Path(here, name) for name in sorted(kept, key=natural_key)]
    return files


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts part_2 before part_10."""
    return [
        (0, int(piece), "") if piece.isdecimal() else (1, 0, piece)
        for piece in re.split(r"([0-9]+)", name)
        if piece
    ]


def is_audit(folder: Path) -> bool:
    """Whether a folder looks like a saved audit."""
    return all((folder / name).is_file() for name in AUDIT_FILES)


def _neighbours_hint(path: Path) -> str:
    import difflib

    parent = path.parent
    if not parent.is_dir():
        return f"the folder {parent} does not exist either"
    close = difflib.get_close_matches(path.name, [p.name for p in parent.iterdir()], n=1)
    return (
        f"did you mean {parent / close[0]}?"
        if close
        else "check the path; it is taken from the current folder"
    )
