"""Label changes as a table on a screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labelaudit.report.differences import (
    TOP_DIRECTIONS,
    audit_line,
    label_name,
    place,
    preference,
    summary_line,
)
from labelaudit.report.text import counted, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from labelaudit.differences.model import Difference, Differences
    from labelaudit.report.model import Screen

TOP_ROWS = 25


def table(found: Differences, screen: Screen, top: int | None) -> Iterator[str]:
    """Yield the table as text, with colours if the screen has them."""
    from rich.text import Text

    from labelaudit.report.screen_text import drawn

    def draw(console: Console) -> None:
        console.print(Text(visible(summary_line(found)), style="bold"))
        if told := audit_line(found):
            console.print(Text(told))
        if found.directions:
            console.print(_directions(found))
        rows = list(found.rows(TOP_ROWS if top is None else top))
        if rows:
            console.print(_rows(rows, has_view=found.tally is not None))
        if len(rows) < found.n_listed:
            console.print(Text(f"{len(rows):,} of {counted(found.n_listed, 'row')}", style="dim"))

    yield from drawn(draw, screen)


def _rows(rows: list[Difference], *, has_view: bool) -> Table:
    # An id that is cropped cannot be looked up: fold.
    from rich.text import Text

    grid = _grid("change", "id", "where", "label", *(("model prefers",) * has_view))
    for row in rows:
        cells = [Text(row.kind), Text(visible(row.id)), Text(place(row), style="dim"), _labels(row)]
        if has_view:
            cells.append(Text(preference(row) or "not in the audit", style="" if row.favors else "dim"))
        grid.add_row(*cells)
    return grid


def _labels(row: Difference) -> Text:
    from rich.text import Text

    if row.kind == "relabelled":
        return _change(row.old_label, row.new_label)
    return Text(label_name(row.old_label if row.kind == "removed" else row.new_label))


def _directions(found: Differences) -> Table:
    from rich.text import Text

    grid = _grid("relabelled: old → new", "rows", right="rows")
    for direction in found.directions[:TOP_DIRECTIONS]:
        grid.add_row(_change(direction.old_label, direction.new_label), Text(f"{direction.count:,}"))
    if (left := len(found.directions) - TOP_DIRECTIONS) > 0:
        grid.add_row(Text(f"and {counted(left, 'more direction')}", style="dim"), "")
    return grid


def _grid(*titles: str, right: str = "") -> Table:
    from labelaudit.report.screen_text import empty_grid

    grid = empty_grid()
    for title in titles:
        grid.add_column(title, justify="right" if title == right else "left", overflow="fold")
    return grid


def _change(old: str | None, new: str | None) -> Text:
    from rich.text import Text

    return Text.assemble((label_name(old), "red"), (" → ", "dim"), (label_name(new), "green"))
