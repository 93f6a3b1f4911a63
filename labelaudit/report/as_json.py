"""`json`: one document with the keys of `summary.json`, and `classes` and `suspects`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from labelaudit.report.as_jsonl import suspect_dict
from labelaudit.report.model import Report, Screen
from labelaudit.report.text import json_text


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield the head, then a line a suspect, so that the whole is never held."""
    head = asdict(report.summary) | {"classes": [asdict(row) for row in report.classes]}
    yield json_text(head, indent=2).removesuffix("\n}") + ',\n  "suspects": ['
    separator = "\n    "
    for suspect in report.suspects():
        yield separator + json_text(suspect_dict(suspect))
        separator = ",\n    "
    yield "\n  ]\n}\n"
