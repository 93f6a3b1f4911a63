"""Renderers: `Report` in, text out, one form a file.

`renderer(name)` imports only the one asked for, so that a pipe never waits for rich:

    >>> renderer("total").__module__
    'labelaudit.report.total'
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from labelaudit.report.model import Renderer

RENDERERS: dict[str, str] = {
    "table": "labelaudit.report.terminal",
    "concise": "labelaudit.report.concise",
    "json": "labelaudit.report.as_json",
    "jsonl": "labelaudit.report.as_jsonl",
    "csv": "labelaudit.report.as_csv",
    "markdown": "labelaudit.report.comment",
    "html": "labelaudit.report.html",
    "github": "labelaudit.report.github",
    "gitlab": "labelaudit.report.gitlab",
    "sarif": "labelaudit.report.sarif",
    "junit": "labelaudit.report.junit",
    "total": "labelaudit.report.total",
    "none": "labelaudit.report.nothing",
}
"""Name of the form -> module whose `render` writes it."""

PAGES: dict[str, str] = {"page": "labelaudit.report.markdown"}
"""Forms that a saved audit has and nobody asks for by name."""


def renderer(name: str) -> Renderer:
    """The function that writes a report in the form called `name`, one of `RENDERERS` or `PAGES`."""
    return cast(Renderer, import_module((RENDERERS | PAGES)[name]).render)
