"""Ranked models as a table on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from labelaudit.report.model_ranking.cells import (
    ERROR_HEAD,
    MODEL_HEAD,
    MOST_PAIRS,
    PAIR_HEAD,
    error_lines,
    model_lines,
    pair_lines,
)
from labelaudit.report.model_ranking.sentences import review_line, summary_line, verdict_line
from labelaudit.report.text import counted, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from labelaudit.model_ranking.model import ModelRanking
    from labelaudit.report.model import Screen


_PAIR_HEAD = (*PAIR_HEAD[:2], "lead,\ngiven", *PAIR_HEAD[3:])


def table(found: ModelRanking, screen: Screen) -> Iterator[str]:
    """Yield the table as text, with colours if the screen has them."""
    from rich.text import Text

    from labelaudit.report.screen_text import drawn

    def draw(console: Console) -> None:
        console.print(Text(summary_line(found), style="bold"))
        console.print(Text(review_line(found)))
        for metric, lines in groupby(model_lines(found), key=itemgetter(0)):
            # A grid a metric: at 80 columns a range is not broken off.
            console.print(
                _grid((metric, *MODEL_HEAD[2:]), [line[1:] for line in lines], numbers=(1, 2, 3, 4))
            )
        errors, pairs = list(error_lines(found)), list(pair_lines(found))
        if errors:
            console.print(_grid(ERROR_HEAD, errors, numbers=(1, 2)))
        if pairs:
            shown = [_without_range(line, 2) for line in pairs[:MOST_PAIRS]]
            console.print(_grid(_PAIR_HEAD, shown, numbers=(2, 3, 4)))
        if len(pairs) > MOST_PAIRS:
            console.print(Text(f"and {counted(len(pairs) - MOST_PAIRS, 'more pair')}", style="dim"))
        console.print(
            Text(f"{100 * found.options.confidence:g} % ranges, from rows drawn again", style="dim")
        )
        console.print(Text(verdict_line(found), style="bold"))

    yield from drawn(draw, screen)


def _without_range(line: list[str], at: int) -> list[str]:
    """The same with a plain number in one cell; its range is in the other forms."""
    return [*line[:at], line[at].partition(" (")[0], *line[at + 1 :]]


def _grid(head: Sequence[str], lines: Sequence[Sequence[str]], numbers: Sequence[int]) -> Table:
    from rich.text import Text

    from labelaudit.report.screen_text import empty_grid

    grid = empty_grid()
    for i, title in enumerate(head):
        is_number = i in numbers
        grid.add_column(title, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for cells in lines:
        grid.add_row(*(Text(visible(cell)) for cell in cells))
    return grid
