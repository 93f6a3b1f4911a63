"""`jsonl`: one suspect a line, its keys the columns of `suspects.*`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from labelaudit.report.model import Report, Screen
from labelaudit.report.text import json_text
from labelaudit.types import Suspect

_FIELDS = tuple(field.name for field in fields(Suspect))


def suspect_dict(suspect: Suspect) -> dict[str, Any]:
    """A suspect as JSON takes it."""
    return {name: getattr(suspect, name) for name in _FIELDS}


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield a line a suspect."""
    for suspect in report.suspects():
        yield json_text(suspect_dict(suspect)) + "\n"
