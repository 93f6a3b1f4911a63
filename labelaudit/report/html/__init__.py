"""`html`: the audit as one page for people, with nothing outside of it.

Strings of the data are hostile: Jinja2 escapes each, control characters are spelled out, and the page's own
policy lets no script or style run but the two that come with it. Two audits of the same rows give the same
page: no seconds, no memory, no date.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from labelaudit.report.html.context import context_of
from labelaudit.report.model import Report, Screen
from labelaudit.report.pictures.theme import STYLE
from labelaudit.report.text import counted, number, percent, place_of, visible

_ENDS = "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
_NO_LETTERS = re.compile(f"[\ufdd0-\ufdef{_ENDS}]")  # HTML forbids them


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield the page piece by piece."""
    style, script = _part("style.css"), _part("script.js")
    policy = (
        "default-src 'none'; img-src data:; media-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_hashed(style)} {_hashed(STYLE)}; script-src {_hashed(script)}"
    )
    yield from (
        _environment()
        .get_template("page.html")
        .generate(**context_of(report), policy=policy, style=Markup(style), script=Markup(script))
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("labelaudit.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "number": number, "counted": counted, "place": place_of}
    return environment


def _shown(value: Any) -> Any:
    """What is put into the page: text of the data without what is no letter; our own mark-up as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _NO_LETTERS.sub("\N{REPLACEMENT CHARACTER}", visible(value))


def _part(name: str) -> str:
    return files("labelaudit.report.html").joinpath("templates", name).read_text(encoding="utf-8")


def _hashed(text: str) -> str:
    """How a policy names a script or style."""
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode('ascii')}'"
