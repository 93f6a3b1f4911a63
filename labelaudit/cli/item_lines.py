"""An item of a review as lines for a terminal; nothing from the data reaches it as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from labelaudit.report.text import visible

if TYPE_CHECKING:
    from labelaudit.reviewing.media_files import MediaFile

WIDTH = 96
LONGEST_TEXT = 1_200


def item_lines(item: Mapping[str, Any], place: str, media: MediaFile | None, *, blind: bool) -> Iterator[str]:
    """What the page of `review serve` shows, in words.

    Args:
        item: as `labelaudit.reviewing.items` makes it.
        place: in the queue, "3 of 104".
        media: its picture or sound.
        blind: whether to hide which label is given, and all that would tell.
    """
    file = f"{item['file']} row {item['row']}" if item["line"] is None else f"{item['file']}:{item['line']}"
    yield ""
    yield f"── {place} ── {visible(item['id'])} ── {visible(file)}"
    yield from _preview_lines(item["preview"], media)
    sides = ["given", "suggested"]
    for number, side in enumerate(sides[::-1] if blind and is_swapped(item) else sides, start=1):
        label = item[f"{side}_label"]
        told = "–" if label is None else visible(label)
        yield f"{number} {told}" if blind else f"{number} {side:9} {told}{_evidence(item, side)}"
    if not blind:
        yield visible(item["reason"])


def is_swapped(item: Mapping[str, Any]) -> bool:
    """Whether a blind reviewer sees the suggested label first: always the same half of the rows."""
    return item["suggested_label"] is not None and int(item["fingerprint"], 16) % 2 == 1


def _evidence(item: Mapping[str, Any], side: str) -> str:
    """The probability of a label, and the nearest rows that have it."""
    prob, near = item[f"{side}_prob"], [visible(one["id"]) for one in item["neighbors"][side]]
    chance = "" if prob is None else f"  {100 * prob:.1f} %"
    return chance + (f"  near: {', '.join(near)}" if near else "")


def _preview_lines(preview: Mapping[str, Any], media: MediaFile | None) -> Iterator[str]:
    if media is not None:
        yield f"{preview['kind']}: {visible(str(media.path))} ({media.n_bytes:,} bytes)"
    for address in dict.fromkeys([preview["src"] if preview["kind"] == "link" else None, preview["link"]]):
        if address is not None:
            yield f"link: {visible(address)}"
    for line in (preview["text"] or "")[:LONGEST_TEXT].splitlines():
        yield from textwrap.wrap(visible(line), WIDTH) or [""]
    for name, cell in (preview["columns"] or {}).items():
        yield textwrap.shorten(f"{visible(name)}: {visible(cell or '')}", WIDTH, placeholder=" …")
    if preview["note"]:
        yield f"({visible(preview['note'])})"
