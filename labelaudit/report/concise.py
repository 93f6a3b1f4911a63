"""`concise`: one line a suspect, as linters write them, for editors and logs."""

from __future__ import annotations

from collections.abc import Iterator

from labelaudit.report.findings import judgement_of
from labelaudit.report.model import Report, Screen
from labelaudit.report.text import place_of


def render(report: Report, screen: Screen) -> Iterator[str]:
    """Yield a line a suspect: where, which rules, given, suggested, quality, id."""
    bold, red, plain = ("\x1b[1m", "\x1b[1;31m", "\x1b[0m") if screen.color else ("", "", "")
    for suspect in report.shown():
        rules = ",".join(suspect.rules)
        yield f"{bold}{place_of(suspect)}:{plain} {red}{rules}{plain} {judgement_of(suspect)}\n"
