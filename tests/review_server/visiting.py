"""A saved audit, its review app, and a visitor who asks it without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from labelaudit.report.saving import save_audit
from labelaudit.review_server.app import review_app
from labelaudit.reviewing.session import ReviewOptions, Session
from tests.builders import audit_paths

TOKEN = "a-token-of-the-tests"
BASE = "http://127.0.0.1:8765"


def saved_audit(folder: Path, *paths: Path) -> Path:
    """Audit files and save it."""
    save_audit(audit_paths(*paths), folder)
    return folder


def session_at(audit: Path, unpacked: Path, **options: Any) -> Session:
    """A review by ana."""
    unpacked.mkdir(exist_ok=True)
    return Session(audit, ReviewOptions(reviewer="ana", **options), unpacked)


class Visitor:
    """Asks an app; by default with all that a browser on the page sends."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._app = review_app(session, name="audit", token=TOKEN)

    def together(self, ask: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """Run a coroutine with a client."""

        async def run() -> Any:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await ask(client)

        # In a thread of its own: a browser of another test may keep a loop in this one.
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(asyncio.run, run()).result()

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request; a header that is empty is left out."""
        usual = {"cookie": f"labelaudit={TOKEN}", "origin": BASE if method == "POST" else ""}
        wanted = {name: value for name, value in {**usual, **(headers or {})}.items() if value}
        return self.together(lambda client: client.request(method, path, headers=wanted, **more))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers)

    def post(self, value: Any, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a decision: a value as JSON, or bytes as they are."""
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask(
            "POST", "/api/decisions", {"content-type": "application/json", **(headers or {})}, content=content
        )

    def items(self, **query: Any) -> list[dict[str, Any]]:
        """The items of a page."""
        answer = self.get(f"/api/items?{httpx.QueryParams(query)}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found
