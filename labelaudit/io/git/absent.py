"""Paths that a commit does not have: new ones, renamed ones, or never known to git."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from labelaudit.errors import GitError
from labelaudit.io.git.repository import Repository, one_repository, place_of
from labelaudit.io.tables import format_of

NOT_TRACKED = "add the file to git, or name the old version as a file or folder: --against PATH"


def refuse_untraceable(ref: str, commit: str, absent: Sequence[Path]) -> None:
    """Refuse paths without an old version unless they are new: all of their rows would count as changed.

    Args:
        ref: the commit as the user named it.
        commit: its hash, or that of the merge base.
        absent: what the commit does not have.

    Raises:
        GitError: git knows no version of a path at all, or a table of the commit is gone, of which the path
            may be the new name.
    """
    if not absent:
        return
    repository = one_repository(absent)
    for path in absent:
        place = place_of(path).relative_to(repository.top).as_posix()
        if not repository.ask("ls-files", "--", place).out:
            raise GitError(
                "is not tracked by git, which has no old version of it", file=str(path), hint=NOT_TRACKED
            )
    gone = _gone(repository, commit)
    if gone:
        raise GitError(
            f"is not in {ref}, which has {gone}, and that is gone now: was it renamed?",
            file=str(absent[0]),
            hint=f"name its old place: --against {ref}:{gone}; where it is no new name, do without --against",
        )


def _gone(repository: Repository, commit: str) -> str | None:
    """The first table of a commit that is not in the working tree any more."""
    names = repository.ask("ls-tree", "-r", "-z", "--name-only", commit).out.split(b"\0")
    for name in map(os.fsdecode, filter(None, names)):
        if format_of(Path(name)) in (None, "npy") or any(part.startswith(".") for part in Path(name).parts):
            continue
        if not (repository.top / name).exists():
            return name
    return None
