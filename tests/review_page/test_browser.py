"""The static page in a real browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.review_page.conftest import Look
from tests.review_page.pages import CLASSES, HOSTILE, made_item, page_data, preview

KEYS = ("1", "2", "3", "4", "Space")


def items(n: int = 40, **more: Any) -> list[dict[str, Any]]:
    return [made_item(i, **more) for i in range(n)]


def test_thirty_decisions_by_keyboard_are_kept_in_order(look: Look) -> None:
    look.open(page_data(items()))
    for i in range(30):
        look.is_at(f"item-{i}")
        look.press(KEYS[i % 5])
    words = [record["decision"] for record in look.kept()]
    assert words == ["given", "suggested", "both", "neither", "skip"] * 6
    assert look.text("#counts") == "24 of 40 decided, 6 skipped"


def test_a_kept_decision_has_the_fields_of_the_contract(look: Look) -> None:
    look.open(page_data(items(queue="sample", draw_prob=0.25, scan="0011")))
    look.press("2")
    (record,) = look.kept()
    assert record.pop("decided_at").endswith("Z")
    assert record == {
        "fingerprint": f"{0:016x}",
        "id": "item-0",
        "decision": "suggested",
        "label": "bee",
        "reason": None,
        "note": None,
        "reviewer": "ana",
        "queue": "sample",
        "draw_prob": 0.25,
        "scan": "0011",
        "blind": False,
        "seen": {"given": "ant", "suggested": "bee", "label_quality": 0.05},
        "tool_version": "labelaudit 0.1.0",
    }


def test_undo_goes_back_to_the_item_and_takes_the_decision_back(look: Look) -> None:
    look.open(page_data(items()))
    look.press("1", "2", "u")
    look.is_at("item-1")
    assert look.text("#counts") == "1 of 40 decided"
    assert [record["decision"] for record in look.kept()] == ["given", "suggested", "undo"]
    look.press("u")
    look.is_at("item-0")
    assert look.page.locator("#undo").is_disabled()


def test_a_reload_in_the_middle_goes_on_where_it_was(look: Look) -> None:
    look.open(page_data(items()))
    look.press("1", "2", "3")
    look.page.reload()
    look.is_at("item-3")
    assert look.text("#counts") == "3 of 40 decided"
    look.press("u")
    look.is_at("item-2")


def test_other_finds_a_class_by_typing(look: Look) -> None:
    look.open(page_data(items()))
    look.press("5")
    assert look.page.locator("[role=option]").all_text_contents() == ["cat", "dog", "emu", "fox"]
    look.page.keyboard.type("o")
    assert look.page.locator("[role=option]").all_text_contents() == ["dog", "fox"]
    look.press("ArrowDown", "Enter")
    look.is_at("item-1")
    assert (look.kept()[0]["decision"], look.kept()[0]["label"]) == ("other", "fox")


def test_escape_leaves_other_without_a_decision(look: Look) -> None:
    look.open(page_data(items()))
    look.press("5", "Escape")
    assert look.page.locator("dialog").count() == 0
    look.is_at("item-0")
    assert look.kept() == []


def test_reason_and_note_go_with_the_decision_and_not_to_the_next_item(look: Look) -> None:
    look.open(page_data(items()))
    look.press("r", "2", "n")
    look.page.keyboard.type("blurred 1 2 3")
    look.press("Enter")
    assert look.text("#remarked").startswith("Reason: ambiguous. Note: blurred 1 2 3 (goes with the decision")
    look.press("3")
    assert look.text("#remarked") == ""
    (record,) = look.kept()
    assert (record["reason"], record["note"]) == ("ambiguous", "blurred 1 2 3")


def test_a_note_on_an_undecided_item_waits_for_the_decision(look: Look) -> None:
    look.open(page_data(items(3)))
    look.press("n")
    look.page.keyboard.type("look again")
    look.press("Escape", "ArrowRight")  # what was typed is not lost
    assert look.text("#remarked") == ""
    look.says("#hints", "1 item with a note or a reason but no decision")
    look.page.reload()
    look.says("#remarked", "Note: look again (goes with the decision, not kept yet)")
    look.press("2")
    assert [record["note"] for record in look.kept()] == ["look again"]
    assert look.text("#hints") == ""
    look.press("u")
    look.says("#remarked", "Note: look again (goes with the decision, not kept yet)")


def test_the_address_of_a_neighbour_can_be_followed_and_is_not_cut(look: Look) -> None:
    address = "https://photos.example/" + "a-long-name-" * 12
    near = {"id": "near", "label": "ant", "preview": preview("link", src=address)}
    look.open(page_data(items(neighbors={"given": [near], "suggested": []})))
    link = look.page.locator("#neighbors a")
    assert link.get_attribute("href") == address
    assert link.evaluate("node => node.scrollWidth <= node.closest('li').clientWidth")


def test_the_end_names_the_command_that_takes_the_decisions_in(look: Look) -> None:
    look.open(page_data(items(1), audit="it's here", reviewer="Ana María"))
    look.press("1")
    assert look.page.locator("#done-next code").all_inner_texts() == [
        r"labelaudit review merge 'it'\''s here' decisions-Ana-María.jsonl --write",
        r"labelaudit apply 'it'\''s here'",
    ]
    assert look.text("#live") == "Decided: given. Every item is decided"


def test_a_reason_for_a_decided_item_is_kept_at_once(look: Look) -> None:
    look.open(page_data(items()))
    look.press("2", "ArrowLeft", "r", "1")
    last = look.kept()[-1]
    assert (last["decision"], last["label"], last["reason"]) == ("suggested", "bee", "clear mistake")


def test_a_filter_shows_only_what_it_says(look: Look) -> None:
    look.open(page_data(items()))
    for name, value, expected in (
        ("pair", '["bee","cat"]', "item-1"),
        ("rule", "LA101", "item-0"),
        ("split", "test", "item-1"),
    ):
        look.press("/")
        look.page.select_option(f"#filter-{name}", value)
        look.page.get_by_role("button", name="Show", exact=True).click()
        look.is_at(expected)
        look.says("#hints", "Shown: ")
        look.page.locator("#clear-filter").click()
        look.is_at("item-0")


def test_enter_on_the_box_of_a_filter_submits_it(look: Look) -> None:
    look.open(page_data(items()))
    look.press("1", "/")
    look.page.locator("#filter-undecided").focus()
    look.press("Space", "Enter")
    look.says("#hints", "Shown: decided items too.")
    look.is_at("item-0")


def test_decided_items_are_shown_again_when_asked_for(look: Look) -> None:
    look.open(page_data(items(3)))
    look.press("1", "2", "4")
    assert look.text("#done-title") == "Every item is decided"
    look.page.get_by_role("button", name="Show all items").click()
    look.press("ArrowRight")
    assert look.text("#remarked") == "You decided: suggested (cat)."
    assert look.page.locator("#choice-2").get_attribute("aria-pressed") == "true"


def decided(word: str = "suggested", second: int = 0, note: str | None = None) -> dict[str, Any]:
    """A decision of an earlier session."""
    label = "bee" if word == "suggested" else None
    at = f"2026-01-01T00:00:{second:02}.000Z"
    return {"decision": word, "label": label, "reason": None, "note": note, "decided_at": at}


def one_pair(n: int, words: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Items of one class pair, the first of them decided so."""
    made = items(n, given_label="ant", suggested_label="bee")
    for second, (item, word) in enumerate(zip(made, words, strict=False)):
        item["decision"] = decided(word, second)
    return made


