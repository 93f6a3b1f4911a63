"""`none`: no output, for those who read the saved audit."""

from __future__ import annotations

from collections.abc import Iterator

from labelaudit.report.model import Report, Screen


def render(_report: Report, _screen: Screen) -> Iterator[str]:
    """Yield nothing."""
    return iter(())
