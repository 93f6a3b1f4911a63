"""The comment on a pull request: short and harmless whatever the data says."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from labelaudit.report.quoting import code, words
from labelaudit.report.text import shortened
from labelaudit.types import Notice
from tests.report.hostile import HTML, LINKS, audit_saying, each_audit, text, texts
from tests.report.values import (
    CAT,
    CLASS_RULE,
    HOSTILE,
    SUSPECT,
    MadeAudit,
    audit_of,
    gate,
    gated_audit,
    rule,
)

TAGS = {"p", "strong", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
MONSTERS = ["<b>|`@x#1&\\" * 1000, "@" * 10_000, "|" * 10_000, "\U0001f431" * 10_000, "\x1b" * 10_000]


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and what stands in code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.codes: list[str] = []
        self.in_code = False

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        self.tags.add(tag)
        assert all(name == "style" for name, _ in attrs)  # the alignment of a column
        self.in_code = tag == "code"
        if self.in_code:
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        self.in_code = self.in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self.in_code:
            self.codes[-1] += data


def page_of(comment: str) -> Page:
    page = Page()
    page.feed(MarkdownIt("commonmark").enable("table").render(comment))
    page.close()
    return page


@each_audit
def test_comment_has_no_markup_of_the_data(audit: MadeAudit) -> None:
    comment = text("markdown", audit, said={SUSPECT.fingerprint: HTML})
    assert comment.startswith("<!-- labelaudit -->\n**gate: ")
    assert page_of(comment).tags <= TAGS
    assert comment.count("<!--") == 1


@given(st.lists(texts, min_size=1, max_size=3), texts)
@example([HTML, LINKS, HOSTILE], HTML)
@example(["__0__"], "")
@settings(max_examples=50)
def test_comment_has_no_markup_whatever_the_data(strings: list[str], said: str) -> None:
    page = page_of(text("markdown", audit_saying(*strings), said={SUSPECT.fingerprint: said}))
    assert page.tags <= TAGS


@given(texts)
@example("`")
@example(" a ")
@example("a\\|b\\")
def test_code_shows_what_the_data_says(name: str) -> None:
    told = shortened(name, 80)
    for comment in (f"x {code(name)} y", f"| a |\n|---|\n| {code(name)} |\n"):
        (shown,) = page_of(comment).codes
        assert shown.strip() == told.strip()


@pytest.mark.parametrize(
    "reference",
    ["@someone", "#12", "https://example.org", "www.example.org", "HTTP://example.org", "me@example.org"],
)
def test_nobody_is_mentioned_and_nothing_is_linked(reference: str) -> None:
    told = words(f"x {reference} y")
    assert reference not in told
    assert told.replace("&#8203;", "") == f"x {reference} y"


@pytest.mark.parametrize("name", MONSTERS, ids=["all", "at", "pipe", "cat", "escape"])
def test_comment_of_monstrous_data_is_short(name: str) -> None:
    rules = [replace(CLASS_RULE, name=f"changed rows, class '{name}'", of=name)] * 10_000
    row = replace(SUSPECT, id=name, file=name, given_label=name, suggested_label=name)
    row = replace(row, rules=("LA101", "LA102", "LA103", "LA201", "LA202", "LA301"))
    audit = audit_of(
        [row] * 1000,
        gate=gate(*rules),
        hidden={name: 3, "decisions": 4},
        notices=(Notice(code=name, message=name),) * 1000,
        changes=gated_audit().summary.changes,
    )
    classes = (replace(CAT, name=name, most_confused_with=name, split=name),) * 10_000
    for top in (None, 1000):
        comment = text("markdown", replace(audit, classes=classes), top=top, said={"00ff": name}, folder=name)
        assert len(comment) < 60_000
        assert "more limits" in comment
        assert "more notices" in comment
        assert "with the most of 10,000" in comment
        assert "the label is wrong, correct it: " in comment.splitlines()[-1]
        assert page_of(comment).tags <= TAGS


def test_comment_shows_three_examples_and_the_classes_with_most_suspects() -> None:
    audit = audit_of([replace(SUSPECT, id=f"id-{n}", fingerprint=f"f{n}") for n in range(60)])
    many = tuple(replace(CAT, name=f"class {n}", suspects=n) for n in range(61))
    comment = text("markdown", replace(audit, classes=many), said={"f1": "x" * 119 + "yz", "f59": "unseen"})
    assert re.findall(r"id `(id-\d+)`", comment) == ["id-0", "id-1", "id-2"]
    assert "the worst 3 of 60 suspects" in comment
    assert f"`{'x' * 119}…`" in comment
    assert "unseen" not in comment
    assert "in all rows, the 50 with the most of 60" in comment
    assert len(re.findall(r"^\| `class \d+`", comment, re.MULTILINE)) == 50


def test_comment_without_suspects_asks_for_nothing() -> None:
    comment = text("markdown", audit_of([], gate=gate(rule(0, 0))))
    assert "gate: passed (0 changed rows)" in comment
    assert "labelaudit explain" not in comment


def test_comment_names_ten_notices_cut_short_before_what_to_do() -> None:
    notices = tuple(Notice(code="LA901", message=f"{n} {'@x ' * 200}") for n in range(12))
    comment = text("markdown", audit_of([SUSPECT], notices=notices))
    told = re.findall(r"^- LA901: (.*)$", comment, re.MULTILINE)
    assert [line.split()[0] for line in told] == [str(n) for n in range(len(told))]
    assert {len(line.replace("&#8203;", "")) for line in told} == {300}
    assert f"and {12 - len(told)} more notices" in comment
    assert comment.index("more notices") < comment.index("labelaudit explain")
    plain = text("markdown", audit_of([], notices=notices[:0]))
    assert "otice" not in plain


@pytest.mark.parametrize(
    ("folder", "shown"),
    [
        ("labelaudit-out", "labelaudit-out"),
        ("out/audit 1", "'out/audit 1'"),
        ("a`b", "'a`b'"),
        ("$(x)|y", "'$(x)|y'"),
    ],
)
def test_comment_names_the_folder_of_the_audit_in_its_commands(folder: str, shown: str) -> None:
    codes = page_of(text("markdown", audit_of([SUSPECT]), folder=folder)).codes
    assert codes[-3:] == [
        f"labelaudit explain {shown} ID",
        f"labelaudit baseline update {shown}",
        f"labelaudit apply {shown}",
    ]
