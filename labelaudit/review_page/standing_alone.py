"""The review page as one file, made of a review of a saved audit."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from itertools import islice

from labelaudit.review_page import REASONS, review_page
from labelaudit.review_page.embedding import Embedded, Item, Shrink, embedded
from labelaudit.reviewing.session import Session
from labelaudit.rules import RULES

STRETCH = 400
"""Items read at once: with six neighbours each they are still remembered when they are shown."""


def standing_alone(
    session: Session, *, name: str, reviewer: str, shrink: Shrink, most_bytes: int, top: int | None = None
) -> tuple[str, Embedded]:
    """Make the page that needs no server.

    Args:
        session: whose queue goes in, in its order.
        name: of the audit, for people; decisions of pages of the same name lie together in a browser.
        reviewer: stands beside each decision; empty, and the page asks.
        shrink: makes thumbnails.
        most_bytes: for what is embedded; the page itself is about 70 kB more.
        top: only the first items of the queue.

    Returns:
        The page, and what went into it.
    """
    found = embedded(islice(_items(session), top), lambda print_: _media(session, print_), shrink, most_bytes)
    data = {
        "mode": "static",
        "items": found.items,
        "media": found.media,
        "classes": list(session.queue.classes),
        "reasons": list(REASONS),
        "is_sample": session.queue.is_sample,
        "blind": session.options.blind,
        "reviewer": reviewer,
        "audit": name,
        "tool_version": version("labelaudit"),
        "rules": {code: rule.summary for code, rule in RULES.items()},
    }
    return review_page(data), found


def _items(session: Session) -> Iterator[Item]:
    for offset in range(0, len(session.queue), STRETCH):
        yield from session.page(offset=offset, limit=STRETCH)["items"]


def _media(session: Session, fingerprint: str) -> tuple[bytes, str] | None:
    file = session.media(fingerprint)
    return None if file is None else (file.path.read_bytes(), file.kind)
