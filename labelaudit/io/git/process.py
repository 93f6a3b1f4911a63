"""Running git: to read, asking nobody, never over the network."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labelaudit.errors import GitError

SET = {
    "LC_ALL": "C",  # its messages are read below
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # what holds a partial clone back before git 2.45
    "GIT_LITERAL_PATHSPECS": "1",  # a file may be called :(top) or *.csv
}
UNSET = (
    # A hook sets these for the repository that it runs in; ours is found from the path.
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    # These contradict GIT_LITERAL_PATHSPECS.
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
STREAMED_FROM = "core.bigFileThreshold=16m"
"""git reads packed blobs below this size into memory whole; its own bound is 512 MiB."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a git command gave back."""

    code: int
    out: bytes
    complaint: str

    @property
    def line(self) -> str:
        """The output as one line, decoded as file names are."""
        return os.fsdecode(self.out.removesuffix(b"\n"))


def ask(folder: Path, *words: str) -> Answer:
    """Run git in a folder and wait for it.

    Raises:
        GitError: there is no git.
    """
    with git_is_there():
        done = subprocess.run(
            command(folder, *words),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    return Answer(code=done.returncode, out=done.stdout, complaint=done.stderr.decode(errors="replace"))


def command(folder: Path, *words: str) -> list[str]:
    """The command line of a git command."""
    return ["git", "-C", str(folder), "-c", STREAMED_FROM, *words]


def environment() -> dict[str, str]:
    """Our environment, with what git must and must not find in it."""
    return {name: value for name, value in os.environ.items() if name not in UNSET} | SET


@contextmanager
def git_is_there() -> Iterator[None]:
    """Turn a git that cannot be started into an error of ours."""
    try:
        yield
    except OSError as error:
        raise GitError(
            "git cannot be run" if not isinstance(error, FileNotFoundError) else "git is not installed",
            hint="install git, or give the old version as a file",
        ) from error


def fatal_line(complaint: str) -> str:
    r"""What git said was fatal, or else its last line.

    Example:
        >>> fatal_line("warning: slow\nfatal: not a tree object\n")
        'not a tree object'
    """
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return (fatal or lines[-1:] or ["git gave no reason"])[0]
