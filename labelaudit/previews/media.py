"""Pictures and sounds that a table names or holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labelaudit.io.readers.faults import foreign_errors

MEDIA_TYPES = {
    b"\x89PNG": ("image/png", ".png"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
    b"GIF8": ("image/gif", ".gif"),
    b"BM": ("image/bmp", ".bmp"),
    b"II*\0": ("image/tiff", ".tif"),
    b"MM\0*": ("image/tiff", ".tif"),
    b"fLaC": ("audio/flac", ".flac"),
    b"OggS": ("audio/ogg", ".ogg"),
    b"ID3": ("audio/mpeg", ".mp3"),
    b"\xff\xfb": ("audio/mpeg", ".mp3"),
    b"\xff\xf3": ("audio/mpeg", ".mp3"),
    b"\xff\xf2": ("audio/mpeg", ".mp3"),
}
IN_RIFF = {b"WEBP": ("image/webp", ".webp"), b"WAVE": ("audio/wav", ".wav")}
UNKNOWN = ("application/octet-stream", ".bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture or a sound: a file, an address, or bytes that the table itself holds."""

    name: str | None  # as the table has it
    place: str | None  # a file, found from the current folder, or an address; None for bytes in memory
    data: bytes | None = field(default=None, repr=False)
    embedded: bool = False  # in the table; `place` is then where it was unpacked to, if it was

    @property
    def is_address(self) -> bool:
        """Whether it lies on the web, or is written out as `data:`."""
        return self.place is not None and is_address(self.place)

    def read(self) -> bytes:
        """Its bytes; not those of an address.

        Raises:
            InputNotFoundError, UnreadableFileError: the file is gone or cannot be read.
        """
        if self.data is not None:
            return self.data
        assert self.place is not None
        with foreign_errors(self.place, hint="is the file whole?"):
            return Path(self.place).read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one row shows; None and nothing where its table has no such column, or the cell is empty."""

    text: str | None = None
    image: Media | None = None
    audio: Media | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)  # the others that describe the item


def media_type(data: bytes, name: str | None = None) -> tuple[str, str]:
    r"""The media type and file suffix of a picture or a sound, by its first bytes.

    Args:
        data: the file, or its first kilobyte.
        name: how the table calls it; its suffix is kept where the bytes tell nothing.

    Example:
        >>> media_type(b"\x89PNG\r\n"), media_type(b"??", "plan.dwg")
        (('image/png', '.png'), ('application/octet-stream', '.dwg'))
    """
    if data.startswith(b"RIFF"):
        return IN_RIFF.get(data[8:12], UNKNOWN)
    for start, kind in MEDIA_TYPES.items():
        if data.startswith(start):
            return kind
    if data.startswith(b"<svg") or (data.startswith(b"<?xml") and b"<svg" in data[:1024]):
        return "image/svg+xml", ".svg"
    suffix = Path(name or "").suffix
    return UNKNOWN[0], suffix if suffix[1:].isalnum() and suffix.isascii() else UNKNOWN[1]


def is_address(text: str) -> bool:
    """Whether a text is an address on the web, or a picture written out."""
    return "://" in text or text.startswith("data:")


def place_of(name: str, table: Path) -> str:
    """Where a picture is that a table names: beside the table, or else from the current folder."""
    if is_address(name):
        return name
    beside = table.parent / name
    # os.path, as a Path raises where a cell is too long for a name.
    from_here = not os.path.exists(beside) and os.path.exists(name)
    return (Path(name) if from_here else beside).as_posix()
