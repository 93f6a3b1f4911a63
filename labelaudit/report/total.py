"""`total`: the suspect rate alone, for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from labelaudit.report.model import Report, Screen


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield the share of suspects among the rows."""
    yield f"{report.summary.suspect_rate:.6f}\n"
