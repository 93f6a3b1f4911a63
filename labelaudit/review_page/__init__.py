"""The review page: one HTML file without a build step, served or alone, that asks no other host for anything.

`front/` holds its parts. A page is filled once: style, scripts and data stand inside, and a
Content-Security-Policy names the style and the scripts by their hashes, so that nothing else runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from labelaudit.decisions import BATCH_NOTE

SCRIPTS = (
    "text.js",
    "filtering.js",
    "progress.js",
    "drafts.js",
    "static_store.js",
    "served_store.js",
    "state.js",
    "preview.js",
    "item.js",
    "dialog.js",
    "class_finder.js",
    "dialogs.js",
    "loading.js",
    "hints.js",
    "ending.js",
    "showing.js",
    "deciding.js",
    "batch.js",
    "keys.js",
    "start.js",
)
"""In the order in which they build on one another; together they are one script."""
REASONS = (
    "clear mistake",
    "ambiguous",
    "overlapping classes",
    "out of scope",
    "unreadable",
    "outdated definition",
)
"""What a reviewer may say of why a label is as it is."""


def review_page(data: Mapping[str, Any]) -> str:
    r"""Fill the page.

    Args:
        data: JSON values: `mode` ("static", with `items`, or "served"), `classes`, `reasons`, `blind`,
            `reviewer`, `audit`, `tool_version`; and, if known, `rules` (names by code) and `facets`.

    Returns:
        HTML. Whatever the data hold, they stay data: no text in them can end their script element.

    Example:
        >>> page = review_page({"mode": "served", "audit": "</script><script>alert(1)//"})
        >>> page.count("</script>"), "<script>alert" in page
        (2, False)
    """
    style, script = _part("page.css"), _script()
    parts = {
        "policy": content_security_policy(served=data["mode"] == "served"),
        "style": style,
        "script": script,
        "data": _as_script_data({**data, "batch_note": BATCH_NOTE}),
    }
    # In one go: a part may hold what looks like the place of another.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("page.html"))


@cache
def content_security_policy(*, served: bool) -> str:
    """What the page may load and run: itself; served, also pictures, sounds and answers of its own server."""
    own, server = ("'self' data:", "'self'") if served else ("data:", "'none'")
    return "; ".join(
        [
            "default-src 'none'",
            f"img-src {own}",
            f"media-src {own}",
            f"connect-src {server}",
            f"style-src {_hash_of(_part('page.css'))}",
            f"script-src {_hash_of(_script())}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _as_script_data(data: Mapping[str, Any]) -> str:
    """JSON in ASCII without the characters that mean something to an HTML parser."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _script() -> str:
    return "\n".join(_part(name) for name in SCRIPTS)


@cache
def _part(name: str) -> str:
    return (files("labelaudit.review_page") / "front" / name).read_text("utf-8")
