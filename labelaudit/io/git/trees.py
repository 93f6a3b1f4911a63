"""Which files a commit has at a path: the ones that a walk of the folder would find."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labelaudit.errors import GitError
from labelaudit.io.discover import AUDIT_FILES, is_audit, natural_key, table_files
from labelaudit.io.git.process import Answer
from labelaudit.io.git.repository import Repository
from labelaudit.io.tables import format_of

LINK, SUBMODULE, TREE = "120000", "160000", "040000"
HINTS = {
    LINK: "name the file or folder that it points to",
    SUBMODULE: "name paths inside of the submodule, with a commit of its own",
}
WORDS = {LINK: "a symbolic link", SUBMODULE: "a submodule"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree; the path is relative to where the listing began."""

    mode: str
    oid: str
    path: PurePosixPath


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a commit."""

    repository: Repository
    ref: str
    commit: str

    def name(self, place: Path) -> str:
        """What people call the old version of a file: `main:data/labels.csv`."""
        return f"{self.ref}:{place.relative_to(self.repository.top).as_posix()}"

    def entry(self, place: Path) -> Entry | None:
        """What the commit has at a place of the working tree.

        Raises:
            GitError: a symbolic link or a submodule, there or above.
        """
        relative = PurePosixPath(place.relative_to(self.repository.top).as_posix())
        if not relative.parts:
            return Entry(TREE, self.commit, relative)
        for path in (relative, *relative.parents[:-1]):
            found = self._listed(place, self.commit, "--", str(path))
            if not found:
                continue
            if found[0].mode in WORDS:
                raise self.not_a_file(found[0].mode, self.repository.top / path)
            return found[0] if path == relative else None
        return None

    def tables(self, folder: Entry, place: Path, without: Collection[Path]) -> list[Entry]:
        """The table files below a folder, in the order of a walk, hidden files and audits left out.

        Neither `.npy` nor the files of the working tree in `without` are among them.

        Raises:
            GitError: a table is a symbolic link, or a submodule holds tables.
        """
        listed = [e for e in self._listed(place, "-r", folder.oid) if _counts(e) and not _is_hidden(e)]
        audits = _audits([entry.path for entry in listed], place)
        tables = []
        for entry in listed:
            here = place / entry.path
            is_wanted = bool(table_files(here)) if entry.mode == SUBMODULE else holds_labels(here)
            if not is_wanted or here in without or not audits.isdisjoint(entry.path.parents):
                continue
            if entry.mode in WORDS:
                raise self.not_a_file(entry.mode, here)
            tables.append(entry)
        return sorted(tables, key=lambda entry: _order(entry.path))

    def not_a_file(self, mode: str, place: Path) -> GitError:
        """The error for what is no file or folder."""
        return GitError(f"is {WORDS[mode]}, which is not followed", file=self.name(place), hint=HINTS[mode])

    def _listed(self, place: Path, *words: str) -> list[Entry]:
        answer = self.repository.ask("ls-tree", "-z", *words)
        if answer.code:
            raise self.repository.unreadable(self.name(place), self.commit, [place], answer.complaint)
        return _entries(answer)


def _entries(answer: Answer) -> list[Entry]:
    entries = []
    for line in answer.out.split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, _, oid = head.decode("ascii").split(" ")
        entries.append(Entry(mode, oid, PurePosixPath(os.fsdecode(path))))
    return entries


def holds_labels(path: Path) -> bool:
    """Whether a file is a table that may hold labels: `.npy` holds none."""
    return format_of(path) not in (None, "npy")


def _counts(entry: Entry) -> bool:
    """Whether an entry is a table, may hold some, or shows that its folder is an audit."""
    return entry.mode == SUBMODULE or holds_labels(Path(entry.path)) or entry.path.name in AUDIT_FILES


def _is_hidden(entry: Entry) -> bool:
    folders = entry.path.parts if entry.mode == SUBMODULE else entry.path.parent.parts
    return entry.path.name.startswith(".") or any(f.startswith((".", "__")) for f in folders)


def _audits(paths: Sequence[PurePosixPath], place: Path) -> set[PurePosixPath]:
    """The folders that are audits, at the commit or now.

    A saved audit commits its decisions alone, so it often shows only in the working tree.
    """
    known = set(paths)
    folders = {folder for path in paths for folder in path.parents if folder.parts}
    return {
        folder
        for folder in folders
        if all(folder / name in known for name in AUDIT_FILES) or is_audit(place / folder)
    }


def _order(path: PurePosixPath) -> list[tuple[bool, list[tuple[int, int, str]], str]]:
    """Sorts a folder's files before its folders, as a walk comes by them; names that tie by themselves."""
    last = len(path.parts) - 1
    return [(i < last, natural_key(part), part) for i, part in enumerate(path.parts)]
