"""What goes into a page that stands alone, and what is left out of it."""

from __future__ import annotations

import json
from typing import Any

from labelaudit.review_page.embedding import LEFT_OUT, LONGEST_NEAR, Embedded, embedded
from tests.review_page.pages import made_item, preview


def items(n: int) -> list[dict[str, Any]]:
    """Items with a picture each; all share one neighbour, and each has the one before it as another."""
    return [
        made_item(
            i,
            preview=preview("image", src=f"media/{i}"),
            neighbors={
                "given": [{"id": "n", "label": "ant", "preview": preview("image", src="media/near")}],
                "suggested": [
                    {"id": "m", "label": "bee", "preview": preview("image", src=f"media/{max(i - 1, 0)}")},
                    {"id": "gone", "label": "bee", "preview": None},
                ],
            },
        )
        for i in range(n)
    ]


def made(n: int, most_bytes: int, *, each: int = 1_000) -> Embedded:
    """A page whose pictures take `each` bytes."""
    return embedded(
        items(n),
        lambda print_: (print_.encode(), "image/png"),
        lambda data, side, most: (f"data:image/png;base64,{data.decode()}".ljust(each, "="), side, most),
        most_bytes,
    )


def test_a_picture_shown_in_several_places_is_there_once() -> None:
    found = made(5, 1_000_000)
    assert sorted(found.media) == [*(f"media/{i}" for i in range(5)), "media/near/small"]
    shown = [near["preview"]["src"] for item in found.items for near in item["neighbors"]["given"]]
    assert shown == ["media/near/small"] * 5
    assert found.items[3]["neighbors"]["suggested"][0]["preview"]["src"] == "media/2"


def test_the_worst_items_keep_their_pictures_when_the_page_is_full() -> None:
    sizes = sum(len(json.dumps(item)) for item in items(10))
    found = made(10, sizes + 3_500)
    assert len(found.items) == 10
    assert [item["preview"]["src"] for item in found.items] == ["media/0", "media/1", "media/2", *[None] * 7]
    assert found.items[3]["preview"]["note"] == LEFT_OUT
    assert str(found).startswith("10 items; left out for its size: ")


def test_items_that_do_not_fit_are_counted() -> None:
    size = len(json.dumps(items(1)[0]))
    found = made(10, 3 * size + 100)
    assert (len(found.items), found.items_left_out) == (3, 7)
    assert "7 items" in str(found)


def test_what_is_embedded_stays_below_the_limit() -> None:
    for limit in (2_000, 10_000, 20_000):
        found = made(10, limit)
        assert len(json.dumps(found.items)) + sum(map(len, found.media.values())) < limit + 1_000


def test_a_picture_that_cannot_be_read_is_said_and_is_not_left_out_for_size() -> None:
    found = embedded(items(1), lambda _: None, lambda *_: None, 100_000)
    assert found.items[0]["preview"] | {"columns": None} == preview("image", note="cannot be shown")
    assert str(found) == "1 item"


def test_a_sound_goes_in_as_it_is_and_neighbours_have_none() -> None:
    (item,) = items(1)
    item["preview"] = preview("audio", src="media/0")
    found = embedded([item], lambda _: (b"RIFF", "audio/wav"), lambda *_: None, 100_000)
    assert found.media == {"media/0": "data:audio/wav;base64,UklGRg=="}


def test_a_neighbours_text_is_cut() -> None:
    (item,) = items(1)
    item["neighbors"]["given"][0]["preview"] = preview("text", text="x" * 5_000)
    found = embedded([item], lambda _: None, lambda *_: None, 100_000)
    assert found.items[0]["neighbors"]["given"][0]["preview"]["text"] == "x" * LONGEST_NEAR
