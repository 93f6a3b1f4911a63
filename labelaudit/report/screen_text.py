"""What rich draws, as plain lines of text; the tables of all commands look alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from labelaudit.report.model import Screen


def drawn(draw: Callable[[Console], None], screen: Screen) -> Iterator[str]:
    r"""Yield the lines that are drawn on a console, with colours if the screen has them.

    Example:
        >>> list(drawn(lambda console: console.print("two\nlines"), Screen(width=20)))
        ['two\n', 'lines\n']
    """
    page = StringIO()
    draw(
        Console(
            file=page,
            width=screen.width,
            force_terminal=screen.color,
            no_color=not screen.color,
            color_system="standard" if screen.color else None,
            legacy_windows=False,
            highlight=False,
        )
    )
    for line in page.getvalue().splitlines():
        yield line.rstrip() + "\n"


def empty_grid() -> Table:
    """A table without lines but one below its head."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
