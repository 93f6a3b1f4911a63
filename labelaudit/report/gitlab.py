"""`gitlab`: a Code Quality report, which GitLab shows in a merge request.

GitLab knows five severities, `info` to `blocker`. A suspect is a row to look at, so none is more than
`major`: `major` where the label is wrong with a chance of 0.9 or more, `minor` from 0.5, `info` below. The
chance is `p_error`; without it, 1 - `label_quality`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelaudit.report.findings import chance_of, message_of, path_of, rule_of
from labelaudit.report.model import Report, Screen
from labelaudit.report.text import json_text, visible
from labelaudit.types import Suspect

SEVERITIES = (("major", 0.9), ("minor", 0.5), ("info", 0.0))
"""From which chance of a wrong label on."""


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield the list, a line a suspect."""
    separator = "\n  "
    yield "["
    for suspect in report.shown():
        yield separator + json_text(_issue(suspect, report.root))
        separator = ",\n  "
    yield "\n]\n"


def _issue(suspect: Suspect, root: str | None) -> dict[str, Any]:
    chance = chance_of(suspect)
    return {
        "description": message_of(suspect),
        "check_name": rule_of(suspect) or "labelaudit",
        "fingerprint": suspect.fingerprint,
        "severity": next(name for name, least in SEVERITIES if chance >= least),
        "location": {
            "path": visible(path_of(suspect, root)),
            "lines": {"begin": 1 if suspect.line is None else suspect.line},
        },
    }
