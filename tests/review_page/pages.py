"""Made-up items for the review page, and a browser to look at it."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelaudit.review_page import REASONS, review_page

CLASSES = ("ant", "bee", "cat", "dog", "emu", "fox")
HOSTILE = (
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "{{data}}{{script}}",
    "javascript:window.hacked=1",
    "\u202egnp.exe \x1b[31m\x00\x07",
    "--><!-- &lt;b&gt; \\u003c \u2028",
    "",
    "x" * 3_000,
)


def picture(shade: int) -> str:
    """A PNG of 8 by 8 pixels, written out."""
    rows = b"".join(b"\0" + bytes([(shade + 9 * i) % 256] * 8) for i in range(8))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in parts]
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


def preview(kind: str = "text", **more: Any) -> dict[str, Any]:
    """What an item or a neighbour shows."""
    return {"kind": kind, "src": None, "text": None, "columns": None, "note": None, **more}


def made_item(number: int, **more: Any) -> dict[str, Any]:
    """An item as `labelaudit.reviewing` makes them."""
    near = {"id": f"near-{number}", "preview": preview("image", src=picture(number * 5))}
    return {
        "fingerprint": f"{number:016x}",
        "id": f"item-{number}",
        "file": "data/train.csv",
        "row": number,
        "line": number + 2,
        "split": ("train", "test")[number % 2],
        "rank": number + 1,
        "given_label": CLASSES[number % 3],
        "suggested_label": CLASSES[number % 3 + 1],
        "runner_up_label": CLASSES[number % 3 + 2],
        "given_prob": 0.031,
        "suggested_prob": 0.942,
        "label_quality": 0.05,
        "p_error": 0.9,
        "rules": ["LA102"] if number % 4 else ["LA101", "LA102"],
        "reason": "The model gives 'bee' 94 % and the given label 3 %; 9 of 10 neighbours agree.",
        "preview": preview("image", src=picture(number * 11), columns={"colour": "red", "weight": "1.5"}),
        "neighbors": {
            "given": [{**near, "label": CLASSES[number % 3]}] * 3,
            "suggested": [{**near, "label": CLASSES[number % 3 + 1]}] * 2,
        },
        "queue": "ranked",
        "draw_prob": None,
        "decision": None,
        **more,
    }


def page_data(items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What a static page is filled with."""
    return {
        "items": items,
        "classes": list(CLASSES),
        "reasons": list(REASONS),
        "mode": "static",
        "blind": False,
        "reviewer": "ana",
        "audit": "labelaudit-out",
        "tool_version": "labelaudit 0.1.0",
        **more,
    }


def write_page(folder: Path, data: Mapping[str, Any]) -> str:
    """Write a page and name its address."""
    file = folder / "review.html"
    file.write_text(review_page(data), "utf-8")
    return file.as_uri()
