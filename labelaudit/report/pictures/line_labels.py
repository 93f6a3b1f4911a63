"""The names of lines: a legend, and labels at the lines' ends that keep clear of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelaudit.report.pictures.axes import Frame
from labelaudit.report.pictures.lettering import shortened, text_width
from labelaudit.report.pictures.svg import MARGIN, WIDTH, dot, label, path

DOTS = "1 3"

_APART = 15
_SAMPLE = 30
_LONGEST_LEGEND, _LONGEST_LABEL = 300, 140
_LEADER, _NUMBER = 16, 38  # the parts of an end label before its name


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a line ends, and what is said there."""

    name: str
    number: str
    x: float
    y: float


def legend(lines: Sequence[tuple[str, str, str]], y: float) -> tuple[list[str], float]:
    """Draw a sample of each line before its name, in as many rows as they take.

    Args:
        lines: the stroke, the dashes and the name of each.
        y: where the rows begin.

    Returns:
        The elements, and the height of the rows in pixels.
    """
    parts: list[str] = []
    x, row = float(MARGIN), 0
    for look, dash, name in lines:
        text = shortened(name, _LONGEST_LEGEND)
        width = _SAMPLE + 8 + text_width(text)
        if x > MARGIN and x + width > WIDTH - MARGIN:
            x, row = float(MARGIN), row + 1
        middle = y + 6 + 18 * row
        parts.append(path(look, [(x, middle), (x + _SAMPLE, middle)], width=2.2, dash=dash))
        parts.append(label(text, x + _SAMPLE + 8, middle + 4))
        x += width + 20
    return parts, 18 * (row + 1)


def room_for(names: Sequence[str]) -> float:
    """The width in pixels that labels of these names take to the right of a plot."""
    return _LEADER + _NUMBER + min(max(map(text_width, names)), _LONGEST_LABEL) + 8


def end_labels(ends: Sequence[End], frame: Frame) -> list[str]:
    """Mark each line's end and write its label at the right, moved up or down where two would touch.

    Args:
        ends: of the lines, in their order.
        frame: the plot.
    """
    places = _apart([end.y for end in ends], frame.top, frame.bottom)
    left = frame.right + _LEADER
    parts = []
    for i, (end, place) in enumerate(zip(ends, places, strict=True)):
        parts.append(path(f"line{i}", [(end.x, end.y), (left - 4, place)], dash=DOTS))
        parts.append(dot(f"area{i}", end.x, end.y))
        parts.append(label(end.number, left, place + 4, bold=True))
        parts.append(label(shortened(end.name, _LONGEST_LABEL), left + _NUMBER, place + 4))
    return parts


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """The places nearest to the wanted ones (least squares) that are `_APART` or more from each other.

    With `_APART` taken off once a place, they need only be ascending: isotonic regression, by pooling
    adjacent violators.
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    pools: list[list[float]] = []
    for rank, i in enumerate(order):
        pools.append([wanted[i] - rank * _APART])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    highest = bottom - (len(wanted) - 1) * _APART
    level = [min(max(_mean(pool), top), highest) for pool in pools for _ in pool]
    places = dict(zip(order, level, strict=True))
    return [places[i] + order.index(i) * _APART for i in range(len(wanted))]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
