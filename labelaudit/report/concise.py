"""`concise`: one line a suspect, as linters write them, for editors and logs."""

from __future__ import annotations

from collections.abc import Iterator

from labelaudit.report.model import Report, Screen
from labelaudit.report.text import place_of, visible


def render(report: Report, screen: Screen) -> Iterator[str]:
    """Yield a line a suspect: where, which rules, given, suggested, quality, id."""
    bold, red, plain = ("\x1b[1m", "\x1b[1;31m", "\x1b[0m") if screen.color else ("", "", "")
    for suspect in report.suspects():
        suggested = "no suggestion"
        if suspect.suggested_label is not None:
            suggested = f"suggested '{visible(suspect.suggested_label)}'"
        yield (
            f"{bold}{place_of(suspect)}:{plain} {red}{','.join(suspect.rules)}{plain} "
            f"given '{visible(suspect.given_label)}', {suggested} "
            f"(quality {suspect.label_quality:.3f}, id {visible(suspect.id)})\n"
        )
