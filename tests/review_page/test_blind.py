"""Blind, nothing on the screen or by voice tells which label is the given one."""

from __future__ import annotations

from typing import Any

from tests.review_page.conftest import Look
from tests.review_page.pages import CLASSES, made_item, page_data

UNSUSPECTED: dict[str, Any] = {"suggested_label": None, "suggested_prob": None, "runner_up_label": "emu"}
TELLING = ("given", "suggested", "runner-up", "no suggestion", "likely", "94 %", "given label 3")


def items(n: int = 40, **more: Any) -> list[dict[str, Any]]:
    return [made_item(i, **more) for i in range(n)]


def assert_tells_nothing(look: Look) -> None:
    seen = look.page.locator("body").inner_text().replace("Blind: which label is given is not shown.", "")
    assert not [word for word in TELLING if word in seen.lower()]


def test_blind_tells_nowhere_which_label_is_given(look: Look) -> None:
    look.open(page_data(items(), blind=True))
    firsts = set()
    for i in range(8):
        assert_tells_nothing(look)
        first = look.text("#choice-1 .label")
        firsts.add(first == CLASSES[i % 3])
        look.press("1")
        assert look.text("#live").startswith("Decided: one of the two. Item")
        record = look.kept()[-1]
        assert record["blind"]
        assert record["decision"] == ("given" if first == CLASSES[i % 3] else "suggested")
    assert firsts == {True, False}


def test_blind_the_filter_lists_no_class_pairs(look: Look) -> None:
    look.open(page_data(items(), blind=True))
    look.press("/")
    assert look.page.locator("#filter-rule").count() == 1
    assert look.page.locator("#filter-pair").count() == 0
    assert_tells_nothing(look)


def test_blind_an_unsuspected_row_looks_and_sounds_like_another(look: Look) -> None:
    look.open(page_data(items(**UNSUSPECTED), blind=True))
    for key in ("1", "2", "1", "2"):
        assert_tells_nothing(look)
        chosen = look.text(f"#choice-{key} .label")
        look.press(key)
        assert look.text("#live").startswith("Decided: one of the two. Item")
        look.press("ArrowLeft")
        look.says("#remarked", f"You chose: {chosen}.")
        assert look.page.locator("[aria-pressed=true]").count() == 1
        look.press("ArrowRight")


def test_blind_a_row_without_any_rival_still_shows_two_labels(look: Look) -> None:
    look.open(page_data(items(**UNSUSPECTED | {"runner_up_label": None}), blind=True))
    for _ in range(4):
        assert look.page.locator(".choice:enabled .label").count() == 2
        look.press("1")
    words = {record["decision"] for record in look.kept()}
    assert words <= {"given", "other"}


def test_blind_the_class_finder_leaves_out_both_labels(look: Look) -> None:
    look.open(page_data(items(**UNSUSPECTED), blind=True))
    look.press("5")
    assert look.page.locator("[role=option]").all_text_contents() == ["bee", "cat", "dog", "fox"]


def test_blind_no_count_of_errors_tells_of_the_last_decision(look: Look) -> None:
    many = items(52)
    for i, item in enumerate(many[:50]):
        at = f"2026-01-01T00:00:{i:02}.000Z"
        item["decision"] = {
            "decision": "given",
            "label": None,
            "reason": None,
            "note": None,
            "decided_at": at,
        }
    look.open(page_data(many, blind=True))
    look.says("#hints", "You could stop here: the last 50 decisions found few errors.")
    assert look.text("#standing") == ""
