"""What OLD and NEW name: a file, a folder, a git ref, or REF:PATH as git writes it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from labelaudit.errors import GitError, UsageError
from labelaudit.io.discover import tables_under
from labelaudit.io.tables import Table, is_table
from labelaudit.old_versions import REF_AND_PATH, is_path, ref_and_path, unpacked

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two versions, by name; files of the working tree where `ref` is None."""

    text: str  # as typed
    ref: str | None
    paths: tuple[str, ...]
    is_bare: bool = False  # a ref that was given no path of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTables:
    """The tables of a version; it may have none where a ref was given no path of its own."""

    name: str  # for people
    tables: tuple[Table, ...]
    absent: tuple[str, ...] = ()  # paths that the commit does not have

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked for is there."""
        return bool(self.tables) and not self.absent


def sides_of(
    old: str, new: str, *, paths: Sequence[str] = (), audited: Sequence[str] = ()
) -> tuple[Side, Side]:
    """Tell what the two names mean.

    Args:
        old: a file, a folder, a git ref, or REF:PATH, which counts from the top of the repository.
        new: the same.
        paths: what is read at a ref without a path; by default the path of the other side.
        audited: what is read where both are such refs.

    Raises:
        UsageError: a name that nothing or too much is called by, or two refs and no path.
        GitError: git cannot tell.
    """
    near = next((Path(text) for text in (*paths, old, new, *audited) if os.path.exists(text)), Path())
    sides = [_side(text, near) for text in (old, new)]
    bare = [side for side in sides if side.is_bare]
    known = [path for side in sides for path in side.paths]
    wanted = tuple(paths or known or audited)
    if paths and not bare:
        raise UsageError("--path, and no ref that lacks one", hint="leave --path out: both sides name files")
    if bare and not wanted:
        raise UsageError(
            f"'{old}' and '{new}' are refs: nothing tells which files to read",
            hint=f"add --path data/, or write {old}:data/labels.csv {new}:data/labels.csv",
        )
    if bare and STDIN in wanted:
        raise UsageError(
            "the audit read standard input: nothing tells which files to read", hint="name them with --path"
        )
    first, second = (replace(side, paths=wanted) if side.is_bare else side for side in sides)
    return first, second


def _side(text: str, near: Path) -> Side:
    from labelaudit.io.git import is_ref

    if text == STDIN:
        raise UsageError("standard input is no version to compare", hint="save it to a file first")
    if is_path(text, near):
        return Side(text=text, ref=None, paths=(text,))
    if is_ref(text, near):
        return Side(text=text, ref=text, paths=(), is_bare=True)
    if text.startswith(":"):
        raise UsageError(
            f"'{text}': git's index is not read", hint="name the file itself, or commit and write HEAD:PATH"
        )
    found = ref_and_path(text, near)
    if found is None:
        named = REF_AND_PATH.fullmatch(text)
        raise _unknown(text if named is None else named[1], near)
    ref, path = found
    return Side(text=text, ref=ref, paths=(path,))


def _unknown(text: str, near: Path) -> UsageError:
    """The error for a name that is neither a path nor a ref."""
    from labelaudit.io.git.commits import commit_of
    from labelaudit.io.git.repository import repository_of

    try:
        if is_table(Path(text)) or text.startswith((".", "/", "~")) or text.endswith("/"):
            tables_under([Path(text)])  # raises; its hint knows the neighbours
        commit_of(repository_of(near), text)
    except GitError as error:
        place = f"{error.file} " if error.file else ""
        return GitError(f"'{text}' is no file or folder; as a ref: {place}{error.message}", hint=error.hint)
    except UsageError as error:
        return error
    return UsageError(f"'{text}' is no file, no folder and no ref")


@contextmanager
def opened(side: Side, *, without: Sequence[str] = ()) -> Iterator[SideTables]:
    """The tables of a side, for as long as they are needed.

    Args:
        side: from `sides_of`.
        without: files that a ref need not give, such as those of probabilities.

    Raises:
        UsageError, DataError: a file or folder that is not there, is damaged or holds no table.
        GitError: git does not give it.
    """
    if side.ref is None:
        yield SideTables(name=side.text, tables=tuple(tables_under([Path(path) for path in side.paths])))
        return
    with unpacked(side.ref, side.paths, without=without, merge_base=False) as found:
        if not found.tables and not side.is_bare:
            raise GitError(
                f"'{side.text}': the commit has no table there",
                hint=f"git ls-tree -r --name-only {side.ref} lists its files",
            )
        name = f"{side.text} ({found.commit[:7]})"
        yield SideTables(name=name, tables=tuple(found.tables), absent=found.absent)
