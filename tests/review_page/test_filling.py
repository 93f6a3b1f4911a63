"""The page as text: data stay data, and the policy names what may run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.review_page import content_security_policy, review_page
from tests.review_page.pages import HOSTILE, made_item, page_data


class Scripts(HTMLParser):
    """The texts of the page's scripts and styles, as a parser finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.within: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.within = dict(attrs).get("type") or tag if tag in ("script", "style") else self.within

    def handle_endtag(self, tag: str) -> None:
        self.within = None if tag in ("script", "style") else self.within

    def handle_data(self, data: str) -> None:
        if self.within:
            self.found.append((self.within, data))


def data_in(page: str) -> Any:
    (text,) = [text for kind, text in Scripts(page).found if kind == "application/json"]
    return json.loads(text)


@given(st.text())
def test_any_text_comes_out_of_the_page_as_it_went_in(text: str) -> None:
    assert data_in(review_page(page_data([], audit=text)))["audit"] == text


@pytest.mark.parametrize("text", [*HOSTILE, "\ud800"])
def test_hostile_text_stays_in_the_data(text: str) -> None:
    page = review_page(page_data([made_item(1, id=text, given_label=text)]))
    assert [kind for kind, _ in Scripts(page).found] == ["style", "application/json", "script"]
    assert data_in(page)["items"][0]["id"] == text
    assert page.encode("utf-8")


@pytest.mark.parametrize("mode", ["static", "served"])
def test_the_policy_names_the_one_script_and_the_one_style(mode: str) -> None:
    page = review_page(page_data([], mode=mode))
    policy = content_security_policy(served=mode == "served")
    assert f'content="{policy}"' in page
    for kind, text in Scripts(page).found:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert (f"'sha256-{digest}'" in policy) == (kind != "application/json")
    assert "unsafe" not in policy


def test_only_the_served_page_may_ask_its_server() -> None:
    assert "connect-src 'none'" in content_security_policy(served=False)
    assert "connect-src 'self'" in content_security_policy(served=True)


def test_the_page_names_no_address_and_never_parses_text_as_markup() -> None:
    page = review_page(page_data([]))
    assert not re.search(r"https?://", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page)
