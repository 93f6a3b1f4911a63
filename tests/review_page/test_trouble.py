"""When the server, the storage or another window gets in the way: nothing that was decided is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.review_page.conftest import Look
from tests.review_page.pages import made_item, page_data
from tests.review_page.serving import Served, decide_elsewhere, served

FULL = """() => {
  Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
FORBIDDEN = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("no", "SecurityError"); } });"""


def items(n: int = 9, **more: Any) -> list[dict[str, Any]]:
    return [made_item(i, **more) for i in range(n)]


def test_nothing_moves_while_a_decision_is_not_kept(look: Look, digits: Served) -> None:
    with digits.opened(look) as ids:
        look.refuse()
        look.press("r", "2", "2")
        look.says("#alert", "Not saved, suggested")
        look.press("ArrowRight", "/", "u")
        look.is_at(ids[0])
        assert look.page.locator("dialog").count() == 0
        look.page.unroute("**/api/decisions")
        look.page.locator("#retry").click()
        look.is_at(ids[1])
    (record,) = digits.kept()
    assert (record["id"], record["decision"], record["reason"]) == (ids[0], "suggested", "ambiguous")


def test_what_cannot_be_kept_can_be_given_up(look: Look, digits: Served) -> None:
    with digits.opened(look) as ids:
        look.refuse()
        look.press("2")
        look.page.locator("#give-up").click()
        assert look.text("#alert") == ""
        look.press("ArrowRight")
        look.is_at(ids[1])
        look.refuse(403)
        look.press("2")
        look.says("#alert", "was started anew and does not know this window")
        assert look.page.locator("#retry").count() == 0
        look.page.locator("#give-up").click()


def test_try_again_keeps_the_focus_while_it_fails(look: Look, digits: Served) -> None:
    with digits.opened(look):
        look.refuse()
        look.press("2")
        look.page.locator("#retry").focus()
        for _ in range(2):
            look.press("Enter")
            look.says("#alert", "Not saved")
            assert look.page.evaluate("document.activeElement.id") == "retry"
        look.press("Tab")
        look.press("Enter")
        assert look.page.evaluate("document.activeElement.id") == "item-title"


def test_a_server_that_is_gone_is_said_in_words(look: Look, scanned: Path) -> None:
    look.expected = ("ERR_CONNECTION_REFUSED",)
    with served(scanned) as review:
        look.page.goto(review.address)
        look.is_at(review.ids[0])
    look.press("2")
    look.says("#alert", "Not saved, suggested")
    look.says("#alert", "Is `labelaudit review serve` still running?")
    look.page.on("dialog", lambda dialog: dialog.accept())


def test_items_that_do_not_come_are_no_end_of_the_list(look: Look, digits: Served) -> None:
    look.expected = ("500",)
    with digits.opened(look):
        look.page.route("**/api/items*", lambda route: route.fulfill(status=500, body="{}"))
        look.press("/")
        look.page.get_by_role("button", name="Show all", exact=True).click()
        look.says("#done-title", "The next items did not come")
        look.page.unroute("**/api/items*")
        look.page.locator("#retry").click()
        look.page.locator("#item-title").wait_for()


def test_keys_wait_while_a_decision_is_on_its_way(look: Look, digits: Served) -> None:
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    with digits.opened(look) as ids:
        look.page.route("**/api/decisions", hold)
        look.page.keyboard.press("2")
        look.page.locator("body.waiting").wait_for()
        for key in ("r", "1", "ArrowRight", "5"):
            look.page.keyboard.press(key)
        assert look.page.locator("dialog").count() == 0
        held[0].continue_()
        look.is_at(ids[1])
    assert [record["decision"] for record in digits.kept()] == ["suggested"]


@pytest.mark.parametrize("trouble", ["full", "forbidden"])
def test_without_storage_decisions_stay_in_the_page_until_they_are_downloaded(
    look: Look, trouble: str
) -> None:
    if trouble == "forbidden":
        look.page.add_init_script(FORBIDDEN)
    look.open(page_data(items()))
    if trouble == "full":
        look.page.evaluate(FULL)
    look.press("2", "1")
    look.says("#hints", "This browser keeps no more decisions")
    look.is_at("item-2")
    with look.page.expect_download() as got:
        look.page.locator("#download").click()
    words = [json.loads(line)["decision"] for line in got.value.path().read_text("utf-8").splitlines()]
    assert words == ["suggested", "given"]
    look.says("#hints", "This browser keeps no more decisions")
    look.press("1")
    asked: list[str] = []
    look.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    look.page.reload()
    assert asked == ["beforeunload"]


def test_two_windows_of_the_static_page_know_of_each_other(look: Look) -> None:
    look.open(page_data(items()))
    other = Look(page=look.page.context.new_page(), folder=look.folder, complaints=look.complaints)
    other.page.goto(look.page.url)
    other.is_at("item-0")
    look.press("2", "2")
    other.says("#counts", "2 of 9 decided")
    other.says("#hints", "in another window: suggested (bee).")
    other.press("1")
    other.is_at("item-2")
    look.says("#counts", "2 of 9 decided")
    with other.page.expect_download() as got:
        other.page.locator("#download").click()
    lines = [json.loads(line) for line in got.value.path().read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["item-0", "item-1", "item-0"]


def test_two_windows_of_the_served_page_know_of_each_other(look: Look, digits: Served) -> None:
    with digits.opened(look) as ids:
        other = Look(page=look.page.context.new_page(), folder=look.folder, complaints=look.complaints)
        other.page.goto(look.page.url)
        other.is_at(ids[0])
        look.press("2")
        look.is_at(ids[1])
        look.press("2")
        look.is_at(ids[2])
        other.says("#counts", "2 of 104 decided")
        other.press("4")
        other.is_at(ids[2])
        other.page.goto("about:blank")
    assert [record["id"] for record in digits.kept()] == [ids[0], ids[1], ids[0]]


def test_what_another_browser_decided_is_shown_before_it_is_replaced(look: Look, digits: Served) -> None:
    look.expected = ("409",)
    with digits.opened(look) as ids:
        decide_elsewhere(digits, "given")
        look.press("2")
        look.says("#hints", "in another window: given.")
        look.is_at(ids[0])
        assert len(digits.kept()) == 1
        look.press("2")
        look.is_at(ids[1])
    assert [record["decision"] for record in digits.kept()] == ["given", "suggested"]


def test_items_passed_over_are_no_end_of_the_work(look: Look) -> None:
    look.open(page_data(items(3)))
    look.press("1", "ArrowRight", "1")
    look.says("#done-title", "The end of the list")
    look.says("#done-text", "1 item passed over without a decision.")
    look.page.get_by_role("button", name="Go to the undecided").click()
    look.is_at("item-1")
    look.press("1")
    look.says("#done-title", "Every item is decided")


def test_the_class_finder_says_how_many_it_does_not_show(look: Look) -> None:
    look.open(page_data(items(), classes=[f"class {i}" for i in range(1_000)]))
    look.press("5")
    look.says("#class-count", "60 of 1,000 classes")
    look.page.keyboard.type("nothing like it")
    look.says("#class-count", "No class has this in its name.")
    look.press("Enter")
    assert look.kept() == []
