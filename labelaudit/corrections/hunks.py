"""The lines of a text file that change, numbered as git counts them; old and new are read side by side."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelaudit.corrections.line_stretches import FileLines, Stretch, line_stretches
from labelaudit.corrections.values import FileEdits
from labelaudit.io.readers.streams import BOM, MAGIC
from labelaudit.io.rewriters import Edits

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
    before = line_stretches(file.path, file.format, [span[:2] for span in spans], file.n_rows)
    after = line_stretches(new, file.format, [span[2:] for span in spans], n_new_rows)
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


def _joined(before: Sequence[Stretch], after: Sequence[Stretch]) -> Iterator[tuple[Stretch, Stretch]]:
    """Pairs of which no two share a line, or the place at which lines are put in or taken out."""
    held: tuple[Stretch, Stretch] | None = None
    for pair in zip(before, after, strict=True):
        if held is None or _are_apart(held, pair):
            if held is not None:
                yield held
            held = pair
            continue
        for left, right in zip(held, pair, strict=True):
            left.lines += right.lines[left.end - right.start :]
            left.is_auto |= right.is_auto
    if held is not None:
        yield held


def _are_apart(earlier: tuple[Stretch, Stretch], later: tuple[Stretch, Stretch]) -> bool:
    gaps = [right.start - left.end for left, right in zip(earlier, later, strict=True)]
    is_even = all(stretch.lines for stretch in (*earlier, *later))
    return min(gaps) >= 0 and (is_even or max(gaps) > 0)


def _trimmed(before: Stretch, after: Stretch) -> Hunk | None:
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
