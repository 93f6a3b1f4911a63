"""Annotation tools: suspects in, the contents of the files that a tool imports out; one tool a file.

`tool(name)` imports only the one asked for:

    >>> tool("csv").is_folder
    False
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from labelaudit.exporting.model import Tool

TOOLS: dict[str, str] = {
    "label-studio": "labelaudit.exporting.label_studio",
    "csv": "labelaudit.exporting.as_csv",
    "hf": "labelaudit.exporting.hugging_face",
    "fiftyone": "labelaudit.exporting.fiftyone",
}
"""Name of the tool -> module whose `TOOL` tells how its files are made."""


def tool(name: str) -> Tool:
    """The tool called `name`, one of `TOOLS`."""
    return cast("Tool", import_module(TOOLS[name]).TOOL)
