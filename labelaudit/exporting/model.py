"""What a tool is given, and what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from labelaudit.types import Suspect

if TYPE_CHECKING:
    from labelaudit.previews.media import Media, Preview

Shown = Literal["text", "image", "audio"]
Files: TypeAlias = Iterator[tuple[str, Iterator[bytes]]]
"""Names and contents; a name is a path in the folder, or what stands behind the stem of the one file.

The first is the result itself, under the name "" where it is one file.
"""

_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029\ufffe\uffff]")  # legal in JSON; terminals and YAML mind them


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Suspects on their way to a tool."""

    suspects: tuple[Suspect, ...]  # worst first
    previews: Mapping[str, Preview]  # by fingerprint
    classes: tuple[str, ...]
    tool: str  # "labelaudit 0.1.0"
    target: Path | None  # where the result will lie; None is stdout

    def tasks(self) -> Iterator[tuple[Suspect, Preview]]:
        """Every suspect with what it shows."""
        return ((suspect, self.previews[suspect.fingerprint]) for suspect in self.suspects)

    def has(self, part: Shown) -> bool:
        """Whether any suspect shows a text, a picture or a sound."""
        return any(getattr(preview, part) is not None for _, preview in self.tasks())

    def media(self) -> Iterator[Media]:
        """All pictures and sounds."""
        for _, preview in self.tasks():
            yield from (found for found in (preview.image, preview.audio) if found is not None)

    def files(self) -> Iterator[Path]:
        """Those that are files which the table names, neither in it nor on the web."""
        for found in self.media():
            if not found.embedded and not found.is_address and found.place is not None:
                yield Path(found.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """An annotation tool."""

    is_folder: bool
    files: Callable[[Export], Files]
    hints: Callable[[Export], Iterable[str]]  # what to do with the result, and what to know of it
    check: Callable[[Export], None] = lambda export: None  # raises where the tool cannot take them
    beside: tuple[str, ...] = ()  # what stands behind the stem of further files than the one


def json_bytes(value: Any) -> bytes:
    """JSON with readable letters, no NaN, and nothing that a terminal obeys."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8", "backslashreplace")


def json_items(items: Iterable[bytes], around: tuple[bytes, bytes] = (b"[", b"]")) -> Iterator[bytes]:
    r"""Encoded values as a list or an object of one a line.

    Example:
        >>> b"".join(json_items([b"1", b"2"]))
        b'[\n1,\n2\n]\n'
    """
    yield around[0]
    separator = b"\n"
    for item in items:
        yield separator + item
        separator = b",\n"
    yield b"\n" + around[1] + b"\n"


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value is not None}


def absent_files(export: Export) -> Iterator[str]:
    """A notice where pictures or sounds are not where the table says."""
    absent = [file for file in export.files() if not file.exists()]
    if absent:
        more = f" (and {len(absent) - 1:,} more)" if len(absent) > 1 else ""
        yield f"notice[media-absent]: {absent[0]}{more} is not there; the tool will show nothing"
