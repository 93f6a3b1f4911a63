"""Who may ask: a browser on this machine that was given the token, on a page of this server.

Another site may make the browser send requests here, and another name may be made to lead here (DNS
rebinding). So the host must be one of loopback, the token must come along, and whatever tells where a request
comes from must tell this page.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[1-9][0-9]{0,4})?", re.IGNORECASE)
"""With any port: a tunnel of ssh may have another one at its other end."""
SAFE = ("GET", "HEAD")
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer that does not set its own."""


class Doorkeeper:
    """Lets requests through to an app, or answers them with 400 or 403.

    Args:
        app: what is behind.
        token: what visitors must show, in the query of the first request, then in a cookie.
        cookie: the name of that cookie.
    """

    def __init__(self, app: ASGIApp, *, token: str, cookie: str) -> None:
        self._app, self._token, self._cookie = app, token.encode(), cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        app = self._app if refusal is None else JSONResponse({"error": refusal[1]}, refusal[0])
        await app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not LOOPBACK.fullmatch(hosts[0]):
            return 400, "this server answers to 127.0.0.1 and localhost only"
        if not self._has_token(scope, headers):
            return 403, "open the whole address that labelaudit review serve printed"
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        is_ours = origin == f"http://{hosts[0]}"
        if not is_ours and (origin is not None or scope["method"] not in SAFE):
            return 403, "the request comes from another page"
        if site == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return 403, "the request comes from another site"
        return None

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        for header in headers.getlist("cookie"):
            try:
                shown += [m.value for name, m in SimpleCookie(header).items() if name == self._cookie]
            except CookieError:
                continue
        return any(secrets.compare_digest(one.encode("utf-8", "replace"), self._token) for one in shown)