def test_a_confused_pair_is_accepted_in_a_batch_after_ten_single_decisions(look: Look) -> None:
    look.open(page_data([*one_pair(40, ["given", *["suggested"] * 7]), made_item(41)]))
    look.press("1", "2")
    assert look.page.locator("#batch").count() == 0  # 8 of the last 10
    look.press("2")
    assert look.text("#hints").startswith("ant → bee: 9 of the last 10 took the suggestion.")
    look.press("b")
    look.page.get_by_role("button", name="Accept 29").click()
    look.says("#hints", "29 items accepted in a batch.")
    assert look.text("#counts") == "40 of 41 decided"
    batch = look.kept()[3:]
    assert {(r["decision"], r["label"], r["note"]) for r in batch} == {
        ("suggested", "bee", "accepted in a batch")
    }
    assert len({record["fingerprint"] for record in batch}) == 29
    look.page.reload()
    look.is_at("item-41")
    look.press("u")
    assert look.text("#hints").startswith("29 decisions of a batch taken back.")
    assert look.text("#counts") == "11 of 41 decided"
    look.is_at("item-11")
    look.press("u")
    look.is_at("item-10")


@pytest.mark.parametrize(
    "more",
    [
        {"words": ["given"] * 10},
        {"words": [*["suggested"] * 8, "skip", "skip", "suggested"]},
        {"words": ["suggested"] * 10, "note": "accepted in a batch"},
        {"words": ["suggested"] * 10, "queue": "sample"},
        {"words": ["suggested"] * 10, "blind": True},
    ],
    ids=lambda more: " ".join([*list(more)[1:], more["words"][0]]),
)
def test_no_batch_is_offered(look: Look, more: dict[str, Any]) -> None:
    made = one_pair(20, more["words"])
    for item in made:
        item["queue"] = more.get("queue", "ranked")
        if item["decision"]:
            item["decision"]["note"] = more.get("note")
    look.open(page_data(made, blind=more.get("blind", False)))
    look.says("#counts", "of 20 decided")
    assert look.page.locator("#batch").count() == 0


