"""Axes: where the ticks are, how they read, the frame they belong to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labelaudit.report.pictures.lettering import TEXT_SIZE
from labelaudit.report.pictures.svg import label, path

Mark = tuple[float, str]
"""A tick: its place in pixels, its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The part of a sheet that a plot fills, in pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge, where the horizontal axis lies."""
        return self.top + self.height

    def x(self, share: float) -> float:
        """The place of a share of the width."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """The place of a share of the height, counted from below."""
        return self.bottom - share * self.height


def even_ticks(high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, from 0 to `high`: at most `most` steps.

    Example:
        >>> even_ticks(730, 5)
        [0.0, 200.0, 400.0, 600.0]
    """
    rough = high / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * digit for digit in (1, 2, 5, 10) if unit * digit >= rough * (1 - 1e-9))
    return [step * i for i in range(int(high / step * (1 + 1e-9)) + 1)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """1, 2, 5, 10, 20 ... between two positive numbers; powers of ten where those would be over `most`.

    Example:
        >>> log_ticks(1, 60, 8), log_ticks(1, 1e6, 8)
        ([1, 2, 5, 10, 20, 50], [1, 10, 100, 1000, 10000, 100000, 1000000])
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [digit * 10**power for power in powers for digit in (1, 2, 5) if low <= digit * 10**power <= high]
    if len(fine) <= most:
        return fine
    tens = [10**power for power in powers if low <= 10**power <= high]
    return tens[:: -(-len(tens) // most)]


def tick_text(number: float) -> str:
    """A count on an axis.

    Example:
        >>> tick_text(2500), tick_text(3e6)
        ('2,500', '3M')
    """
    return f"{number:,.0f}" if number < 1e6 else short_count(round(number))


def short_count(count: int) -> str:
    """A count in at most four letters.

    Example:
        >>> short_count(950), short_count(1234), short_count(999_600), short_count(12_345_678)
        ('950', '1.2k', '1M', '12M')
    """
    if count < 1000:
        return str(count)
    power = next(power for power in range(1, 5) if count < 999.5 * 1000**power or power == 4)
    scaled = count / 1000**power
    text = f"{scaled:.1f}".removesuffix(".0") if scaled < 9.95 else f"{scaled:.0f}"
    return text + "kMGT"[power - 1]


def vertical_axis(frame: Frame, marks: Sequence[Mark], title: str) -> list[str]:
    """Lines across the plot, their numbers to the left, the title above them."""
    lines = [path("grid", [(frame.left, y), (frame.right, y)]) for y, _ in marks]
    numbers = [label(text, frame.left - 8, y + 4, look="muted", anchor="end") for y, text in marks]
    return [*lines, *numbers, label(title, frame.left, frame.top - 10, look="muted")]


def horizontal_axis(frame: Frame, marks: Sequence[Mark], title: str) -> list[str]:
    """The line below the plot, with ticks, their numbers and the title."""
    base = frame.bottom
    parts = [path("axis", [(frame.left, base), (frame.right, base)])]
    for x, text in marks:
        parts.append(path("axis", [(x, base), (x, base + 5)]))
        parts.append(label(text, x, base + 7 + TEXT_SIZE, look="muted", anchor="middle"))
    middle = frame.left + frame.width / 2
    return [*parts, label(title, middle, base + 40, look="muted", size=12, anchor="middle")]
