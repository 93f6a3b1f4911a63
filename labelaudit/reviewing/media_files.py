"""Which pictures and sounds may be handed out: real ones, that lie in the dataset's folders.

The cells of a dataset are not trusted: `../../.ssh/id_rsa` is no picture, wherever links lead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labelaudit.auditing import Audit
from labelaudit.errors import UsageError
from labelaudit.previews import Media, media_type

LARGEST = 64 << 20
"""Bytes of the largest file that is shown."""
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe in the dataset must not hang the server


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file that may be shown."""

    path: Path  # with all links followed
    kind: str  # media type: "image/png"
    n_bytes: int


def media_roots(audit: Audit, more: Iterable[str | Path] = ()) -> tuple[Path, ...]:
    """The folders of an audit's files and the folders that were scanned, links followed, and some more.

    Raises:
        UsageError: one of those more is no folder.
    """
    named = [Path(folder) for folder in more]
    for folder in named:
        if not folder.is_dir():
            raise UsageError(f"--media-root {folder}: no such folder", hint="the folder of the pictures")
    folders = [Path(file.path).parent for file in audit.summary.inputs if Path(file.path).exists()]
    folders += [Path(path) for path in audit.summary.paths if Path(path).is_dir()]
    return tuple(dict.fromkeys(folder.resolve() for folder in [*folders, *named]))


def media_file(media: Media, roots: Iterable[Path]) -> MediaFile | str:
    """Check one picture or sound.

    Args:
        media: a file, not an address and not bytes in memory.
        roots: folders in which it may lie, links followed.

    Returns:
        The file; or why it is not shown, in words.
    """
    assert media.place is not None
    try:
        path = Path(media.place).resolve(strict=True)
        if not any(path.is_relative_to(root) for root in roots):
            return "lies outside of the dataset's folders (--media-root FOLDER allows another one)"
        descriptor = os.open(path, os.O_RDONLY | _NO_WAIT)
        try:
            found = os.fstat(descriptor)
            start = os.read(descriptor, 1024) if stat.S_ISREG(found.st_mode) else b""
        finally:
            os.close(descriptor)
    except (OSError, ValueError, RuntimeError):  # a null character in the name; links that go in circles
        return "is not there, or cannot be read"
    kind, _ = media_type(start)
    if not kind.startswith(("image/", "audio/")):
        return "is neither picture nor sound"
    if found.st_size > LARGEST:
        return f"is larger than {LARGEST >> 20} MB"
    return MediaFile(path=path, kind=kind, n_bytes=found.st_size)
