"""Which classes are taken for which: the calibrated joint as a heat map."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from labelaudit.report.pictures.axes import short_count
from labelaudit.report.pictures.confusion import Confusion, Pair, confusion_of
from labelaudit.report.pictures.grid import Grid, grid_for
from labelaudit.report.pictures.lettering import cut_for_telling, text_width
from labelaudit.report.pictures.svg import MARGIN, label, rect, sentence, sheet, top_of
from labelaudit.report.text import counted, percent
from labelaudit.types import JointCell

MOST_CLASSES = 20

_TITLE = "Class confusion: given against estimated true labels"

# The same steps in every picture, so that two audits can be compared by colour.
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)
_STEP_NAMES = ("below 1 %", "1–2 %", "2–5 %", "5–10 %", "10–20 %", "20 % or more")


def confusion_heat_map(classes: Sequence[str], cells: Sequence[JointCell]) -> str:
    """Draw the confusion of given and estimated true labels.

    Rows are given labels, columns true labels as confident learning estimates them. A cell off
    the diagonal is coloured by its share of the given label's rows; the diagonal, where labels are kept,
    is grey, since it would outshine everything. Counts are written where they fit.

    Args:
        classes: names in class order.
        cells: the calibrated joint, cells of count 0 may be missing; of several splits, they are summed.

    Returns:
        One `<svg>` element with a line break at its end. Of more than 20 classes, it has the 20 that
        belong to the largest counts, and says so.

    Example:
        >>> cell = JointCell(
        ...     given_label="cat",
        ...     true_label="dog",
        ...     count=3,
        ...     joint_prob=0.03,
        ...     noise_prob=0.1,
        ...     inverse_noise_prob=0.1,
        ... )
        >>> "given cat, probably dog: 3 rows" in confusion_heat_map(["cat", "dog"], [cell])
        True
    """
    confusion = confusion_of(classes, cells, MOST_CLASSES)
    if confusion.n_classes < 2:
        return sentence(_TITLE, "There is nothing to confuse: the data has fewer than two classes.")
    if not confusion.moved:
        return sentence(_TITLE, "No confusion: no label is taken for another.")
    notes = _notes(confusion)
    grid = grid_for(confusion.shown, top_of(notes))
    parts = [
        *grid.titles(),
        *grid.column_names(),
        *grid.row_names(),
        *_cells(confusion, grid),
        *grid.lines(),
        *_numbers(confusion, grid),
        *_legend(grid.bottom + 22),
    ]
    return sheet(_TITLE, notes, _told(confusion), grid.bottom + 68, parts)


def _notes(confusion: Confusion) -> list[str]:
    n_rows = sum(confusion.n_given.values())
    moved = f"{confusion.n_moved:,} of {counted(n_rows, 'row')} ({percent(confusion.n_moved / n_rows)})"
    notes = [f"Confident learning takes {moved} for another class than the given one."]
    if len(confusion.shown) < confusion.n_classes:
        notes.append(
            f"{len(confusion.shown)} of {confusion.n_classes:,} classes are shown, those of the most "
            f"confused pairs; {counted(confusion.n_moved_shown, 'such row')} between them."
        )
    return notes


def _step(share: float) -> int:
    return bisect_right(_SHARES, share)


def _pairs(confusion: Confusion) -> list[tuple[int, int, Pair]]:
    """(row, column, pair) of the cells that are shown and not empty."""
    names = list(enumerate(confusion.shown))
    pairs = [(row, column, (given, true)) for row, given in names for column, true in names]
    return [cell for cell in pairs if confusion.counts.get(cell[2])]


def _cells(confusion: Confusion, grid: Grid) -> list[str]:
    parts = []
    for row, column, pair in _pairs(confusion):
        look = "kept" if row == column else f"step{_step(confusion.share(pair))}"
        amount = f"{counted(confusion.counts[pair], 'row')}, {percent(confusion.share(pair))}"
        tip = (f"{amount} of the given label", f"given: {pair[0]}", f"estimated true: {pair[1]}")
        parts.append(rect(look, *grid.corner(row, column), grid.cell_width, grid.cell_height, tip=tip))
    return parts


def _numbers(confusion: Confusion, grid: Grid) -> list[str]:
    size = 9 if grid.cell_width < 28 else 11
    parts = []
    for row, column, pair in _pairs(confusion):
        x, y = grid.corner(row, column)
        count = confusion.counts[pair]
        forms = (f"{count:,}", short_count(count))
        fitting = [text for text in forms if text_width(text, size) < grid.cell_width]
        look = "muted" if row == column else f"on{_step(confusion.share(pair))}"
        x, y = x + grid.cell_width / 2, y + grid.cell_height / 2 + size * 0.36
        parts += [label(text, x, y, look=look, size=size, anchor="middle") for text in fitting[:1]]
    return parts


def _legend(y: float) -> list[str]:
    parts = [label("share of the given label's rows", MARGIN, y + 4, look="muted")]
    x = float(MARGIN)
    for i, name in enumerate(_STEP_NAMES):
        parts += [rect(f"step{i}", x, y + 14, 14, 14), label(name, x + 19, y + 25)]
        x += 19 + text_width(name) + 14
    return [*parts, rect("kept", x, y + 14, 14, 14), label("label kept", x + 19, y + 25)]


def _told(confusion: Confusion) -> str:
    """The picture in words: the largest pairs."""
    pairs = [
        f"given {cut_for_telling(given)}, probably {cut_for_telling(true)}: "
        f"{counted(confusion.counts[given, true], 'row')}"
        for given, true in confusion.moved[:3]
    ]
    return f"{' '.join(_notes(confusion))} Most confused: {'; '.join(pairs)}."
