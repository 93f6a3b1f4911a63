"""Where the cells of a heat map lie, and the names beside and above them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labelaudit.report.pictures.lettering import shortened, shortened_apart, text_width
from labelaudit.report.pictures.svg import MARGIN, WIDTH, label, path

_WIDEST_CELL, _TALLEST_CELL = 96, 38
_LONGEST_ROW_NAME, _LONGEST_COLUMN_NAME = 150, 120
_SLOPE = math.sqrt(0.5)  # of names turned by 45 degrees
_GAP = 8

ROWS, COLUMNS = "given label ↓", "estimated true label →"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Equal cells, rows by columns, in pixels."""

    names: tuple[str, ...]
    left: float
    top: float
    cell_width: float
    cell_height: float
    names_height: float  # of the names above the columns
    turned: bool  # these names

    @property
    def right(self) -> float:
        """The right edge of the last column."""
        return self.left + len(self.names) * self.cell_width

    @property
    def bottom(self) -> float:
        """The lower edge of the last row."""
        return self.top + len(self.names) * self.cell_height

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """The upper left corner of a cell."""
        return self.left + column * self.cell_width, self.top + row * self.cell_height

    def lines(self) -> list[str]:
        """The lines between the cells, and around them."""
        columns, rows = ([self.corner(i, i)[axis] for i in range(len(self.names) + 1)] for axis in (0, 1))
        down = [path("edge", [(x, self.top), (x, self.bottom)]) for x in columns]
        return [*down, *(path("edge", [(self.left, y), (self.right, y)]) for y in rows)]

    def titles(self) -> list[str]:
        """What rows and columns are, in the corner."""
        above = label(COLUMNS, self.left, self.top - self.names_height - _GAP, look="muted")
        return [above, label(ROWS, self.left - _GAP, self.top - _GAP, look="muted", anchor="end")]

    def row_names(self) -> list[str]:
        """The names to the left."""
        middle = self.top + self.cell_height / 2 + 4
        cut = shortened_apart(self.names, _LONGEST_ROW_NAME)
        return [
            label(
                cut[name],
                self.left - _GAP,
                middle + i * self.cell_height,
                anchor="end",
            )
            for i, name in enumerate(self.names)
        ]

    def column_names(self) -> list[str]:
        """The names above: level where all fit, else turned."""
        parts = []
        cut = shortened_apart(self.names, _LONGEST_COLUMN_NAME)
        for i, name in enumerate(self.names):
            x = self.left + (i + 0.5) * self.cell_width
            if self.turned:
                parts.append(label(cut[name], x + 3, self.top - _GAP, turn=-45))
            else:
                parts.append(label(name, x, self.top - _GAP, anchor="middle"))
        return parts


def grid_for(names: Sequence[str], top: float) -> Grid:
    """Fit the classes to the width of the sheet.

    Args:
        names: of the classes, rows and columns alike.
        top: where the drawing may begin.
    """
    longest = max(map(text_width, names))
    left = MARGIN + max(min(longest, _LONGEST_ROW_NAME), text_width(ROWS)) + _GAP
    cell = _cell_width(len(names), left, 0)
    turned = not all(text_width(name) + 6 <= cell and shortened(name, cell) == name for name in names)
    reach = (min(longest, _LONGEST_COLUMN_NAME) + 12) * _SLOPE
    if turned:
        cell = _cell_width(len(names), left, reach)
    names_height = _GAP + (reach if turned else 12)
    return Grid(
        names=tuple(names),
        left=left,
        top=top + 24 + names_height,
        names_height=names_height,
        cell_width=cell,
        cell_height=min(cell, _TALLEST_CELL),
        turned=turned,
    )


def _cell_width(n_classes: int, left: float, reach: float) -> float:
    """The widest cell; the last turned name starts in the middle of one and may not leave the sheet."""
    room = WIDTH - MARGIN - left
    return min(_WIDEST_CELL, room / n_classes, (room - reach) / (n_classes - 0.5))
