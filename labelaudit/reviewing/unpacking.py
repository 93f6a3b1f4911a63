"""A folder for unpacked pictures, for as long as a review lasts; what killed reviews left is cleared."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "labelaudit-review-"
ALIVE = ".alive"
"""In each folder: locked by its process, whose end releases it, however it came."""
YOUNG = 60.0
"""Seconds in which a folder that is not locked may still be about to be."""


@contextmanager
def unpacking_folder() -> Iterator[Path]:
    """An empty folder that is removed in the end; folders whose process was killed are removed first.

    Example:
        >>> with unpacking_folder() as folder:
        ...     made = list(folder.iterdir())
        >>> made, folder.exists()
        ([], False)
    """
    _clear_left_ones()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as outer:
        folder = Path(outer, "files")
        folder.mkdir()
        with open(Path(outer, ALIVE), "wb") as alive:
            _try_lock(alive.fileno())
            yield folder


def _clear_left_ones() -> None:
    """Only folders of this user, and only where the system can tell that nobody has them open."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid != os.getuid() or folder.is_symlink():
                continue
            descriptor = os.open(folder / ALIVE, os.O_RDWR | os.O_NOFOLLOW)
            try:
                is_young = time.time() - os.fstat(descriptor).st_mtime < YOUNG
                if not is_young and _try_lock(descriptor):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Lock a file until it is closed; whether nobody else has it."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
