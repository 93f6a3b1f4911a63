"""Lines of a text file by the rows that stand on them.

A line ends with a line feed and nowhere else, as for git; what readers of CSV take for the end of one, a lone
carriage return, is a byte as any other here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from labelaudit.io.tables import open_table


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
class Stretch:
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


def line_stretches(path: Path, format: str, spans: Sequence[tuple[int, ...]], n_rows: int) -> list[Stretch]:
    """The lines of some rows; ascending."""
    rows = sorted({row for span in spans for row in span if row < n_rows})
    line_of: dict[int, float] = {}
    if rows:
        found = open_table(path, format=format).lines(np.array(rows, dtype=np.int64))
        assert found is not None
        line_of = dict(zip(rows, found.tolist(), strict=True))
    stretches = [Stretch(line_of.get(row, math.inf), line_of.get(stop, math.inf)) for row, stop in spans]
    return _with_lines(stretches, path, has_returns=format != "jsonl")


def _with_lines(stretches: list[Stretch], path: Path, *, has_returns: bool) -> list[Stretch]:
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
