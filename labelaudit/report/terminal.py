"""`table`: the audit on a screen. The only renderer that needs rich."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from labelaudit.report.gate_text import changes_line, hidden_line, verdict_line
from labelaudit.report.model import Report, Screen
from labelaudit.report.reviewed import reviewed_line
from labelaudit.report.screen_text import drawn, empty_grid
from labelaudit.report.text import (
    counted,
    estimate,
    number,
    percent,
    place_of,
    verdict,
    visible,
)
from labelaudit.types import Suspect

TOP_SUSPECTS = 25
TOP_PAIRS = 5


def table(report: Report) -> RenderableType:
    """The whole picture for any rich console, a recording one too."""
    shown = list(report.shown(TOP_SUSPECTS))
    parts: list[RenderableType] = [Text(verdict(report.summary), style="bold")]
    summary = report.summary
    lines = (estimate(summary), reviewed_line(report.reviewed), changes_line(summary), hidden_line(summary))
    parts += [Text(told) for told in lines if told]
    if shown:
        # A folder that all files share is told once, below.
        folders = {os.path.dirname(suspect.file) for suspect in shown}
        folder = visible(folders.pop()) if len(folders) == 1 else ""
        where = f", files in {folder}" if folder else ""
        changed = " in changed rows" if summary.changes else ""
        told = f"{len(shown)} of {counted(report.n_shown, 'suspect')}{changed}{where}"
        parts += [_suspects(shown, folder), Text(told, style="dim")]
    if report.confused:
        parts.append(_pairs(report))
    return Group(*parts, _foot(report))


def render(report: Report, screen: Screen) -> Iterator[str]:
    """Yield the picture as text, with colours if the screen has them."""
    yield from drawn(lambda console: console.print(table(report)), screen)


def _suspects(shown: list[Suspect], folder: str) -> Table:
    # An id that is cropped cannot be looked up: fold.
    grid = _grid()
    grid.add_column("rank", justify="right", overflow="fold")
    grid.add_column("id", overflow="fold")
    grid.add_column("where", overflow="fold", style="dim")
    grid.add_column("given → suggested", overflow="fold")
    grid.add_column("quality", justify="right", overflow="fold")
    grid.add_column("rules", overflow="fold")
    for suspect in shown:
        grid.add_row(
            Text(str(suspect.rank)),
            Text(visible(suspect.id)),
            Text(place_of(suspect).removeprefix(f"{folder}/")),
            _change(suspect.given_label, suspect.suggested_label),
            Text(number(suspect.label_quality)),
            Text(" ".join(suspect.rules)),
        )
    return grid


def _grid() -> Table:
    return empty_grid()


def _pairs(report: Report) -> Table:
    grid = _grid()
    grid.add_column("most confused: given → probably", overflow="fold")
    grid.add_column("rows", justify="right", overflow="fold")
    grid.add_column("of the given", justify="right", overflow="fold")
    for cell in report.confused[:TOP_PAIRS]:
        share = Text(percent(cell.inverse_noise_prob))
        grid.add_row(_change(cell.given_label, cell.true_label), Text(f"{cell.count:,}"), share)
    return grid


def _foot(report: Report) -> Text:
    notices = report.summary.notices
    told = f" ({', '.join(dict.fromkeys(notice.code for notice in notices))})" if notices else ""
    gate = (verdict_line(report.summary), "bold" if report.summary.gate.declared else "")
    apart = "\n" if report.summary.gate.declared else " · "
    return Text.assemble(f"{counted(len(notices), 'notice')}{told}{apart}", gate)


def _change(given: str, suggested: str | None) -> Text:
    told = "?" if suggested is None else visible(suggested)
    return Text.assemble((visible(given), "red"), (" → ", "dim"), (told, "green"))
