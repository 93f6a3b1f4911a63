"""A real browser, as Debian has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labelaudit.store import DECISIONS
from tests.review_page.pages import write_page

if TYPE_CHECKING:
    from tests.review_page.serving import Served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000
"""Milliseconds that anything may take: others may keep the machine busy."""
STATE = """() => [document.body.className, document.activeElement?.outerHTML.slice(0, 200),
  document.querySelector("#alert")?.textContent, document.querySelector("dialog")?.textContent,
  document.querySelector("#item-title")?.textContent].join(" | ")"""
TROUBLE = ("error", "warning")
OWN = ("file:", "data:", "blob:", "http://127.0.0.1:")


@dataclass
class Look:
    """A page in the browser, and what it complained of or asked for."""

    page: Any
    folder: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()  # parts of complaints that a test calls forth

    def watch(self, page: Any) -> None:
        """Note what a window complains of or asks for."""
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in TROUBLE else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, data: dict[str, Any]) -> None:
        """Open a static page."""
        self.page.goto(write_page(self.folder, data))

    def press(self, *keys: str) -> None:
        """Press keys, each when the page has taken in the one before."""
        for key in keys:
            self.page.keyboard.press(key)
            self.page.locator("body:not(.waiting)").wait_for()

    def text(self, selector: str) -> str:
        """What stands there."""
        return str(self.page.locator(selector).first.text_content()).strip()

    def says(self, selector: str, text: str) -> None:
        """Wait until the text is part of what stands there."""
        self.page.locator(selector, has_text=text).first.wait_for()

    def is_at(self, name: str) -> None:
        """Wait for an item."""
        self.page.get_by_role("heading", name=f"Item {name}", exact=True).wait_for()

    def refuse(self, status: int = 507, body: str = '{"error": "disk full"}') -> None:
        """Have every decision refused, once the browser really asks us; it complains of each."""
        self.expected = (*self.expected, str(status), "405")
        self.page.route("**/api/decisions", lambda route: route.fulfill(status=status, body=body))
        self.page.wait_for_function(
            "status => fetch('api/decisions').then(answer => answer.status === status)",
            arg=status,
            polling=50,
        )

    def kept(self) -> list[dict[str, Any]]:
        """The decisions in the local storage, oldest first."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "Object.keys(localStorage).filter(k => k.startsWith('labelaudit/') && k.includes('T')).sort()"
            ".map(k => JSON.parse(localStorage.getItem(k)))"
        )
        return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    if CHROMIUM is None:
        pytest.skip("no chromium on the PATH: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def look(chromium: Any, tmp_path: Path) -> Iterator[Look]:
    """A fresh profile; at the end nothing was complained of and no other host was asked."""
    with looking(chromium, tmp_path) as look:
        yield look


@pytest.fixture
def inspected(chromium: Any, tmp_path: Path) -> Iterator[Look]:
    """The same without the page's policy, which keeps axe out too."""
    with looking(chromium, tmp_path, bypass_csp=True) as look:
        yield look


@contextmanager
def looking(chromium: Any, folder: Path, **how: Any) -> Iterator[Look]:
    """Open a window."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, **how)
    context.set_default_timeout(PATIENCE)
    look = Look(page=context.new_page(), folder=folder)
    look.watch(look.page)
    yield look
    print(look.page.evaluate(STATE))  # pytest shows it where the test has failed
    context.close()
    assert [told for told in look.complaints if not any(part in told for part in look.expected)] == []
    assert [url for url in look.requests if not url.startswith(OWN)] == []


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved audit of the digits."""
    from tests.review_page.serving import scan

    return scan(Path("sample_data/digits"), tmp_path_factory.mktemp("served") / "digits-audit")


@pytest.fixture(scope="session")
def answered(chromium: Any, scanned: Path) -> Iterator[Served]:
    """Its review, served once for all who look at it."""
    from tests.review_page.serving import served

    with served(scanned) as review:
        yield review


@pytest.fixture
def digits(answered: Served) -> Served:
    """The review without decisions."""
    (answered.folder / DECISIONS).write_bytes(b"")
    return answered
