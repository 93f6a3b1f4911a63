"""Ranked models as a table on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def table(found: ModelRanking, screen: Screen) -> Iterator[str]:
    """Yield the table as text, with colours if the screen has them."""
    from rich.text import Text

    from labelaudit.report.screen_text import drawn

    def draw(console: Console) -> None:
        console.print(Text(summary_line(found), style="bold"))
        console.print(Text(review_line(found)))
        console.print(_grid(MODEL_HEAD, _grouped(list(model_lines(found))), numbers=(2, 3, 4, 5)))
        errors, pairs = list(error_lines(found)), list(pair_lines(found))
        if errors:
            console.print(_grid(ERROR_HEAD, errors, numbers=(1, 2)))
        if pairs:
            console.print(_grid(PAIR_HEAD, pairs[:MOST_PAIRS], numbers=(2, 3, 4)))
        if len(pairs) > MOST_PAIRS:
            console.print(Text(f"and {counted(len(pairs) - MOST_PAIRS, 'more pair')}", style="dim"))
        console.print(
            Text(f"{100 * found.options.confidence:g} % ranges, from rows drawn again", style="dim")
        )
        console.print(Text(verdict_line(found), style="bold"))

    yield from drawn(draw, screen)


def _grouped(lines: list[list[str]]) -> list[list[str]]:
    """The name of a metric on its first line only."""
    names = ["", *(line[0] for line in lines)]
    return [[line[0] * (line[0] != before), *line[1:]] for line, before in zip(lines, names, strict=False)]


def _grid(head: Sequence[str], lines: Sequence[Sequence[str]], numbers: Sequence[int]) -> Table:
    from rich.text import Text

    from labelaudit.report.screen_text import empty_grid

    grid = empty_grid()
    for i, title in enumerate(head):
        grid.add_column(title, justify="right" if i in numbers else "left", overflow="fold")
    for cells in lines:
        grid.add_row(*(Text(visible(cell)) for cell in cells))
    return grid
