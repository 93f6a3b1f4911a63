"""The same page with a server behind it: a decision is on the disk before the page moves on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelaudit.reviewing.queues import QueueOptions
from labelaudit.store import DECISIONS, load_audit
from tests.review_page.conftest import Look
from tests.review_page.serving import Served, scan, served

KEYS = ("1", "2", "3", "4", "Space")


def test_thirty_decisions_by_keyboard_are_on_the_disk(look: Look, digits: Served) -> None:
    with digits.opened(look) as ids:
        for i in range(30):
            look.is_at(ids[i])
            look.press(KEYS[i % 5])
            assert len(digits.kept()) >= i
        look.is_at(ids[30])
    kept = digits.kept()
    assert [record["id"] for record in kept] == ids[:30]
    assert [record["decision"] for record in kept] == ["given", "suggested", "both", "neither", "skip"] * 6


def test_after_a_reload_it_goes_on_and_can_still_undo(look: Look, digits: Served) -> None:
    with digits.opened(look) as ids:
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
    assert [record["decision"] for record in digits.kept()] == [*["suggested"] * 3, "undo"]


def test_a_filter_and_another_class_reach_the_server(look: Look, digits: Served) -> None:
    with digits.opened(look):
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
    kept = digits.kept()
    assert (kept[0]["decision"], kept[0]["label"]) == ("other", first)
    assert {record["seen"]["given"] for record in kept} == {given}
    assert [record["label"] for record in kept[1:]] == [suggested]


@pytest.fixture(scope="module")
def pets_audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table in which cats are called dogs and the other way round, audited."""
    table = tmp_path_factory.mktemp("pets") / "pets.csv"
    rows = [("cat", 0.97 - i / 1000) for i in range(60)] + [("dog", 0.03 + i / 1000) for i in range(60)]
    rows += [("cat", 0.04 + i / 1000) for i in range(25)]
    lines = [f"{i},{label},{p:.3f},{1 - p:.3f}" for i, (label, p) in enumerate(rows)]
    table.write_text("\n".join(["id,label,cat,dog", *lines, ""]))
    return scan(table, table.parent / "pets-audit")


@pytest.fixture
def pets(pets_audit: Path) -> Path:
    """The same without decisions."""
    (pets_audit / DECISIONS).unlink(missing_ok=True)
    return pets_audit


def test_a_batch_is_a_decision_a_line_and_one_undo_takes_it_back_after_a_reload(
    look: Look, pets: Path
) -> None:
    with served(pets) as review, review.opened(look):
        n_rows = load_audit(pets).summary.n_suspects
        for n in range(1, 11):
            look.press("1" if n == 4 else "2")
            look.says("#counts", f"{n} of {n_rows} decided")
        look.says("#hints", "cat → dog: 9 of the last 10 took the suggestion.")
        look.press("b")
        look.page.route("**/api/decisions", lambda _: None)  # held until the route is gone
        look.page.get_by_role("button", name=f"Accept {n_rows - 10}").click()
        look.says("#hints", f"The batch is being written, 0 of {n_rows - 10}.")
        look.page.keyboard.press("u")
        look.says("#hints", f"0 of {n_rows - 10}. Undo it when that is done.")
        look.page.unroute("**/api/decisions")
        look.says("#done-title", "Every item is decided")
        batch = review.kept()[10:]
        assert {(r["decision"], r["label"], r["note"]) for r in batch} == {
            ("suggested", "dog", "accepted in a batch")
        }
        assert len({record["fingerprint"] for record in batch}) == len(batch) == n_rows - 10
        look.page.reload()
        look.says("#done-title", "Every item is decided")
        look.press("u")
        look.says("#hints", f"{n_rows - 10} decisions of a batch taken back.")
        look.says("#counts", f"10 of {n_rows} decided")
        look.is_at(batch[0]["id"])
        look.says("#hints", "cat → dog: 9 of the last 10 took the suggestion.")
        taken_back = review.kept()[n_rows:]
    assert [record["decision"] for record in taken_back] == ["undo"] * (n_rows - 10)
    assert {r["fingerprint"] for r in taken_back} == {r["fingerprint"] for r in batch}


def test_the_end_names_the_commands_that_come_next(look: Look, pets: Path) -> None:
    with served(pets, queue=QueueOptions(sample=3)) as review:
        look.page.goto(review.address)
        look.says("#item-title", "Item")
        for n in range(1, 4):
            look.press("4")
            look.says("#counts", f"{n} of 3 decided")
        look.says("#done-text", "Every decision is on the disk. What comes next:")
        assert look.page.locator("#done-next code").all_inner_texts() == [
            "labelaudit review stats pets-audit",
            "labelaudit apply pets-audit",
        ]
        assert look.text("#live") == "Decided: neither. Every item is decided"
        look.page.goto("about:blank")


def test_blind_is_recorded_and_shows_no_roles(look: Look, pets: Path) -> None:
    with served(pets, blind=True) as review, review.opened(look):
        assert "Given" not in look.page.locator("main").first.inner_text()
        look.press("/")
        assert look.page.locator("#filter-rule").count() == 1
        assert look.page.locator("#filter-pair").count() == 0
        look.press("Escape", "1")
        look.says("#live", "Decided: one of the two.")
        (record,) = review.kept()
    assert record["blind"] is True


def test_what_could_not_be_kept_stays_on_the_screen(look: Look, digits: Served) -> None:
    with digits.opened(look) as ids:
        look.refuse()
        look.press("2")
        look.says("#alert", ": disk full Try again")
        look.page.unroute("**/api/decisions")
        look.page.locator("#retry").click()
        look.is_at(ids[1])
        assert look.text("#alert") == ""
    assert len(digits.kept()) == 1


def test_leaving_is_asked_about_while_a_decision_is_on_its_way(look: Look, digits: Served) -> None:
    asked: list[str] = []
    look.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with digits.opened(look):
        look.page.route("**/api/decisions", lambda route: None)  # never answered
        look.page.keyboard.press("2")
        look.page.locator("body.waiting").wait_for()
        look.page.reload()
    assert asked == ["beforeunload"]
