"""Files that take the place of others together, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelaudit.corrections.label_files import SCAN_AGAIN
from labelaudit.corrections.scanned_inputs import stamp
from labelaudit.errors import CorrectionError, OutputError

NO_LINKS = (errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV, errno.ENOSYS)


class Replacing:
    """New files beside those whose names they will take."""

    def __init__(self) -> None:
        self._staged: list[tuple[Path | None, Path]] = []  # (fresh, final), in the order of renaming
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._replaced: list[tuple[Path, Path | None]] = []  # (final, the former file under another name)
        self._n_names = 0

    def fresh(self, final: Path, *, was: tuple[int, int] | None = None) -> Path:
        """A name beside a file, under which its successor is written; a link leads to its file.

        Args:
            final: what it will be called; its folder is made.
            was: size and time of change that the file must still have at the end.
        """
        final = final.resolve()
        final.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._sibling(final)
        self._staged.append((fresh, final))
        if was is not None:
            self._stamps[final] = was
        return fresh

    def remove(self, final: Path) -> None:
        """Let a file go when its turn comes."""
        self._staged.append((None, final.resolve()))

    def final_of(self, name: str | None) -> str | None:
        """The file that a name of ours stands for, for messages."""
        return next((str(final) for fresh, final in self._staged if str(fresh) == name), name)

    def commit(self) -> None:
        """Rename all, in the order in which they were named.

        Raises:
            CorrectionError: a file has changed meanwhile.
            OSError: what the system says.
        """
        for _, final in self._staged:
            self._check(final)
        for fresh, final in self._staged:
            self._replaced.append((final, self._kept(final)))
            self._check(final)
            if fresh is None:
                final.unlink()
            else:
                os.replace(fresh, final)

    def put_back(self) -> list[Path]:
        """Undo what was renamed; the former files that could not be put back stay under these names."""
        stuck = []
        for final, former in reversed(self._replaced):
            try:
                if former is None:
                    final.unlink(missing_ok=True)
                else:
                    os.replace(former, final)
            except OSError:
                stuck += [former] if former is not None else []
        self._replaced = [(final, former) for final, former in self._replaced if former not in stuck]
        return [_saved(former) for former in stuck]

    def clean(self) -> None:
        """Remove what is not needed any more."""
        for path in (*(fresh for fresh, _ in self._staged), *(former for _, former in self._replaced)):
            if path is not None:
                path.unlink(missing_ok=True)

    def _check(self, final: Path) -> None:
        was = self._stamps.get(final)
        if was is not None and stamp(final) != was:
            raise CorrectionError(
                "has been changed while the corrections were made; nothing was written",
                file=str(final),
                hint=f"apply again; if labels have changed, {SCAN_AGAIN}",
            )

    def _kept(self, final: Path) -> Path | None:
        """A second name for a file that is to be replaced; there is no moment without the file."""
        if not final.exists():
            return None
        former = self._sibling(final)
        try:
            os.link(final, former)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            shutil.copy2(final, former)
        return former

    def _sibling(self, final: Path) -> Path:
        while True:  # a process that was killed may have had the same number
            self._n_names += 1
            name = final.with_name(f".labelaudit-{os.getpid()}-{self._n_names}")
            if not name.exists():
                return name


def _saved(former: Path) -> Path:
    """A file under a name that no later run takes for what a killed one left."""
    try:
        return former.rename(former.with_name(f"{former.name}.saved"))
    except OSError:
        return former


@contextmanager
def replaced_together(place: str) -> Iterator[Replacing]:
    """Stage new files inside the block; at its end all take their names, after an error or Ctrl-C none.

    Args:
        place: where they go, for the error.

    Raises:
        OutputError: the disk is full, a folder may not be written, and the like.
    """
    replacing = Replacing()
    try:
        yield replacing
        replacing.commit()
    except BaseException as error:
        stuck = replacing.put_back()
        where = "all files are as they were" if not stuck else f"the former content is in {stuck[0]}"
        if isinstance(error, OSError):
            raise OutputError(
                f"cannot be written: {error.strerror or error}; {where}",
                file=replacing.final_of(error.filename) or place,
                hint="make room, or choose a place that may be written",
            ) from error
        raise
    finally:
        replacing.clean()
