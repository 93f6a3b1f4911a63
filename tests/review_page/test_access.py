"""The page for those who see or point otherwise: checked by axe, and by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.review_page.conftest import Look
from tests.review_page.pages import made_item, page_data, preview
from tests.review_page.serving import served

api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
SCREENS = [(scheme, width) for scheme in ("light", "dark") for width in (1440, 390)]
DIALOGS = ("5", "r", "n", "/", "?")


def see(look: Look, scheme: str, width: int) -> None:
    """Set the screen."""
    look.page.emulate_media(color_scheme=scheme)
    look.page.set_viewport_size({"width": width, "height": 900})


def assert_clean(look: Look) -> None:
    """Axe finds nothing serious."""
    found = api.Axe().run(look.page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []


def assert_dialogs_clean(look: Look) -> None:
    """In each small window too."""
    for key in DIALOGS:
        look.press(key)
        look.page.locator("dialog[open]").wait_for()
        assert_clean(look)
        look.press("Escape")


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
def test_axe_finds_no_serious_violation_in_the_static_page(inspected: Look, scheme: str, width: int) -> None:
    see(inspected, scheme, width)
    items = [made_item(i) for i in range(4)]
    items[2] |= {"preview": preview(text="many words " * 3_000), "suggested_label": None, "given_prob": None}
    inspected.open(page_data(items, reviewer=""))
    assert_clean(inspected)
    inspected.press("1", "2")
    assert_clean(inspected)
    assert_dialogs_clean(inspected)
    inspected.press("4", "4")
    inspected.says("#done-title", "Every item is decided")
    assert_clean(inspected)


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
def test_axe_finds_no_serious_violation_in_the_served_page(
    inspected: Look, folder: Path, scheme: str, width: int
) -> None:
    see(inspected, scheme, width)
    with served(inspected, folder) as ids:
        assert_clean(inspected)
        for i in range(2):
            inspected.press("2")
            inspected.is_at(ids[i + 1])
        inspected.says("#standing", "of 2")
        assert_dialogs_clean(inspected)
        inspected.expected = ("507",)
        inspected.page.route("**/api/decisions", lambda route: route.fulfill(status=507, body="{}"))
        inspected.press("2")
        inspected.page.locator("#retry").wait_for()
        assert_clean(inspected)
        inspected.page.unroute("**/api/decisions")
        inspected.page.locator("#retry").click()
        inspected.is_at(ids[3])


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


@pytest.mark.parametrize("key", DIALOGS)
def test_a_dialog_keeps_the_focus_and_gives_it_back(look: Look, key: str) -> None:
    look.open(page_data([made_item(i) for i in range(9)]))
    look.page.locator("#filter").focus()
    look.press(key)
    for _ in range(12):
        look.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert look.page.evaluate(inside)
    look.press("Escape")
    assert focused(look)["id"] == "filter"


def test_the_new_item_is_told_to_those_who_listen(look: Look) -> None:
    look.open(page_data([made_item(i) for i in range(9)]))
    look.press("2")
    told = look.text("#live")
    assert told == "suggested bee. Item item-1. 1 Given: bee. 2 Suggested: cat."
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
