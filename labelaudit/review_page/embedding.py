"""The page as one file: items with their pictures and sounds inside, up to a size.

What a reviewer needs most goes in first: the items themselves, then the picture or sound of each, worst item
first, then the small pictures of neighbours. A picture that is shown in several places is there once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
_WITHIN = "media/"
_ALONE = {"image": "picture", "audio": "sound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What goes into the page, and what does not."""

    items: list[Item]
    media: dict[str, str]  # `data:` addresses by the `src` of previews
    items_left_out: int
    pictures_left_out: int  # and sounds

    def __str__(self) -> str:
        left = [
            f"{n:,} {name}{'' if n == 1 else 's'}"
            for n, name in ((self.items_left_out, "item"), (self.pictures_left_out, "picture or sound"))
            if n
        ]
        return f"{len(self.items):,} items" + (f"; left out for size: {' and '.join(left)}" if left else "")


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
        ({'media/f': 'data:,x'}, '1 items')
    """
    room = most_bytes
    kept: list[Item] = []
    n_over = 0
    for item in items:
        for near in _near(item):
            near["text"] = near["text"] and near["text"][:LONGEST_NEAR]
            if near["src"] and near["src"].startswith(_WITHIN):
                near["src"] += "/small"
        size = len(json.dumps(item))
        if n_over or size > room:
            n_over += 1
            continue
        room -= size
        kept.append(item)
    media: dict[str, str] = {}
    missed = 0
    for preview, is_small in [
        *((i["preview"], False) for i in kept),
        *((n, True) for i in kept for n in _near(i)),
    ]:
        src = preview["src"]
        if not src or not src.startswith(_WITHIN):
            continue
        large = src.removesuffix("/small")
        if large in media or src in media:
            preview["src"] = large if large in media else src
            continue
        address = _address(large.removeprefix(_WITHIN), preview["kind"], is_small, read, shrink)
        if address is None or len(address) > room:
            missed += address is not None and not is_small
            preview["src"] = None
            what = _ALONE.get(preview["kind"], "item")
            preview["note"] = f"the {what} is {LEFT_OUT}" if address else f"the {what} cannot be shown"
            continue
        room -= len(address) + len(src) + 8
        media[src] = address
    return Embedded(items=kept, media=media, items_left_out=n_over, pictures_left_out=missed)


def _near(item: Item) -> Iterator[dict[str, Any]]:
    """The previews of the neighbours."""
    for side in item["neighbors"].values():
        yield from (near["preview"] for near in side if near["preview"] is not None)


def _address(print_: str, kind: str, is_small: bool, read: ReadMedia, shrink: Shrink) -> str | None:
    found = read(print_)
    if found is None or (kind == "audio" and is_small):
        return None
    data, media_type = found
    if kind == "audio":
        return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
    shrunk = shrink(data, *((SMALL, SMALL_BYTES) if is_small else (LARGE, LARGE_BYTES)))
    return None if shrunk is None else shrunk[0]
