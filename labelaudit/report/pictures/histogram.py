"""How the label quality is distributed: all rows, and the suspects among them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from labelaudit.report.pictures.axes import Frame, horizontal_axis, log_ticks, tick_text, vertical_axis
from labelaudit.report.pictures.lettering import TEXT_SIZE, text_width
from labelaudit.report.pictures.svg import MARGIN, WIDTH, label, rect, sentence, sheet, top_of
from labelaudit.report.text import counted, percent

_TITLE = "Label quality of the rows"


def score_distribution(all_counts: Sequence[int], suspect_counts: Sequence[int]) -> str:
    """Draw a histogram of label quality, the suspects in front of all rows.

    Most rows sit at 1, so heights are log(1 + count): every bar starts at 0, and a single row
    is seen beside a million. Bars of both kinds start at 0; on such an axis a stack would lie.

    Args:
        all_counts: rows in each of equal bins over [0, 1], lowest quality first.
        suspect_counts: how many of them are suspects, as many bins.

    Returns:
        One `<svg>` element with a line break at its end.

    Example:
        >>> score_distribution([3, 0, 0, 90], [2, 0, 0, 0]).count("<rect")
        6
    """
    n_rows, n_suspects = sum(all_counts), sum(suspect_counts)
    if not n_rows:
        return sentence(_TITLE, "There are no rows.")
    note = f"{counted(n_rows, 'row')}, {counted(n_suspects, 'suspect')} ({percent(n_suspects / n_rows)})."
    notes = (note,)
    frame = Frame(left=74, top=top_of(notes) + 56, width=WIDTH - 74 - MARGIN - 6, height=230)
    scale = _Heights(frame, max(all_counts))
    parts = [
        *_legend(top_of(notes) + 8),
        *vertical_axis(frame, scale.marks(), f"rows in each bin of {1 / len(all_counts):.3g} (log scale)"),
        *_bars(frame, scale, all_counts, suspect_counts),
        *horizontal_axis(
            frame, [(frame.x(i / 5), f"{i / 5:g}") for i in range(6)], "label quality (low is suspicious)"
        ),
    ]
    return sheet(_TITLE, notes, _told(all_counts, suspect_counts), frame.bottom + 56, parts)


class _Heights:
    """Counts as places on the vertical axis."""

    def __init__(self, frame: Frame, highest: int) -> None:
        self.frame, self.highest = frame, highest

    def y(self, count: float) -> float:
        return self.frame.y(math.log1p(count) / math.log1p(self.highest))

    def marks(self) -> list[tuple[float, str]]:
        ticks = log_ticks(1, self.highest, 7)
        crowded = self.frame.bottom - self.y(ticks[0]) < TEXT_SIZE + 1
        return [(self.y(tick), tick_text(tick)) for tick in (0, *ticks[crowded:])]


def _bars(
    frame: Frame, scale: _Heights, all_counts: Sequence[int], suspect_counts: Sequence[int]
) -> list[str]:
    n_bins = len(all_counts)
    step = frame.width / n_bins
    gap = min(1.5, step / 5)
    parts = []
    for i, (rows, suspects) in enumerate(zip(all_counts, suspect_counts, strict=True)):
        tip = (f"label quality {_bin(i, n_bins)}", counted(rows, "row"), counted(suspects, "suspect"))
        for look, count in (("rows", rows), ("suspects", suspects)):
            if count:
                top = scale.y(count)
                x = frame.left + i * step + gap / 2
                parts.append(rect(look, x, top, step - gap, frame.bottom - top, tip=tip))
    return parts


def _legend(y: float) -> list[str]:
    parts, x = [], float(MARGIN)
    for look, text in (("rows", "all rows"), ("suspects", "suspects (in front; both start at 0)")):
        parts += [rect(look, x, y, 12, 12), label(text, x + 18, y + 10)]
        x += 18 + text_width(text) + 18
    return parts


def _bin(i: int, n_bins: int) -> str:
    return f"{i / n_bins:.3g} to {(i + 1) / n_bins:.3g}"


def _told(all_counts: Sequence[int], suspect_counts: Sequence[int]) -> str:
    """The picture in words."""
    n_rows, n_suspects = sum(all_counts), sum(suspect_counts)
    half = len(all_counts) // 2
    below = f"{counted(sum(all_counts[:half]), 'row')} and {counted(sum(suspect_counts[:half]), 'suspect')}"
    fullest = max(range(len(all_counts)), key=all_counts.__getitem__)
    return (
        f"Histogram of label quality from 0 to 1 with a log count axis: {counted(n_rows, 'row')}, of which "
        f"{counted(n_suspects, 'suspect')}. Below {half / len(all_counts):g} lie {below}. The fullest bin "
        f"is {_bin(fullest, len(all_counts))} with {counted(all_counts[fullest], 'row')}."
    )
