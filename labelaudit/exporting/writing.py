"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from labelaudit.errors import OutputError
from labelaudit.exporting.model import Files


def check_folder(folder: Path) -> None:
    """Raise OutputError unless a new folder can take its place there: absent or empty, in one that exists."""
    if folder.exists() and not folder.is_dir():
        raise OutputError("is a file, not a folder", file=str(folder), hint="name a new folder")
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise OutputError("the folder is not empty", file=str(folder), hint="name a new or empty one")
    except OSError as error:
        raise OutputError(error.strerror or str(error), file=str(folder)) from error
    if not folder.absolute().parent.is_dir():
        raise OutputError("its folder does not exist", file=str(folder), hint=f"mkdir -p {folder.parent}")


def write_folder(files: Files, folder: Path) -> None:
    """Write files to a temporary sibling, which then takes the folder's name.

    Args:
        files: relative names and contents.
        folder: absent or empty.

    Raises:
        OutputError: it cannot be written, or has come to hold something.
    """
    check_folder(folder)
    final = folder.resolve()
    try:
        fresh = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=final.parent))
        try:
            for name, chunks in files:
                file = fresh / name
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("wb") as stream:
                    stream.writelines(chunks)
            fresh.chmod(0o777 & ~_umask())  # a temporary folder is its owner's alone
            if final.is_dir():
                final.rmdir()
            os.replace(fresh, final)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise OutputError(error.strerror or str(error), file=str(folder)) from error


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
