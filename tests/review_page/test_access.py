"""The page for those who see or point otherwise: checked by axe, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.review_page.conftest import Look
from tests.review_page.pages import made_item, page_data, preview
from tests.review_page.serving import Served

api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
AXE = (Path(api.__file__).parent / "axe.min.js").read_text("utf-8")
SCREENS = [(scheme, width) for scheme in ("light", "dark") for width in (1440, 390)]
DIALOGS = ("5", "r", "n", "/", "?")
VIOLATIONS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => [v.id, v.nodes[0].html]);
}"""


def see(look: Look, scheme: str, width: int) -> None:
    """Set the screen."""
    look.page.emulate_media(color_scheme=scheme)
    look.page.set_viewport_size({"width": width, "height": 900})


def assert_clean(look: Look, screens: Sequence[tuple[str, int]] = SCREENS) -> None:
    """Axe finds nothing serious."""
    if not look.page.evaluate("'axe' in window"):
        look.page.evaluate(AXE)
    for screen in screens:
        see(look, *screen)
        assert look.page.evaluate(VIOLATIONS) == [], screen


def test_axe_finds_no_serious_violation_in_the_static_page(inspected: Look) -> None:
    items = [made_item(i) for i in range(4)]
    items[2] |= {"preview": preview(text="many words " * 3_000), "suggested_label": None, "given_prob": None}
    items[0]["neighbors"]["given"][0] |= {"preview": preview("link", src="https://photos.example/1")}
    inspected.open(page_data(items, reviewer="", is_sample=True))
    assert_clean(inspected)
    inspected.press("1", "2")
    assert_clean(inspected)
    for key in DIALOGS:
        inspected.press(key)
        inspected.page.locator("dialog[open]").wait_for()
        assert_clean(inspected, SCREENS[::3])
        inspected.press("Escape")
    inspected.press("4", "4")
    inspected.says("#done-title", "Every item is decided")
    assert_clean(inspected)


def test_axe_finds_no_serious_violation_in_the_served_page(inspected: Look, digits: Served) -> None:
    with digits.opened(inspected) as ids:
        inspected.press("2")
        inspected.is_at(ids[1])
        inspected.says("#standing", "of 1")
        assert_clean(inspected)
        inspected.refuse(body="{}")
        inspected.press("2")
        inspected.page.locator("#retry").wait_for()
        assert_clean(inspected, SCREENS[::3])
        inspected.page.unroute("**/api/decisions")
        inspected.page.locator("#retry").click()
        inspected.is_at(ids[2])


def focused(look: Look) -> dict[str, Any]:
    """What has the focus, and whether that is seen."""
    found: dict[str, Any] = look.page.evaluate(
        """() => {
          const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
          return {
            id: at.id, tag: at.tagName, text: at.textContent.trim(),
            ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
            there: box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && box.right <= innerWidth,
          };
        }"""
    )
    return found


@pytest.mark.parametrize("width", [1440, 390])
def test_tab_reaches_every_control_and_the_focus_is_seen(look: Look, width: int) -> None:
    see(look, "light", width)
    look.open(page_data([made_item(i) for i in range(9)], reviewer=""))
    look.press("2")
    controls = set(look.page.evaluate("[...document.querySelectorAll('button:enabled')].map(b => b.id)"))
    reached = set()
    for _ in range(2 * len(controls)):
        look.press("Tab")
        at = focused(look)
        if at["tag"] == "BUTTON":
            assert at["ring"], at
            assert at["there"], at
            reached.add(at["id"])
    assert reached == controls


def test_a_dialog_keeps_the_focus_and_gives_it_back(look: Look) -> None:
    look.open(page_data([made_item(i) for i in range(9)]))
    look.page.locator("#filter").focus()
    inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
    for key in DIALOGS:
        look.press(key)
        for _ in range(9):
            look.press("Tab")
            assert look.page.evaluate(inside), key
        look.press("Escape")
        assert focused(look)["id"] == "filter"


def test_the_new_item_is_told_to_those_who_listen(look: Look) -> None:
    look.open(page_data([made_item(i) for i in range(9)]))
    look.press("2")
    told = look.text("#live")
    assert told == "Decided: suggested bee. Item item-1. 1 Given: bee. 2 Suggested: cat."
    assert look.page.locator("#live").get_attribute("role") == "status"
    assert focused(look)["id"] == "item-title"


def test_what_is_said_above_the_item_keeps_the_focus(look: Look) -> None:
    look.open(page_data([made_item(i) for i in range(9)]))
    look.press("/")
    look.page.select_option("#filter-split", "test")
    look.page.get_by_role("button", name="Show", exact=True).click()
    look.page.locator("#clear-filter").focus()
    look.press("r", "1")
    assert focused(look)["id"] == "clear-filter"
