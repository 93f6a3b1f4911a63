"""The old version of a dataset: files, a folder, or what git has at a commit."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from labelaudit.changes import LabelVersion
from labelaudit.config import InputOptions
from labelaudit.errors import ColumnNotFoundError, UsageError
from labelaudit.io.classes import ClassOrder, order_of_labels
from labelaudit.io.discover import tables_under
from labelaudit.io.hashing import text_hashes
from labelaudit.io.label_tables import find_labels
from labelaudit.io.labels import LabelIndex
from labelaudit.io.probabilities import ProbColumns, all_offers
from labelaudit.io.readers.faults import temporary_room
from labelaudit.io.roles import roles_of
from labelaudit.io.tables import Table, open_table
from labelaudit.item_columns import content_hashes, item_columns
from labelaudit.types import AnyArray, HashArray, no_progress

REF_AND_PATH = re.compile(r"((?:[^:{]|\{[^}]*\})+):(.*)", re.DOTALL)  # HEAD^{/a: b} has a colon too


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelTables:
    """The given labels of one version; `index` is None where it has no rows.

    `order` is None where nothing names the classes: labels then stand as they are written.
    """

    name: str  # for people
    index: LabelIndex | None
    order: ClassOrder | None
    offers: tuple[ProbColumns, ...] = ()

    @property
    def n_rows(self) -> int:
        """N."""
        return 0 if self.index is None else self.index.n_rows

    @property
    def item_columns(self) -> frozenset[str]:
        """The columns that describe the items."""
        roles = self.index.roles if self.index is not None else ()
        return frozenset(name for role in roles for name in item_columns(role, self.offers))

    def label_names(self) -> list[str | None]:
        """The name of each distinct label: that of its class, else as written; None for missing ones."""
        assert self.index is not None
        if self.order is None:
            return [*self.index.values, None]
        codes = self.order.class_of_value[:-1]
        return [
            self.order.names[code] if code >= 0 else value
            for code, value in zip(codes.tolist(), self.index.values, strict=True)
        ] + [None]

    def label_hashes(self) -> HashArray:
        """(N,) a hash of the name of each row's label."""
        if self.index is None:
            return np.zeros(0, dtype=np.uint64)
        return _coded(self.label_names()[:-1], self.index.value_codes)

    def split_hashes(self) -> HashArray:
        """(N,) a hash of each row's split."""
        if self.index is None:
            return np.zeros(0, dtype=np.uint64)
        return _coded(self.index.splits, self.index.split_codes)

    def contents(self, only: Collection[str] | None = None) -> HashArray | None:
        """(N,) the hashes of the item columns, or of some of them; None where there are none."""
        return None if self.index is None else content_hashes(self.index, self.offers, only=only)

    def version(self, only: Collection[str] | None = None) -> LabelVersion:
        """The hashes that make each row what it is; of the item columns all, or some."""
        nothing = np.zeros(0, dtype=np.uint64)
        if self.index is None:
            return LabelVersion(ids=nothing, splits=nothing, labels=nothing, contents=nothing)
        return LabelVersion(
            ids=self.index.id_hashes,
            splits=self.split_hashes(),
            labels=self.label_hashes(),
            contents=self.contents(only),
        )


def _coded(texts: Sequence[str | None], codes: AnyArray) -> HashArray:
    hashes: HashArray = text_hashes(pa.array([*texts, None], pa.string()))[codes]
    return hashes


