"""Opens pages in a browser and writes how they lie, as JSON: by itself, as other tests hold a browser."""

from __future__ import annotations

import json
import sys
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

LOOKS = ((1440, "light"), (390, "dark"))
NARROWEST = """() => Math.min(...[...document.querySelectorAll(".card")].map(card => {
  const rest = [...card.children].filter(part => part.offsetParent).map(part => part.offsetWidth);
  return rest.reduce((sum, width) => sum + width, 0) / card.offsetWidth; }))"""


def measured(browser: Browser, address: str, width: int, scheme: Any, *, by_axe: bool) -> dict[str, Any]:
    """What is wrong with a page, if anything."""
    context = browser.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    violations = Axe().run(page).response["violations"] if by_axe else []
    found = {
        "too wide by": page.evaluate("document.documentElement.scrollWidth - innerWidth"),
        "filled": page.evaluate(NARROWEST),
        "said": said,
        "asked": [url for url in asked if not url.startswith(("file:", "data:"))],
        "violations": [one["id"] for one in violations if one["impact"] in ("serious", "critical")],
    }
    context.close()
    return found


if __name__ == "__main__":
    chromium, *addresses = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = {
            # Axe is slow: it sees each page once, half of them in each look.
            f"{address} {look}": measured(browser, address, *look, by_axe=(i + j) % 2 == 0)
            for i, address in enumerate(addresses)
            for j, look in enumerate(LOOKS)
        }
        browser.close()
    sys.stdout.write(json.dumps(found))
