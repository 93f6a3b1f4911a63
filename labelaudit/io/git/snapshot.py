"""The table files of some paths as they were at a commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labelaudit.errors import GitError
from labelaudit.io.git.blobs import Blob, Unpacker
from labelaudit.io.git.commits import commit_of, known_commit
from labelaudit.io.git.commits import merge_base as common_commit
from labelaudit.io.git.repository import one_repository, place_of, repository_of
from labelaudit.io.git.trees import TREE, Tree
from labelaudit.io.readers.faults import temporary_room
from labelaudit.io.tables import format_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFiles:
    """The table files of some paths as they were at a commit, unpacked into a folder.

    Attributes:
        ref: the commit as the user named it.
        commit: the full hash of the commit that was read, of the merge base where that was asked for.
        folder: holds the files; the caller removes it.
        files: each unpacked file and its name for people, such as "main:data/labels.csv", in the order
            of `tables_under`. Below `folder` and the number of its path a file has the path that the
            user would name it by, so that its split and Hive partitions are told as today.
        absent: the paths that the commit does not have.
    """

    ref: str
    commit: str
    folder: Path
    files: tuple[tuple[Path, str], ...]
    absent: tuple[str, ...]


def is_ref(text: str, near: Path) -> bool:
    """Whether git knows a text as a commit, in the repository that holds `near`.

    Also False where git cannot say: it is not installed, there is no repository, or it refuses to read it.
    """
    try:
        return known_commit(repository_of(near), text) is not None
    except GitError:
        return False


def old_files(
    ref: str, paths: Sequence[Path], into: Path, *, merge_base: bool, without: Collection[Path] = ()
) -> OldFiles:
    """Unpack the table files of some paths as they were at a commit.

    Folders are listed as in the working tree: tables only, hidden files and earlier audits left out.
    `.npy` is never unpacked, for it holds no labels. Links of folders are followed as they point today.

    Args:
        ref: a branch, a tag, a hash: whatever git takes for a commit.
        paths: at least one file or folder of the working tree, which may have been deleted there.
        into: the folder to unpack into; made when absent.
        merge_base: read the last commit that `ref` and HEAD have in common, not `ref` itself: what has
            changed on that branch since is no change made here.
        without: files of the working tree whose old version is not wanted.

    Raises:
        GitError: no git, no repository, no such commit, or a file that git does not give.
        OutputError: the disk is full.
    """
    repository = one_repository(paths)
    own = commit_of(repository, ref)
    commit = common_commit(repository, ref, own) if merge_base else own
    tree = Tree(repository, ref, commit)
    blobs, absent = _blobs(tree, paths, into, {place_of(path) for path in without})
    with temporary_room():
        into.mkdir(parents=True, exist_ok=True)
    Unpacker(
        repository,
        commit,
        places=[place_of(path) for path in paths if str(path) not in absent],
        lfs_ref=ref if commit == own else commit,
        lfs_store=repository.lfs_store(),
    ).unpack(blobs)
    return OldFiles(
        ref=ref,
        commit=commit,
        folder=into,
        files=tuple((blob.target, blob.name) for blob in blobs),
        absent=tuple(absent),
    )


def _blobs(
    tree: Tree, paths: Sequence[Path], into: Path, without: Collection[Path]
) -> tuple[list[Blob], list[str]]:
    """What to unpack to where, each file once, and the paths that the commit does not have."""
    seen = set(without)
    blobs, absent = [], []
    for number, path in enumerate(paths):
        place = place_of(path)
        if place in seen:
            continue
        entry = tree.entry(place)
        if entry is None:
            absent.append(str(path))
            continue
        # An absolute path, or one that climbs, must stay below the folder too.
        room = into.joinpath(str(number), *(p for p in path.parts if p not in (path.anchor, "..")))
        if entry.mode == TREE:
            found = [(one.oid, one.path) for one in tree.tables(entry, place, seen)]
        else:
            found = [(entry.oid, PurePosixPath())] if format_of(path) != "npy" else []
        blobs += [Blob(oid, room / below, tree.name(place / below)) for oid, below in found]
        seen.update(place / below for _, below in found)
    return blobs, absent