def test_a_batch_is_offered_beside_a_control_too_and_leaves_it_and_rows_with_a_reason_alone(
    look: Look,
) -> None:
    many = one_pair(14, ["suggested"] * 10)
    many[10]["queue"] = "control"
    look.open(page_data(many))
    look.press("ArrowRight", "r", "1", "ArrowLeft")
    look.is_at("item-10")
    look.press("b")
    look.page.get_by_role("button", name="Accept 2").click()
    look.says("#counts", "12 of 14 decided")
    look.is_at("item-10")
    assert [record["id"] for record in look.kept()] == ["item-12", "item-13"]


def test_who_decides_an_item_of_a_batch_again_has_looked_at_it(look: Look) -> None:
    look.open(page_data([made_item(0, decision=decided(note="accepted in a batch"))]))
    look.page.get_by_role("button", name="Show all items").click()
    look.press("2")
    assert look.kept()[-1]["note"] is None


def test_it_says_when_the_last_fifty_found_little(look: Look) -> None:
    many = items(60)
    for i, item in enumerate(many[:49]):
        item["decision"] = decided("given" if i else "suggested", i)
    look.open(page_data(many))
    look.says("#counts", "49 of 60 decided")
    assert "stop here" not in look.text("#hints")
    look.press("1")
    assert "You could stop here: 1 of the last 50" in look.page.locator("#hints").inner_text()


def test_running_precision_is_told_by_rule(look: Look) -> None:
    look.open(page_data(items(), rules={"LA101": "confident learning", "LA102": "fused score"}))
    look.press("2", "1", "4", "3", "Space")
    rows = look.page.locator("#standing tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["LA101 confident learning", "1 of 1", "100 %"],
        ["LA102 fused score", "2 of 4", "50 %"],
    ]


def test_a_click_and_the_space_after_it_are_two_things(look: Look) -> None:
    look.open(page_data(items()))
    look.page.locator("#choice-2").click()
    look.press("Space")
    assert [record["decision"] for record in look.kept()] == ["suggested", "skip"]