def label_tables(
    tables: Sequence[Table],
    options: InputOptions,
    classes: Sequence[str],
    *,
    name: str,
    labels_required: bool = False,
) -> LabelTables:
    """Read the labels of some tables by the rules of a scan.

    Args:
        tables: of one version; those without labels are passed over, and so may all be.
        options: as of the scan.
        classes: the names of the classes, in their order; may be empty where only names are compared.
        name: of the version, for people.
        labels_required: whether it is an error that no table has a column of labels.

    Raises:
        DataError: labels that cannot be read.
    """
    options = replace(options, classes=tuple(classes))
    roles = [roles_of(table, options) for table in tables]
    if not labels_required and not any(role.label for role in roles):
        return LabelTables(name=name, index=None, order=None)
    index = find_labels(roles, options, no_progress)
    if index.n_rows == 0:
        return LabelTables(name=name, index=None, order=None)
    is_named = classes or any(role.schema_classes for role in index.roles)
    order = (
        order_of_labels(index, replace(options, positive_class=None)) if is_named and index.values else None
    )
    return LabelTables(name=name, index=index, order=order, offers=tuple(all_offers(roles, index, options)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OldVersion:
    """What a dataset is compared with: read whole, so that its files may go."""

    name: str  # for people
    version: LabelVersion
    item_columns: frozenset[str]
    shared: frozenset[str] | None = None  # the item columns compared, where the new version has others


def old_version(
    against: str,
    paths: Sequence[str],
    options: InputOptions,
    classes: Sequence[str],
    *,
    without: Sequence[str] = (),
    label_files: Sequence[str] | None = None,
    item_columns: Collection[str] | None = None,
) -> OldVersion:
    """Read the labels as they were.

    Args:
        against: a git ref, or REF:PATH, read at the merge base with HEAD; a file; or a folder.
        paths: what was scanned.
        options: of the scan.
        classes: the names of the classes, in their order.
        without: files whose old content is not needed.
        label_files: those that hold labels now; none that did in git may be among the others.
        item_columns: those of the dataset now: where they differ, only what both have is compared.

    Raises:
        UsageError, GitError, DataError: the old version cannot be read, or is what was scanned.
    """
    is_file = os.path.exists(against)
    with old_tables(against, paths, without=without) as (name, tables, places):
        old = label_tables(tables, options, classes, name=name, labels_required=is_file)
        if is_file:
            _refuse_itself(old, paths)
        elif label_files is not None:
            _refuse_lost_labels(old, tables, places, label_files)
        shared = None
        if item_columns is not None and old.n_rows and old.item_columns != set(item_columns):
            shared = old.item_columns & set(item_columns)
        return OldVersion(
            name=name, version=old.version(shared), item_columns=old.item_columns, shared=shared
        )


def _refuse_itself(old: LabelTables, paths: Sequence[str]) -> None:
    """A file compared with itself has no changed rows, whatever it holds."""
    scanned = {table.path.resolve() for table in tables_under([Path(p) for p in paths if os.path.exists(p)])}
    tables = [] if old.index is None else [role.table for role in old.index.roles]
    same = next((table.name for table in tables if table.path.resolve() in scanned), None)
    if same is not None:
        raise UsageError(
            "is the old version and the new one: nothing would have changed",
            file=same,
            hint="name a git ref, such as origin/main, or a copy of the dataset as it was",
        )


def _refuse_lost_labels(
    old: LabelTables, tables: Sequence[Table], places: Sequence[Path], label_files: Sequence[str]
) -> None:
    """A table with labels in one version only: all of its rows would count as gone, or as new."""
    now = {Path(file).resolve() for file in label_files}
    labelled = {} if old.index is None else {role.table.path: role.label for role in old.index.roles}
    for table, place in zip(tables, places, strict=True):
        had, has = table.path in labelled, place.resolve() in now
        if had and not has and place.exists():
            column = labelled[table.path]
            raise ColumnNotFoundError(
                f"no given labels are read from it now; {table.name} has them in column '{column}'",
                file=str(place),
                hint="name their column with --label-col, or remove the file",
            )
        if has and not had and table.n_rows != 0 and old.index is None:
            raise ColumnNotFoundError(
                "no given labels are found in it: all rows would count as new",
                file=table.name,
                hint="was their column called otherwise? do without --against, so that all rows are judged",
            )


@contextmanager
def old_tables(
    against: str, paths: Sequence[str], *, without: Sequence[str] = (), merge_base: bool = True
) -> Iterator[tuple[str, list[Table], list[Path]]]:
    """The tables of an old version, its name for people, and where each belongs in the working tree.

    What git had to unpack is removed in the end.

    Args:
        against: a git ref, REF:PATH where the dataset had another name, a file or a folder.
        paths: what was scanned: git is asked for their old content.
        without: files whose old content is not needed, such as those of probabilities.
        merge_base: for a ref, whether the last commit that it shares with HEAD is meant.

    Raises:
        UsageError: nothing is called so, or both a file and a ref.
        GitError: git cannot tell.
    """
    if is_path(against, Path(paths[0]) if paths else Path()):
        tables = tables_under([Path(against)])
        yield against, tables, [table.path for table in tables]
        return
    if "-" in paths:
        raise UsageError("standard input has no old version in git", hint="name the old file: --against FILE")
    from labelaudit.io.git import refuse_untraceable

    placed = ref_and_path(against, Path(paths[0]) if paths else Path())
    ref, wanted = (against, paths) if placed is None else (placed[0], [placed[1]])
    with unpacked(ref, wanted, without=without, merge_base=merge_base) as found:
        refuse_untraceable(ref, found.commit, [Path(path) for path in found.absent])
        name = f"{against} ({'merge base ' if merge_base else ''}{found.commit[:7]})"
        yield name, found.tables, found.places


def is_path(text: str, near: Path) -> bool:
    """Whether a name is that of a file or folder; it may also be that of a ref, or nobody's.

    Args:
        text: the name.
        near: where the repository is looked for.

    Raises:
        UsageError: both a file and a ref are called so.
    """
    from labelaudit.io.git import is_ref

    known_file = os.path.exists(text)  # False also for names that no file can have
    if known_file and not text.startswith((".", "/", "~")) and is_ref(text, near):
        raise UsageError(
            f"'{text}' is both a file or folder and a git ref",
            hint=f"write ./{text} for the file, refs/heads/{text} for the branch",
        )
    return known_file


def ref_and_path(text: str, near: Path) -> tuple[str, str] | None:
    """What `REF:PATH` names, as git writes it: the ref, and the path as seen from the current folder.

    Args:
        text: the name.
        near: where the repository is looked for, if the current folder is in none that knows the ref.

    Returns:
        None where it is no such name, or nothing is called by the ref.
    """
    from labelaudit.io.git import is_ref
    from labelaudit.io.git.repository import repository_of

    found = REF_AND_PATH.fullmatch(text)
    if found is None:
        return None
    ref, path = found.groups()
    home = Path() if is_ref(ref, Path()) else near
    if not is_ref(ref, home):
        return None
    if path.split("/", maxsplit=1)[0] in (".", ".."):
        return ref, path
    return ref, os.path.relpath(repository_of(home).top / path)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnpackedTables:
    """What git has at a commit."""

    commit: str  # the full hash
    tables: list[Table]
    places: list[Path]  # where each of them belongs in the working tree
    absent: tuple[str, ...]  # the paths that the commit does not have


@contextmanager
def unpacked(
    ref: str, paths: Sequence[str], *, without: Sequence[str] = (), merge_base: bool = True
) -> Iterator[UnpackedTables]:
    """The tables of some paths at a commit, unpacked for as long as they are needed.

    Args:
        ref: what git takes for a commit.
        paths: files and folders of the working tree, which may be gone there.
        without: files that are not needed.
        merge_base: whether the last commit that it shares with HEAD is meant.

    Raises:
        GitError: git cannot tell.
    """
    from labelaudit.io.git import old_files

    with temporary_room():
        folder = Path(tempfile.mkdtemp(prefix="labelaudit-old-"))
    try:
        old = old_files(
            ref,
            [Path(path) for path in paths],
            folder,
            merge_base=merge_base,
            without=[Path(p) for p in without],
        )
        tables = [open_table(file, name=shown) for file, shown in old.files]
        # Below a folder a path, the layout is that of the working tree.
        below = [Path(*file.relative_to(folder).parts[1:]) for file, _ in old.files]
        places = [place if place.exists() else Path("/", place) for place in below]
        yield UnpackedTables(commit=old.commit, tables=tables, places=places, absent=old.absent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
