r"""Git LFS: the small text file that stands in git for a large one.

    >>> pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0a" * 32 + b"\nsize 12\n"
    >>> is_pointer(pointer), pointer_oid(pointer)[:6], pointer_size(pointer)
    (True, '0a0a0a', 12)

The format is told in https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md.
"""

from __future__ import annotations

import re
from pathlib import Path

from labelaudit.errors import UnreadableFileError

VERSION = b"version https://git-lfs.github.com/spec/v1"
POINTER_BYTES = 1024
"""A pointer has fewer bytes than this."""


def is_pointer(start: bytes) -> bool:
    """Whether this is a Git LFS pointer.

    Args:
        start: a whole file; its first `POINTER_BYTES` bytes will do, for a pointer has fewer.
    """
    return len(start) < POINTER_BYTES and start.partition(b"\n")[0].rstrip(b"\r") == VERSION


def pointer_oid(pointer: bytes, name: str | None = None) -> str:
    """The SHA-256 of the content that a pointer stands for, in hex.

    Raises:
        UnreadableFileError: the pointer has none; `name` is how the error calls it.
    """
    # Exactly hex: the name becomes a path.
    return _field(rb"oid sha256:([0-9a-f]{64})", pointer, name)


def pointer_size(pointer: bytes, name: str | None = None) -> int:
    """How many bytes the content has.

    Raises:
        UnreadableFileError: the pointer does not tell; `name` is how the error calls it.
    """
    return int(_field(rb"size ([0-9]{1,18})", pointer, name))


def object_path(store: Path, oid: str) -> Path:
    """Where the `objects` folder of a local store keeps a content.

    Example:
        >>> object_path(Path(".git/lfs/objects"), "0a1b2c").as_posix()
        '.git/lfs/objects/0a/1b/0a1b2c'
    """
    return store / oid[:2] / oid[2:4] / oid


def _field(pattern: bytes, pointer: bytes, name: str | None) -> str:
    found = re.search(rb"^" + pattern + rb"\r?$", pointer, flags=re.MULTILINE)
    if found is None:
        raise UnreadableFileError(
            "is a damaged Git LFS pointer", file=name, hint="commit the file again with git lfs"
        )
    return found[1].decode("ascii")
