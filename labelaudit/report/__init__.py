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
    "markdown": "labelaudit.report.markdown",
    "total": "labelaudit.report.total",
    "none": "labelaudit.report.nothing",
}
"""Name of the form -> module whose `render` writes it."""


def renderer(name: str) -> Renderer:
    """The function that writes a report in the form called `name`."""
    return cast(Renderer, import_module(RENDERERS[name]).render)
