"""The same page with a server behind it: a decision is on the disk before the page moves on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labelaudit.store import load_audit
from tests.review_page.conftest import Look
from tests.review_page.serving import scan, served

KEYS = ("1", "2", "3", "4", "Space")


def kept_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "decisions.jsonl").read_text("utf-8").splitlines()]


def test_thirty_decisions_by_keyboard_are_on_the_disk(look: Look, folder: Path) -> None:
    with served(look, folder) as ids:
        for i in range(30):
            look.is_at(ids[i])
            look.press(KEYS[i % 5])
            assert len(kept_in(folder)) >= i
        look.is_at(ids[30])
    kept = kept_in(folder)
    assert [record["id"] for record in kept] == ids[:30]
    assert [record["decision"] for record in kept] == ["given", "suggested", "both", "neither", "skip"] * 6


def test_after_a_reload_it_goes_on_and_can_still_undo(look: Look, folder: Path) -> None:
    with served(look, folder) as ids:
        for i in range(3):
            look.is_at(ids[i])
            look.press("2")
        look.is_at(ids[3])
        look.page.reload()
        look.is_at(ids[3])
        look.says("#counts", "3 of 104 decided")
        look.press("u")
        look.is_at(ids[2])
        look.says("#counts", "2 of 104 decided")
    assert [record["decision"] for record in kept_in(folder)] == [*["suggested"] * 3, "undo"]


def test_a_filter_and_another_class_reach_the_server(look: Look, folder: Path) -> None:
    with served(look, folder):
        look.press("/")
        pair = look.page.locator("#filter-pair option").nth(1).get_attribute("value")
        given, suggested = json.loads(str(pair))
        look.page.select_option("#filter-pair", pair)
        look.page.get_by_role("button", name="Show", exact=True).click()
        look.says("#hints", f"Shown: {given} → {suggested}")
        look.says("#choice-1", given)
        look.says("#choice-2", suggested)
        look.press("5")
        look.page.locator("#class-typed").wait_for()
        first = look.text("[role=option]")
        look.press("Enter")
        look.says("#counts", "1 of 104 decided")
        look.press("2")
        look.says("#counts", "2 of 104 decided")
    kept = kept_in(folder)
    assert (kept[0]["decision"], kept[0]["label"]) == ("other", first)
    assert {record["seen"]["given"] for record in kept} == {given}
    assert [record["label"] for record in kept[1:]] == [suggested]


def test_a_batch_is_written_a_decision_a_line(look: Look, tmp_path: Path) -> None:
    table = tmp_path / "pets.csv"
    rows = [("cat", 0.97 - i / 1000) for i in range(60)] + [("dog", 0.03 + i / 1000) for i in range(60)]
    rows += [("cat", 0.04 + i / 1000) for i in range(25)]
    lines = [f"{i},{label},{p:.3f},{1 - p:.3f}" for i, (label, p) in enumerate(rows)]
    table.write_text("\n".join(["id,label,cat,dog", *lines, ""]))
    folder = scan(table, tmp_path / "pets-audit")
    n_rows = load_audit(folder).summary.n_suspects
    with served(look, folder):
        for n in range(1, 11):
            look.press("2")
            look.says("#counts", f"{n} of {n_rows} decided")
        look.says("#hints", "10 decided one by one in cat → dog.")
        look.press("b")
        look.page.get_by_role("button", name=f"Accept {n_rows - 10}").click()
        look.says("#done-title", "Every item is decided")
    kept = kept_in(folder)
    assert [(record["decision"], record["label"]) for record in kept] == [("suggested", "dog")] * n_rows
    assert [record["note"] for record in kept] == [None] * 10 + ["accepted in a batch"] * (n_rows - 10)


def test_blind_is_recorded_and_shows_no_roles(look: Look, folder: Path) -> None:
    with served(look, folder, blind=True):
        assert "Given" not in look.page.locator("main").first.inner_text()
        look.press("1")
        look.says("#counts", "1 of 104 decided")
    assert kept_in(folder)[0]["blind"] is True


def test_what_could_not_be_kept_stays_on_the_screen(look: Look, folder: Path) -> None:
    look.expected = ("507",)
    with served(look, folder) as ids:
        look.page.route(
            "**/api/decisions", lambda route: route.fulfill(status=507, body='{"error": "disk full"}')
        )
        look.press("2")
        look.says("#alert", ": disk full Try again")
        look.page.unroute("**/api/decisions")
        look.page.locator("#retry").click()
        look.is_at(ids[1])
        assert look.text("#alert") == ""
    assert len(kept_in(folder)) == 1


def test_leaving_is_asked_about_while_a_decision_is_on_its_way(look: Look, folder: Path) -> None:
    asked: list[str] = []
    look.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with served(look, folder):
        look.page.route("**/api/decisions", lambda route: None)  # never answered
        look.page.keyboard.press("2")
        look.page.locator("body.waiting").wait_for()
        look.page.reload()
    assert asked == ["beforeunload"]
