"""The old version of a dataset: files, a folder, or what git has at a commit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from labelaudit.changes import LabelVersion
from labelaudit.config import InputOptions
from labelaudit.errors import UsageError
from labelaudit.io.classes import ClassOrder, order_of_labels
from labelaudit.io.discover import tables_under
from labelaudit.io.hashing import text_hashes
from labelaudit.io.label_tables import find_labels
from labelaudit.io.labels import LabelIndex
from labelaudit.io.probabilities import ProbColumns, all_offers
from labelaudit.io.roles import roles_of
from labelaudit.io.tables import Table, open_table
from labelaudit.item_columns import content_hashes, item_columns
from labelaudit.types import AnyArray, HashArray, no_progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelTables:
    """The given labels of one version; `index` is None where it has no rows."""

    name: str  # for people
    index: LabelIndex | None
    order: ClassOrder | None
    offers: tuple[ProbColumns, ...] = ()

    @property
    def item_columns(self) -> frozenset[str]:
        """The columns that describe the items."""
        roles = self.index.roles if self.index is not None else ()
        return frozenset(name for role in roles for name in item_columns(role, self.offers))

    def label_names(self) -> list[str | None]:
        """The name of each distinct label: that of its class, else as written; None for missing ones."""
        assert self.index is not None
        assert self.order is not None
        codes = self.order.class_of_value[:-1]
        return [
            self.order.names[code] if code >= 0 else value
            for code, value in zip(codes.tolist(), self.index.values, strict=True)
        ] + [None]

    def version(self) -> LabelVersion:
        """The hashes that make each row what it is."""
        nothing = np.zeros(0, dtype=np.uint64)
        if self.index is None:
            return LabelVersion(ids=nothing, splits=nothing, labels=nothing, contents=nothing)
        return LabelVersion(
            ids=self.index.id_hashes,
            splits=_coded(self.index.splits, self.index.split_codes),
            labels=_coded(self.label_names()[:-1], self.index.value_codes),
            contents=content_hashes(self.index, self.offers),
        )


def _coded(texts: Sequence[str | None], codes: AnyArray) -> HashArray:
    hashes: HashArray = text_hashes(pa.array([*texts, None], pa.string()))[codes]
    return hashes


def label_tables(
    tables: Sequence[Table], options: InputOptions, classes: Sequence[str], *, name: str
) -> LabelTables:
    """Read the labels of some tables by the rules of a scan.

    Args:
        tables: of one version; those without labels are passed over, and so may all be.
        options: as of the scan.
        classes: the names of the classes, in their order.
        name: of the version, for people.

    Raises:
        DataError: labels that cannot be read.
    """
    options = replace(options, classes=tuple(classes))
    roles = [roles_of(table, options) for table in tables]
    if not any(role.label for role in roles):
        return LabelTables(name=name, index=None, order=None)
    index = find_labels(roles, options, no_progress)
    if index.n_rows == 0 or not index.values:
        return LabelTables(name=name, index=None, order=None)
    order = order_of_labels(index, replace(options, positive_class=None))
    return LabelTables(name=name, index=index, order=order, offers=tuple(all_offers(roles, index, options)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OldVersion:
    """What a dataset is compared with: read whole, so that its files may go."""

    name: str  # for people
    version: LabelVersion
    item_columns: frozenset[str]


def old_version(
    against: str,
    paths: Sequence[str],
    options: InputOptions,
    classes: Sequence[str],
    *,
    without: Sequence[str] = (),
) -> OldVersion:
    """Read the labels as they were.

    Args:
        against: a git ref, of which the merge base with HEAD is read; a file; or a folder.
        paths: what was scanned.
        options: of the scan.
        classes: the names of the classes, in their order.
        without: files whose old content is not needed.

    Raises:
        UsageError, GitError, DataError: the old version cannot be read.
    """
    with old_tables(against, paths, without=without) as (name, tables):
        old = label_tables(tables, options, classes, name=name)
        return OldVersion(name=name, version=old.version(), item_columns=old.item_columns)


@contextmanager
def old_tables(
    against: str, paths: Sequence[str], *, without: Sequence[str] = (), merge_base: bool = True
) -> Iterator[tuple[str, list[Table]]]:
    """The tables of an old version, and its name for people; what git had to unpack is removed in the end.

    Args:
        against: a git ref, a file or a folder.
        paths: what was scanned: git is asked for their old content.
        without: files whose old content is not needed, such as those of probabilities.
        merge_base: for a ref, whether the last commit that it shares with HEAD is meant.

    Raises:
        UsageError: nothing is called so, or both a file and a ref.
        GitError: git cannot tell.
    """
    from labelaudit.io.git import is_ref, old_files

    near = Path(paths[0]) if paths else Path()
    known_file, known_ref = Path(against).exists(), is_ref(against, near)
    looks_like_path = against.startswith((".", "/", "~"))
    if known_file and known_ref and not looks_like_path:
        raise UsageError(
            f"'{against}' is both a file or folder and a git ref",
            hint=f"write ./{against} for the file, refs/heads/{against} for the branch",
        )
    if known_file:
        yield against, tables_under([Path(against)])
        return
    if "-" in paths:
        raise UsageError("standard input has no old version in git", hint="name the old file: --against FILE")
    folder = Path(tempfile.mkdtemp(prefix="labelaudit-old-"))
    try:
        old = old_files(
            against,
            [Path(path) for path in paths],
            folder,
            merge_base=merge_base,
            without=[Path(p) for p in without],
        )
        name = f"{against} ({'merge base ' if merge_base else ''}{old.commit[:7]})"
        yield name, [open_table(file, name=shown) for file, shown in old.files]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
