"""Label changes between two versions: as lines, CSV, JSON and Markdown, and told in a sentence.

The table for a screen is drawn where rich is, in the command line.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from io import StringIO
from typing import Any, TypeAlias

from labelaudit.differences.model import AUDIT_COLUMNS, ROW_COLUMNS, Difference, Differences
from labelaudit.report.model import Screen
from labelaudit.report.quoting import code, words
from labelaudit.report.text import counted, json_text, number, visible

MOST_IN_MARKDOWN = 50
TOP_DIRECTIONS = 10
_ROOM_FOR_DIRECTIONS, _ROOM_FOR_ROWS = 12_000, 44_000  # a comment takes about 65,000 letters


def summary_line(found: Differences) -> str:
    """How many labels differ, in a sentence."""
    counts = found.counts
    told = [f"{counts[kind]:,} {kind}" for kind in ("relabelled", "added", "removed") if counts[kind]]
    if not told:
        told = ["no label differs"]
    edited = f"; {counted(counts['edited'], 'row')} edited, the label kept" if counts["edited"] else ""
    return f"{found.old_name} -> {found.new_name}: {', '.join(told)}{edited}"


def audit_line(found: Differences) -> str:
    """What the audit says to the relabelled and the added rows; empty where it says nothing."""
    tally, told = found.tally, []
    if tally is None:
        return ""
    if found.counts["relabelled"]:
        n_relabelled, new, old = found.counts["relabelled"], tally.prefers_new, tally.prefers_old
        told.append(
            f"of {counted(n_relabelled, 'relabelled row')} the model prefers the new label in {new:,}, "
            f"the old one in {old:,}, neither in {tally.prefers_neither:,}"
        )
    if found.counts["added"]:
        n_added, are = found.counts["added"], "is a suspect" if tally.added_suspects == 1 else "are suspects"
        told.append(f"{tally.added_suspects:,} of {counted(n_added, 'added row')} {are}")
    return "; ".join(told)


def place(row: Difference) -> str:
    """Where a row is: `labels.csv:12`, or `labels.parquet row 11` where files have no lines."""
    file = visible(row.file)
    return f"{file} row {row.row}" if row.line is None else f"{file}:{row.line}"


def label_name(label: str | None) -> str:
    """A label for people."""
    return "(no label)" if label is None else visible(label)


def preference(row: Difference) -> str:
    """Which label the model prefers, and how likely it finds it; empty where it does not know the row."""
    if row.favors is None:
        return ""
    if row.favors == "neither":
        return f"'{label_name(row.predicted_label)}'"
    prob = row.new_prob if row.favors == "new" else row.old_prob
    return f"{row.favors}, {number(prob)}"


def concise(found: Differences, screen: Screen, top: int | None) -> Iterator[str]:
    """Yield a line a row, as linters write them."""
    bold, red, plain = ("\x1b[1m", "\x1b[1;31m", "\x1b[0m") if screen.color else ("", "", "")
    for row in found.rows(top):
        what = f"{_quoted(row.old_label)} -> {_quoted(row.new_label)}"
        if row.kind != "relabelled":
            what = _quoted(row.old_label if row.kind == "removed" else row.new_label)
        view = (
            f"; model prefers {preference(row)}" if row.favors else "; not in the audit" * bool(found.tally)
        )
        yield f"{bold}{place(row)}:{plain} {red}{row.kind}{plain} {what} (id {visible(row.id)}{view})\n"


def _quoted(label: str | None) -> str:
    return label_name(None) if label is None else f"'{visible(label)}'"


def columns_of(found: Differences) -> tuple[str, ...]:
    """The columns of a row; those of the audit only where there is one."""
    return ROW_COLUMNS if found.tally is None else (*ROW_COLUMNS, *AUDIT_COLUMNS)


def as_csv(found: Differences, _screen: Screen, top: int | None) -> Iterator[str]:
    """Yield the header, then a line a row; true and false as in JSON."""
    line, columns = StringIO(), columns_of(found)
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(columns)
    for row in found.rows(top):
        writer.writerow(str(v).lower() if isinstance(v, bool) else v for v in row[: len(columns)])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def jsonl(found: Differences, _screen: Screen, top: int | None) -> Iterator[str]:
    """Yield a line a row."""
    columns = columns_of(found)
    for row in found.rows(top):
        yield json_text(dict(zip(columns, row, strict=False))) + "\n"


def as_json(found: Differences, _screen: Screen, top: int | None) -> Iterator[str]:
    """Yield one document: what is compared, the counts, then a line a row."""
    head: dict[str, Any] = {
        "old": {"name": found.old_name, "rows": found.old_rows},
        "new": {"name": found.new_name, "rows": found.new_rows},
        **{str(kind): count for kind, count in found.counts.items()},
        "directions": [asdict(direction) for direction in found.directions],
        "audit": None if found.tally is None else asdict(found.tally),
        "notices": [asdict(notice) for notice in found.notices],
    }
    yield json_text(head, indent=2).removesuffix("\n}") + ',\n  "rows": ['
    columns, separator = columns_of(found), "\n    "
    for row in found.rows(top):
        yield separator + json_text(dict(zip(columns, row, strict=False)))
        separator = ",\n    "
    yield "\n  ]\n}\n"


def markdown(found: Differences, _screen: Screen, top: int | None) -> Iterator[str]:
    """Yield a comment for a pull request, under 60,000 letters whatever the data says."""
    yield f"**Label changes**: {words(summary_line(found))}.\n"
    if told := audit_line(found):
        yield f"\n{words(told[0].upper() + told[1:])}.\n"
    yield from _directions(found)
    has_view = found.tally is not None
    most = MOST_IN_MARKDOWN if top is None else min(top, MOST_IN_MARKDOWN)
    lines = _fitting((_row(_cells(row, has_view=has_view)) for row in found.rows(most)), _ROOM_FOR_ROWS)
    if lines:
        head = ("change", "id", "where", "old", "new", *(("model prefers", "p(old)", "p(new)") * has_view))
        yield f"\n{_row(head)}|---|---|---|---|---|{'---|--:|--:|' * has_view}\n"
        yield from lines
    if left := found.n_listed - len(lines):
        yield f"\nand {left:,} more\n"


def _directions(found: Differences) -> Iterator[str]:
    shown = found.directions[:TOP_DIRECTIONS]
    rows = ((_code(d.old_label), _code(d.new_label), f"{d.count:,}") for d in shown)
    lines = _fitting(map(_row, rows), _ROOM_FOR_DIRECTIONS)
    if lines:
        yield f"\n{_row(('old label', 'new label', 'rows'))}|---|---|--:|\n"
        yield from lines
    if left := len(found.directions) - len(lines):
        yield f"\nand {counted(left, 'more direction')}\n"


def _cells(row: Difference, *, has_view: bool) -> list[str]:
    cells = [row.kind, code(row.id), code(place(row), 120)]
    labels = [row.old_label, row.new_label]
    cells += [
        "" if row.kind == gone else _code(label)
        for gone, label in zip(("added", "removed"), labels, strict=True)
    ]
    if has_view:
        prefers = row.favors if row.favors != "neither" else _code(row.predicted_label)
        cells += [prefers or "not in the audit", number(row.old_prob), number(row.new_prob)]
    return cells


def _code(label: str | None) -> str:
    return label_name(None) if label is None else code(label)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _fitting(lines: Iterable[str], room: int) -> list[str]:
    """The first lines that take no more than so many letters together."""
    fitting = []
    for line in lines:
        room -= len(line)
        if room < 0:
            break
        fitting.append(line)
    return fitting


Renderer: TypeAlias = Callable[[Differences, Screen, int | None], Iterator[str]]
RENDERERS: dict[str, Renderer] = {
    "concise": concise,
    "json": as_json,
    "jsonl": jsonl,
    "csv": as_csv,
    "markdown": markdown,
}
"""By name of the form; the table comes with the command line."""
