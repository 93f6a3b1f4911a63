"""Corrected files on disk: all of them with what tells where they come from, or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelaudit.corrections.file_edits import flag_of
from labelaudit.corrections.leftovers import remove_leftovers
from labelaudit.corrections.provenance import CHANGES, LATER, ChangeRecord, changes_text, next_free
from labelaudit.corrections.replacing import Replacing, replaced_together
from labelaudit.corrections.values import Corrections, FileEdits
from labelaudit.errors import OutputError
from labelaudit.io.rewriters import Rewritten, rewrite
from labelaudit.io.tables import SUFFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where one file is written."""

    edits: FileEdits
    path: Path
    in_place: bool

    @property
    def name(self) -> str:
        """As messages and `changes.csv` call it."""
        return self.edits.name if self.in_place else self.path.as_posix()


def targets_in_place(files: Sequence[FileEdits]) -> list[Target]:
    """The changed files themselves.

    Raises:
        OutputError: one is protected.
    """
    changed = [file for file in files if file.is_changed]
    for file in changed:
        if not os.access(file.path, os.W_OK):
            raise OutputError("may not be written", file=file.name, hint="--out PATH writes a copy")
    return [Target(edits=file, path=file.path, in_place=True) for file in changed]


def targets_under(files: Sequence[FileEdits], out: Path, *, force: bool) -> list[Target]:
    """A file for the only one, else a folder in which all files lie as they do now, the unchanged ones too.

    Raises:
        OutputError: something is there, or would be of another format than its name tells.
    """
    if len(files) == 1:
        if out.is_dir():
            raise OutputError("is a folder", file=str(out), hint=f"name a file: {out / files[0].path.name}")
        paths = [out]
    else:
        if out.exists() and not out.is_dir():
            raise OutputError(
                "is a file, and there are several to write", file=str(out), hint="name a folder"
            )
        parents = [file.path.parent.resolve() for file in files]
        common = os.path.commonpath(parents)
        paths = [
            out / parent.relative_to(common) / f.path.name for parent, f in zip(parents, files, strict=True)
        ]
    for file, path in zip(files, paths, strict=True):
        _check_target(file, path, files, force=force)
    return [Target(edits=file, path=path, in_place=False) for file, path in zip(files, paths, strict=True)]


def _check_target(file: FileEdits, path: Path, files: Sequence[FileEdits], *, force: bool) -> None:
    if _suffix(path) != _suffix(file.path):
        raise OutputError(
            f"the corrected file has the format of {file.path.name}",
            file=str(path),
            hint=f"give it a name that ends in {_suffix(file.path) or file.path.suffix}",
        )
    if path.exists() and any(path.samefile(other.path) for other in files):
        raise OutputError("is the dataset itself", file=str(path), hint="--in-place, if that is meant")
    if path.exists() and not (force and path.is_file()):
        raise OutputError("exists already", file=str(path), hint="--force overwrites a file")


def _suffix(path: Path) -> str:
    lowered = path.name.lower()
    return next((suffix for suffix in SUFFIXES if lowered.endswith(suffix)), "")


def write_corrections(corrections: Corrections, targets: Sequence[Target], folder: Path) -> None:
    """Write corrected files, and `changes.csv` into the audit's folder before them.

    All files are made beside their places first and then renamed; a failure half way puts the old ones back.

    Args:
        corrections: what changes.
        targets: where each file goes.
        folder: of the audit.

    Raises:
        CorrectionError: a file is not as it was read.
        OutputError: a file cannot be written.
    """
    with replaced_together(str(folder)) as replacing:
        changes = folder / CHANGES
        fresh = None
        if any(target.edits.is_changed for target in targets):
            if changes.exists():
                shutil.copy2(changes, replacing.fresh(next_free(folder, LATER)))
            fresh = replacing.fresh(changes)  # renamed before the others, so that they never lack it
        written = write_targets(targets, replacing)
        if fresh is not None:
            fresh.write_bytes(changes_text(_records(corrections, targets, written)))
    remove_leftovers([changes, *(file.path for file in corrections.files), *(t.path for t in targets)])


def write_targets(targets: Sequence[Target], replacing: Replacing) -> list[Rewritten]:
    """Write files under the names that they have until all are done.

    Returns:
        What stood where something changed, of each file.
    """
    written = []
    for target in targets:
        edits = target.edits
        fresh = replacing.fresh(target.path, was=edits.stamp if target.in_place else None)
        fresh.touch(mode=0o600)  # what is private stays so while it is written
        if edits.is_changed:
            written.append(rewrite(edits.path, fresh, edits.edits, name=edits.name, format=edits.format))
        else:
            shutil.copyfile(edits.path, fresh)
            written.append(Rewritten(cells=(), dropped=()))
        shutil.copymode(edits.path, fresh)
    return written


def _records(
    corrections: Corrections, targets: Sequence[Target], written: Sequence[Rewritten]
) -> Iterator[ChangeRecord]:
    number_of = {file.name: number for number, file in enumerate(corrections.files)}
    for target, rewritten in zip(targets, written, strict=True):
        edits = target.edits.edits
        if edits.added_column is not None:
            yield _column_record(target.name, edits.added_column)
        former = dict(zip((cell.row for cell in edits.cells), rewritten.cells, strict=True))
        former |= zip(edits.dropped, rewritten.dropped, strict=True)
        new = {cell.row: cell.new for cell in edits.cells}
        for row in corrections.rows:
            if row.file == number_of[target.edits.name]:
                yield ChangeRecord(
                    id=row.id,
                    file=target.name,
                    row=row.row,
                    column=edits.added_column or edits.column,
                    old_label=row.old,
                    new_label=row.new or "",
                    source=row.source,
                    reviewers=row.reviewers,
                    rules=row.rules,
                    fingerprint=row.fingerprint,
                    old_cell=former.get(row.row, ""),
                    action=row.action,
                    new_cell=flag_of(row) if row.action == "flag" else new.get(row.row, ""),
                )


def _column_record(file: str, column: str) -> ChangeRecord:
    return ChangeRecord(
        id="",
        file=file,
        row=None,
        column=column,
        old_label="",
        new_label="",
        source="human",
        reviewers=(),
        rules=(),
        fingerprint="",
        old_cell="",
        action="add-column",
        new_cell="",
    )