def test_decisions_are_downloaded_as_lines_with_the_reviewers_name(look: Look) -> None:
    look.open(page_data(items(), reviewer=""))
    look.press("1", "2")
    look.page.locator("#download").click()
    look.page.locator("#reviewer").fill("Ana María / B")
    with look.page.expect_download() as got:
        look.press("Enter")
    assert got.value.suggested_filename == "decisions-Ana-María-B.jsonl"
    lines = got.value.path().read_text("utf-8").splitlines()
    assert [json.loads(line)["reviewer"] for line in lines] == ["Ana María / B"] * 2


def test_a_row_without_a_suggestion_cannot_be_given_one_by_mistake(look: Look) -> None:
    look.open(page_data(items(suggested_label=None, runner_up_label=None, suggested_prob=None)))
    look.press("2", "3")
    assert look.kept() == []
    assert look.page.locator("#choice-2").is_disabled()


def hostile_item(number: int, text: str) -> dict[str, Any]:
    hostile = preview("text", text=text, columns={text: text}, note=text)
    near = {"given": [{"id": text, "label": text, "preview": hostile}], "suggested": []}
    told = {"id": text, "file": text, "split": text, "given_label": text, "reason": text, "rules": [text]}
    return made_item(number, suggested_label=f"{text}!", preview=hostile, neighbors=near, **told)


def test_hostile_text_shows_as_text(look: Look) -> None:
    nothing: dict[str, Any] = {"neighbors": {"given": [], "suggested": []}}
    made = [hostile_item(i, text) for i, text in enumerate(HOSTILE)]
    for kind in ("link", "image"):
        made += [
            made_item(len(made) + i, preview=preview(kind, src=t)) | nothing for i, t in enumerate(HOSTILE)
        ]
    rules = {text: text for text in HOSTILE}
    look.open(
        page_data(made, classes=[*HOSTILE, *CLASSES], audit="".join(HOSTILE), reasons=[*HOSTILE], rules=rules)
    )
    for text in HOSTILE:
        visible_part = text.rpartition("\u202e")[2].partition("\x1b")[0][:20].strip()
        assert visible_part in look.page.locator("#because").inner_text()
        look.press("r", "1", "4")
    look.press("/", "Escape", "5", "Escape")
    for _ in range(2 * len(HOSTILE)):
        assert look.page.locator("main a").count() == 0
        look.press("1")
    look.says("#done-title", "Every item is decided")
    assert look.page.evaluate("window.hacked") is None
    assert look.page.locator("script").count() == 2


def test_nothing_is_wider_than_the_screen(look: Look) -> None:
    look.open(
        page_data(items(given_label="x" * 300, suggested_label="a label of many words " * 20, id="y" * 300))
    )
    for width in (1440, 390):
        look.page.set_viewport_size({"width": width, "height": 844})
        assert look.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_key_right_after_a_dialog_is_not_lost(look: Look) -> None:
    look.open(page_data(items()))
    look.press("?", "Escape", "r", "Escape", "2")
    look.is_at("item-1")
    assert look.kept()[0]["decision"] == "suggested"


def test_keys_do_not_decide_behind_a_dialog(look: Look) -> None:
    look.open(page_data(items()))
    look.press("?")
    look.page.locator("#dialog-title").click()
    look.press("1", "2", "Space")
    assert look.kept() == []


def test_a_sound_that_has_the_focus_leaves_the_keys_to_decide(look: Look) -> None:
    sound = preview("audio", src="data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAA")
    look.open(page_data(items(preview=sound)))
    look.page.locator("#preview audio").focus()
    look.press("2")
    look.is_at("item-1")


def test_the_ends_of_long_class_names_are_seen(look: Look) -> None:
    long = "a_class_name_of_eighty_letters_" * 2 + "that_tells_18_last"
    look.open(page_data(items(given_label=f"{long}_a", suggested_label=f"{long}_b", id="y" * 200)))
    cut = "[...document.querySelectorAll('.choice .label')].map(n => n.scrollHeight - n.clientHeight)"
    for width in (1440, 390):
        look.page.set_viewport_size({"width": width, "height": 844})
        assert max(look.page.evaluate(cut)) <= 1
        assert look.page.locator("#preview img").bounding_box()["height"] > 100
