"""The lines of a text file that change, numbered as git and patch count them.

A line ends with a line feed and nowhere else; what readers of CSV take for the end of one, a lone carriage
return, is a byte as any other here. The new file is written first, and both are read side by side.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from labelaudit.corrections.values import FileEdits
from labelaudit.io.readers.streams import BOM, MAGIC
from labelaudit.io.rewriters import Edits
from labelaudit.io.tables import open_table

LINE_FORMATS = ("csv", "tsv", "jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Old lines and those in their place, without any between that stay."""

    old_start: int  # lines before it
    n_old: int
    old: Iterable[bytes]
    new_start: int
    n_new: int
    new: Iterable[bytes]
    is_auto: bool = False  # whether a row of it is changed without a decision


@dataclass(frozen=True, slots=True)
class FileLines:
    """All lines of a file, which are not held in memory."""

    path: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            yield from file

    def count(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)


@dataclass(slots=True)
class _Stretch:
    """Some lines of a file: those that records from one row to before another are on."""

    first: float  # lines as readers count them, from 1; inf for the end
    stop: float
    start: int = -1  # lines as git counts them, before it; -1 while unknown
    lines: list[bytes] = field(default_factory=list)
    is_auto: bool = False

    @property
    def end(self) -> int:
        """The first line behind it."""
        return self.start + len(self.lines)

    def start_at(self, number: int) -> None:
        """Settle where it starts, unless that is known."""
        if self.start < 0:
            self.start = number


def has_lines(file: FileEdits) -> bool:
    """Whether a file is one that git compares line by line; the bytes tell whether it is compressed."""
    if file.format not in LINE_FORMATS:
        return False
    with file.path.open("rb") as stream:
        return not stream.read(4).startswith(tuple(MAGIC))


def hunks_of(file: FileEdits, new: Path, auto: Container[int] = ()) -> Iterator[Hunk]:
    """What changes in a text file.

    Args:
        file: the file and its edits.
        new: the file as it was written with them.
        auto: rows that are changed without a decision.
    """
    if _needs_all_lines(file, new):
        old_lines, new_lines = FileLines(file.path), FileLines(new)
        n_old, n_new = old_lines.count(), new_lines.count()
        yield Hunk(old_start=0, n_old=n_old, old=old_lines, new_start=0, n_new=n_new, new=new_lines)
        return
    spans = _row_spans(file.edits)
    n_new_rows = file.n_rows - len(file.edits.dropped) + len(file.edits.restored)
    before = _stretches(file.path, file.format, [span[:2] for span in spans], file.n_rows)
    after = _stretches(new, file.format, [span[2:] for span in spans], n_new_rows)
    for stretch, row in zip(before, (span[0] for span in spans), strict=True):
        stretch.is_auto = row in auto
    for old, put in _joined(before, after):
        if hunk := _trimmed(old, put):
            yield hunk


def _needs_all_lines(file: FileEdits, new: Path) -> bool:
    """Whether lines change beside those of the records that do."""
    edits = file.edits
    if edits.added_column is not None or edits.removed_column is not None:
        return True
    if not edits.dropped and not edits.restored:
        return False
    is_first = 0 in edits.dropped or (bool(edits.restored) and edits.restored[0][0] == 0)
    if is_first and _start(file.path) == BOM:  # the mark moves to another line
        return True
    return any(map(_runs_on, (file.path, new))) or (bool(edits.restored) and not _is_closed(file.path))


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(BOM))


def _runs_on(path: Path) -> bool:
    """Whether lines hold lone carriage returns: where records end so, several are on a line."""
    return any(line.count(b"\r") > line.endswith(b"\r\n") for line in FileLines(path))


def _is_closed(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return file.read() in (b"\n", b"")


def _row_spans(edits: Edits) -> list[tuple[int, int, int, int]]:
    """(row, next row) of every touched row in the old file, and in the new one; ascending."""
    drops = np.array(edits.dropped, dtype=np.int64)
    put_back = np.array([row for row, _ in edits.restored], dtype=np.int64)
    stay_before = put_back - np.arange(len(put_back))  # rows of the old file before each that is put back

    def new_row(row: int) -> int:
        kept = row - int(np.searchsorted(drops, row))
        return kept + int(np.searchsorted(stay_before, kept, side="right"))

    spans = [(cell.row, cell.row + 1, new_row(cell.row), new_row(cell.row) + 1) for cell in edits.cells]
    spans += [(row, row + 1, new_row(row), new_row(row)) for row in edits.dropped]
    spans += [
        (int(stay), int(stay), row, row + 1) for stay, row in zip(stay_before, put_back.tolist(), strict=True)
    ]
    return sorted(spans, key=lambda span: (span[0], span[2]))


def _stretches(path: Path, format: str, spans: Sequence[tuple[int, ...]], n_rows: int) -> list[_Stretch]:
    """The lines of some rows; ascending."""
    rows = sorted({row for span in spans for row in span if row < n_rows})
    line_of: dict[int, float] = {}
    if rows:
        found = open_table(path, format=format).lines(np.array(rows, dtype=np.int64))
        assert found is not None
        line_of = dict(zip(rows, found.tolist(), strict=True))
    stretches = [_Stretch(line_of.get(row, math.inf), line_of.get(stop, math.inf)) for row, stop in spans]
    return _with_lines(stretches, path, has_returns=format != "jsonl")


def _with_lines(stretches: list[_Stretch], path: Path, *, has_returns: bool) -> list[_Stretch]:
    number, first, done = 0, 1, 0
    for line in FileLines(path):
        returns = line.count(b"\r") - line.endswith(b"\r\n") if has_returns and b"\r" in line else 0
        last = first + returns  # a line of git's is several to readers where it holds lone returns
        here = done
        while here < len(stretches) and stretches[here].first <= last:
            stretch = stretches[here]
            stretch.start_at(number)
            if first < stretch.stop and (stretch.first < stretch.stop or stretch.first > first):
                stretch.lines.append(line)
            here += 1
        while done < here and max(stretches[done].stop - 1, stretches[done].first) <= last:
            done += 1
        number, first = number + 1, last + 1
    for stretch in stretches:
        stretch.start_at(number)
    return stretches


def _joined(before: Sequence[_Stretch], after: Sequence[_Stretch]) -> Iterator[tuple[_Stretch, _Stretch]]:
    """Pairs of which no two share a line."""
    held: tuple[_Stretch, _Stretch] | None = None
    for pair in zip(before, after, strict=True):
        if held is None or all(left.end <= right.start for left, right in zip(held, pair, strict=True)):
            if held is not None:
                yield held
            held = pair
            continue
        for left, right in zip(held, pair, strict=True):
            left.lines += right.lines[left.end - right.start :]
            left.is_auto |= right.is_auto
    if held is not None:
        yield held


def _trimmed(before: _Stretch, after: _Stretch) -> Hunk | None:
    """The lines that differ; None where none does."""
    old, new = before.lines, after.lines
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not old and not new:
        return None
    return Hunk(
        old_start=before.start + head,
        n_old=len(old),
        old=old,
        new_start=after.start + head,
        n_new=len(new),
        new=new,
        is_auto=before.is_auto,
    )
