"""Audits that say hostile things, for the forms that other programs read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st

from labelaudit.report import renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.types import Notice, Suspect
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

HTML = "<script>alert(1)</script></details></code>`</details>` `` ](javascript:x) -->"
LINKS = "@someone #12 https://example.org www.example.org [a](b) {0} ::error::x %0A%25 | \\| ]]>"

NASTY = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "</svg><img src=x>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<form action=https://example.org><input></form>",
    "<style>*{display:none}</style>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "<!-- comment",
    "--><b>out</b>",
    "<![CDATA[ x ]]>",
    "]]>",
    "<?php echo 1 ?>",
    "{{ 7 * 7 }}{% raw %}",
    "${7*7} #{7*7}",
    "&lt;script&gt; &amp; &#x3C; &nosuch;",
    "\x00null\x01\x08",
    "\x1b[31mred\x1b[0m\x9b31m",
    "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\",
    "line\nfeed\r\nand\ttab",
    "\u2028line\u2029paragraph",
    "\u202egnp.exe\u202c\u2066x\u2069",
    "\ud800lone\udfff",
    "\ufdd0\ufffe\uffff\U0001ffff",
    "\u200bzero\u200dwidth\ufeff",
    "e" + "\u0301" * 200,
    "'; DROP TABLE labels; -- \\",
)
"""Forty strings that are somebody's attack, or trouble, in HTML, a template, a terminal or a file."""

texts = st.text(st.characters(exclude_categories=()), max_size=40)
files = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@st.composite
def suspects(draw: st.DrawFn) -> Suspect:
    """A suspect with any strings."""
    return replace(
        SUSPECT,
        id=draw(texts),
        file=draw(files),
        line=draw(st.none() | st.integers(1, 10**9)),
        given_label=draw(texts),
        suggested_label=draw(st.none() | texts),
        split=draw(st.none() | texts),
        label_quality=draw(st.floats(0, 1)),
        p_error=draw(st.none() | st.floats(0, 1)),
        rules=tuple(draw(st.lists(st.sampled_from(["LA101", "LA301"]), max_size=2, unique=True))),
    )


def text(form: str, audit: Any, *, said: dict[str, str] | None = None, **options: Any) -> str:
    """A form of an audit; `said` are the texts of its rows."""
    return "".join(renderer(form)(report_of(audit, texts=said, **options), Screen()))


def audit_saying(*strings: str) -> MadeAudit:
    """A gated audit that says hostile things wherever it can say anything."""
    rows = [
        replace(
            SUSPECT,
            rank=n,
            id=string,
            file=f"{string}/x.csv",
            given_label=string,
            suggested_label=string,
            split=string,
        )
        for n, string in enumerate(strings, start=1)
    ]
    rules = [
        replace(CLASS_RULE, name=f"changed rows, class '{string}'", of=string, informational=bool(n % 2))
        for n, string in enumerate(strings)
    ]
    audit = audit_of(
        rows,
        gate=gate(*rules),
        hidden=dict.fromkeys(strings, 2),
        tool=strings[0],
        notices=tuple(Notice(code=string, message=string) for string in strings),
    )
    classes = tuple(replace(CAT, name=string, most_confused_with=string, split=string) for string in strings)
    return replace(audit, classes=classes)


AUDITS = {
    "plain": MadeAudit(),
    "gated": gated_audit(),
    "empty": replace(audit_of([]), classes=(), joint=()),
    "empty and gated": audit_of([], gate=gate(rule(0, 0))),
    "hostile": audit_saying(HOSTILE, HTML, LINKS, "", " ", "\udcff", "\ufffe\uffff\x00", "größe/שלום.csv"),
}
each_audit = pytest.mark.parametrize("audit", AUDITS.values(), ids=AUDITS)
