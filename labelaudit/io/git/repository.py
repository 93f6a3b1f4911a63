"""Which repository holds a path, and where it keeps things."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labelaudit.errors import GitError
from labelaudit.io.git.process import Answer, ask, fatal_line


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with a working tree."""

    top: Path

    def ask(self, *words: str) -> Answer:
        """Run git at the top of the working tree."""
        return ask(self.top, *words)

    def is_shallow(self) -> bool:
        """Whether its history is cut off somewhere."""
        return self.ask("rev-parse", "--is-shallow-repository").line == "true"

    def is_partial(self) -> bool:
        """Whether it leaves objects with a remote until they are wanted."""
        promised = r"^(remote\..*\.promisor|extensions\.partialclone)$"
        return self.ask("config", "--get-regexp", promised).code == 0

    def cut_commits(self) -> set[str]:
        """The commits whose parents a shallow clone left out."""
        # git gives this path from the top, or absolute in a linked working tree.
        file = self.top / self.ask("rev-parse", "--git-path", "shallow").line
        return set(file.read_text(encoding="ascii").split()) if file.is_file() else set()

    def lfs_store(self) -> Path:
        """The folder of the Git LFS objects that have been fetched."""
        common = self.top / self.ask("rev-parse", "--git-common-dir").line
        moved = self.ask("config", "--type=path", "--get", "lfs.storage")
        return common / (moved.line if moved.code == 0 else "lfs") / "objects"

    def unreadable(self, file: str, commit: str, places: Sequence[Path], complaint: str) -> GitError:
        """The error for an object that git does not give, of these places of the working tree."""
        if self.is_partial():
            paths = [place.relative_to(self.top).as_posix() for place in places]
            fetch = shlex.join(["git", "-C", str(self.top), "archive", commit, *paths])
            return GitError(
                "is not in this partial clone",
                file=file,
                hint=f"{fetch} > /dev/null fetches it; in GitHub's checkout action leave out filter",
            )
        return GitError(
            f"git cannot read it: {fatal_line(complaint)}",
            file=file,
            hint="git fsck tells what is damaged; a fresh clone mends it",
        )


def one_repository(paths: Sequence[Path]) -> Repository:
    """The repository that holds all these paths.

    Raises:
        GitError: there is none, git refuses to read it, or there are several.
    """
    repository = repository_of(paths[0])
    for path in paths[1:]:
        if nearest_folder(path).is_relative_to(repository.top) and repository_of(path) == repository:
            continue
        raise GitError(
            f"is outside of the repository {repository.top}",
            file=str(path),
            hint="name files and folders of one repository",
        )
    return repository


def repository_of(path: Path) -> Repository:
    """The repository whose working tree holds a path; the path itself need not exist any more.

    Raises:
        GitError: there is none, or git refuses to read it.
    """
    folder = nearest_folder(path)
    answer = ask(folder, "rev-parse", "--show-toplevel")
    if answer.code == 0:
        return Repository(Path(answer.line))
    if "safe.directory" in answer.complaint:
        advice = [line.strip() for line in answer.complaint.splitlines() if "safe.directory" in line]
        raise GitError(
            "git does not read this repository: it belongs to another user",
            file=str(path),
            hint=f"if you trust it: {advice[-1]}",
        )
    if "not a git repository" in answer.complaint:
        raise GitError(
            "is in no git repository",
            file=str(path),
            hint="name files of a git checkout, or give the old version as a file",
        )
    raise GitError(
        fatal_line(answer.complaint), file=str(path), hint="name files of the working tree of a git checkout"
    )


def place_of(path: Path) -> Path:
    """Where a path lies, links of folders followed.

    A link to a file stays a link: the old version may have pointed elsewhere.
    """
    if path.name in ("", "..") or path.is_dir():
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent), path.name)


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest one above that exists."""
    place = place_of(path)
    return next(folder for folder in (place, *place.parents) if folder.is_dir())
