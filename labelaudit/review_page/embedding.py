"""The page as one file: items with their pictures and sounds inside, up to a size.

What a reviewer needs most goes in first: the items themselves, then the picture or sound of each, worst item
first, then the small pictures of neighbours. A picture that is shown in several places is there once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

Item: TypeAlias = dict[str, Any]
ReadMedia: TypeAlias = Callable[[str], tuple[bytes, str] | None]
"""Bytes and media type of a row's picture or sound, by fingerprint."""
Shrink: TypeAlias = Callable[[bytes, int, int], tuple[str, int, int] | None]
"""A picture as a `data:` address of at most so many pixels a side and so many bytes, and its size."""

LARGE, LARGE_BYTES = 640, 150_000
SMALL, SMALL_BYTES = 128, 8_000
LONGEST_NEAR = 300
"""Letters of a neighbour's text: more are not seen."""
LEFT_OUT = "left out: the page has reached its size limit"
_FILES, _SMALL = "media/", "/small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What goes into the page, and what does not."""

    items: list[Item]
    media: dict[str, str]  # `data:` addresses by the `src` of previews
    items_left_out: int
    media_left_out: int  # pictures and sounds

    def __str__(self) -> str:
        counts = (
            (self.items_left_out, "item", "items"),
            (self.media_left_out, "picture or sound", "pictures and sounds"),
        )
        left = " and ".join(_counted(n, one, many) for n, one, many in counts if n)
        held = _counted(len(self.items), "item", "items")
        return f"{held}; left out for its size: {left}" if left else held


def _counted(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def embedded(items: Iterable[Item], read: ReadMedia, shrink: Shrink, most_bytes: int) -> Embedded:
    """Put pictures and sounds into items.

    Args:
        items: as the server sends them; `src` of a preview is `media/FINGERPRINT` where a file is meant.
            They are changed.
        read: how to get at those files.
        shrink: how to make a picture small.
        most_bytes: for items and media together.

    Example:
        >>> preview = {"kind": "image", "src": "media/f", "note": None}
        >>> item = {"fingerprint": "f", "preview": preview, "neighbors": {}}
        >>> found = embedded([item], lambda _: (b"...", "image/png"), lambda *_: ("data:,x", 1, 1), 1000)
        >>> found.media, str(found)
        ({'media/f': 'data:,x'}, '1 item')
    """
    page = _Page(most_bytes)
    for item in items:
        for near in _near(item):
            near["text"] = near["text"] and near["text"][:LONGEST_NEAR]
            if _is_file(near):
                near["src"] += _SMALL
        page.take(item)
    page.is_full = False
    for preview in [item["preview"] for item in page.items]:
        page.put(preview, read, partial(_large, shrink))
    for preview in [near for item in page.items for near in _near(item)]:
        page.put(preview, read, partial(_small, shrink))
    return Embedded(
        items=page.items,
        media=page.media,
        items_left_out=page.items_left_out,
        media_left_out=page.media_left_out,
    )


class _Page:
    """What has gone in so far; from the first thing that does not fit, nothing of its kind goes in."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.is_full = False
        self.items: list[Item] = []
        self.media: dict[str, str] = {}
        self.items_left_out = self.media_left_out = 0

    def take(self, item: Item) -> None:
        """Take an item, its pictures aside."""
        if self.is_full or not self._fits(len(json.dumps(item))):
            self.items_left_out += 1
        else:
            self.items.append(item)

    def _fits(self, size: int) -> bool:
        self.is_full = size > self.room
        self.room -= 0 if self.is_full else size
        return not self.is_full

    def put(self, preview: Item, read: ReadMedia, written: Callable[[bytes, str], str | None]) -> None:
        """Put in the picture or sound of a preview, unless it is there already."""
        if not _is_file(preview):
            return
        src: str = preview["src"]
        large = src.removesuffix(_SMALL)
        there = next((name for name in (large, src) if name in self.media), None)
        if there is not None:
            preview["src"] = there
            return
        address = None
        if not self.is_full:
            found = read(large.removeprefix(_FILES))
            address = written(*found) if found else None
            if address is not None and self._fits(len(address) + len(src) + 8):
                self.media[src] = address
                return
        preview["src"] = None
        preview["note"] = LEFT_OUT if self.is_full else "cannot be shown"
        self.media_left_out += self.is_full


def _is_file(preview: Item) -> bool:
    return (preview["src"] or "").startswith(_FILES)


def _large(shrink: Shrink, data: bytes, media_type: str) -> str | None:
    if media_type.startswith("audio/"):
        return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
    shrunk = shrink(data, LARGE, LARGE_BYTES)
    return shrunk and shrunk[0]


def _small(shrink: Shrink, data: bytes, media_type: str) -> str | None:
    shrunk = None if media_type.startswith("audio/") else shrink(data, SMALL, SMALL_BYTES)
    return shrunk and shrunk[0]


def _near(item: Item) -> Iterator[dict[str, Any]]:
    """The previews of the neighbours."""
    for side in item["neighbors"].values():
        yield from (near["preview"] for near in side if near["preview"] is not None)
