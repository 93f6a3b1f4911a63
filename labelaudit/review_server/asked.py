"""What a request asks for, read with mistrust."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from labelaudit.reviewing.queues import ORDERS, Filters

LARGEST_BODY = 65_536
MOST_ITEMS = 200
DECISION = ("fingerprint", "decision", "label", "reason", "note", "known")
"""What is taken from a decision sent; queue, probability and blindness are known here.

`known` is the word that the window shows, "nothing" where it shows none: another's is not replaced unseen."""


def page_asked(query: QueryParams) -> dict[str, Any]:
    """Arguments of `Session.page`.

    Raises:
        HTTPException: 400.
    """
    order = query.get("order") or None
    if order is not None and order not in ORDERS:
        raise HTTPException(400, f"order is one of {', '.join(ORDERS)}")
    undecided = (query.get("undecided") or "false").lower()
    if undecided not in ("true", "false", "1", "0"):
        raise HTTPException(400, "undecided is true or false")
    return {
        "order": order,
        "filters": Filters(
            pair=_pair(query.get("pair")), rule=query.get("rule") or None, split=query.get("split") or None
        ),
        "undecided": undecided in ("true", "1"),
        "offset": _number(query, "offset", 0, 10**9),
        "limit": _number(query, "limit", 20, MOST_ITEMS),
    }


def _pair(text: str | None) -> tuple[str, str] | None:
    if not text:
        return None
    match _json(text):
        case [str(given), str(suggested)]:
            return given, suggested
        case _:
            raise HTTPException(400, 'pair is a list of two labels: ["cat","dog"]')


def _number(query: QueryParams, name: str, default: int, most: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise HTTPException(400, f"{name} is a number from 0 to {most:,}")
    return int(text)


async def decision_asked(request: Request) -> dict[str, str | None]:
    """The body of a decision: texts by name.

    Raises:
        HTTPException: 400, 413 or 415.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "a decision is sent as application/json")
    sent = _json(await _body(request))
    if not isinstance(sent, dict):
        raise HTTPException(400, "a decision is a JSON object")
    asked = {name: sent.get(name) for name in DECISION}
    for name, value in asked.items():
        if not (isinstance(value, str) or (value is None and name not in DECISION[:2])):
            raise HTTPException(400, f"{name} is a text")
        if value is not None and not value.isascii() and not _is_unicode(value):
            raise HTTPException(400, f"{name} holds half a character")
    return asked


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                raise HTTPException(413, "a decision has at most 64 KB", {"Connection": "close"})
    except ClientDisconnect as error:
        raise HTTPException(400, "the request broke off") from error  # nobody is there to read it
    return bytes(body)


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "this is no JSON") from error


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
